import { isRecord } from '@ponte/contracts'
import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../json.ts'
import { textOf } from '../json.ts'
import type { World } from '../world.ts'
import { missingFields, presentCustomFields, takeCustomFields } from './custom-fields.ts'
import { crmRefusals } from './errors.ts'
import { writableKinds } from './inputs.ts'
import type { CrmSettings, CrmTenant, RecordKind } from './tenant.ts'
import type { CrmRecord } from './record-index.ts'
import { fireTriggers } from './triggers.ts'

/** Of one record: changes of the last moments. */
const KEPT_VERSIONS = 20

type Writable = keyof typeof writableKinds

/** A record as the API shows it. */
export function presentRecord(tenant: CrmTenant, kind: RecordKind, record: CrmRecord): JsonObject {
  const { id, values, createdAt, updatedAt } = record
  const isWritable = kind === 'lead' || kind === 'opportunity'
  const whole = {
    id,
    ...values,
    ...(kind === 'opportunity' && presentReferences(tenant, values)),
    createdAt: createdAtForms[tenant.settings.createdAtForm](createdAt),
    updatedAt: updatedAtForms[tenant.settings.updatedAtForm](updatedAt),
    ...(isWritable && presentCustomFields(tenant, kind, record)),
  }
  const { hiddenMembers } = tenant.settings
  return Object.fromEntries(Object.entries(whole).filter(([name]) => !hiddenMembers.includes(name)))
}

const createdAtForms: Readonly<Record<CrmSettings['createdAtForm'], (time: string) => string>> = {
  iso: time => time,
  'bare-utc': time => time.replace('Z', ''),
  words: () => 'há pouco',
}

const inBrasilia = (time: string): string => new Date(Date.parse(time) - 3 * 3_600_000).toISOString().slice(0, -1)

const updatedAtForms: Readonly<Record<CrmSettings['updatedAtForm'], (time: string) => string | number>> = {
  iso: time => time,
  bare: inBrasilia,
  brazilian: time => {
    const [day = '', clock = ''] = inBrasilia(time).split('T')
    return `${day.split('-').toReversed().join('/')} ${clock.slice(0, 8)}`
  },
  epoch: time => Date.parse(time),
  words: () => 'há pouco',
}

/** A record as an answer shows it, with the names of members that the tenant's settings give. */
export function showRecord(tenant: CrmTenant, kind: RecordKind, record: CrmRecord): JsonObject {
  const { renamedMembers } = tenant.settings
  const shown = Object.entries(presentRecord(tenant, kind, record))
  return Object.fromEntries(shown.map(([name, value]) => [renamedMembers[name] ?? name, value]))
}

function presentReferences({ records, settings }: CrmTenant, values: JsonObject): JsonObject {
  const described = (kind: 'pipeline' | 'stage' | 'opportunityType') => {
    const id = isRecord(values[kind]) ? values[kind].id : undefined
    const found = records[kind].find(record => record.id === id)
    return found ? { id: found.id, description: found.values.description } : null
  }
  const reason = isRecord(values.lossReason) ? textOf(values.lossReason.description) : textOf(values.lossReason)
  const asObject =
    reason === undefined
      ? null
      : { id: null, ...(isRecord(values.lossReason) && values.lossReason), description: reason }
  return {
    pipeline: described('pipeline'),
    stage: described('stage'),
    opportunityType: described('opportunityType'),
    lossReason: settings.lossReasonForm === 'text' ? (reason ?? null) : asObject,
  }
}

/** Checks a whole body and adds the record. Refuses with 400 and says why. */
export function createFromBody(world: World, tenant: CrmTenant, kind: Writable, body: unknown): CrmRecord {
  const { values, customFields } = readBody(tenant, kind, body, 'whole')
  return addRecord(world, tenant, kind, { values, customFields })
}

/** `update` merges members one level deep; `upsert` keeps only what identifies the old record. */
export function changeFromBody(
  world: World,
  tenant: CrmTenant,
  kind: Writable,
  { record, body, mode }: { record: CrmRecord; body: unknown; mode: 'merge' | 'replace' },
): void {
  const change = readBody(tenant, kind, body, mode === 'merge' ? 'part' : 'whole')
  const merges = mode === 'merge' && tenant.settings.updates === 'merge'
  changeRecord(world, tenant, kind, {
    record,
    values: merges ? change.values : { ...defaultsOf(tenant, kind), ...change.values, code: record.values.code },
    customFields: change.customFields,
    mode: merges ? 'merge' : 'replace',
    replacesCustomFields: tenant.settings.customFieldsUpdate === 'replace',
    isSilent: !tenant.settings.apiUpdatesTrigger,
  })
}

/** Adds a record without checking it, and triggers its workflows. */
export function addRecord(
  world: World,
  tenant: CrmTenant,
  kind: Writable,
  { values, customFields = {}, id = randomUUID() }: { values: JsonObject; customFields?: JsonObject; id?: string },
): CrmRecord {
  const time = creationTime(world, tenant, kind)
  const code = String(tenant.nextCode)
  tenant.nextCode += 1
  const record = {
    id,
    createdAt: time,
    updatedAt: time,
    values: { ...defaultsOf(tenant, kind), code, ...values },
    customFields,
  }
  tenant.records[kind].push(record)
  tenant.indexes[kind].add(record)
  fireTriggers(world, tenant, record.id, { kind, after: record.values })
  return record
}

/** Of two records of a kind the later one has the later time, also within one millisecond, so that the newest is known. */
function creationTime(world: World, tenant: CrmTenant, kind: Writable): string {
  const now = world.now() + tenant.settings.clockAheadMs
  return new Date(now + crowdedMs(world, tenant, kind)).toISOString()
}

/** How long it takes until a record of this kind can be added at a time of its own. */
export function crowdedMs(world: World, tenant: CrmTenant, kind: Writable): number {
  const now = world.now() + tenant.settings.clockAheadMs
  const last = Date.parse(tenant.records[kind].at(-1)?.createdAt ?? '')
  return now <= last && last - now < 1000 ? last - now + 1 : 0
}

/** Changes a record as a person or the API does: sets `updatedAt` and triggers the workflows. */
export function changeRecord(
  world: World,
  tenant: CrmTenant,
  kind: Writable,
  change: {
    record: CrmRecord
    values?: JsonObject
    customFields?: JsonObject
    mode?: 'merge' | 'replace'
    replacesCustomFields?: boolean
    /** For so long its address goes on showing it as it was. */
    shownLateMs?: number | undefined
    /** Triggers no workflow of "updated". */
    isSilent?: boolean
  },
): void {
  const {
    record,
    values = {},
    customFields = {},
    mode = 'merge',
    replacesCustomFields = false,
    isSilent = false,
  } = change
  const until = world.now() + (change.shownLateMs ?? 0)
  const before = record.values
  const { earlier = [], ...asItWas } = record
  record.earlier = [...earlier, { until, record: asItWas }].slice(-KEPT_VERSIONS)
  tenant.indexes[kind].remove(record)
  record.values = mode === 'merge' ? { ...record.values, ...values } : values
  tenant.indexes[kind].add(record)
  const hasFields = Object.keys(customFields).length > 0
  if (hasFields) record.customFieldsBefore = record.customFields
  const keepsFields = mode === 'merge' && !(replacesCustomFields && hasFields)
  record.customFields = keepsFields ? { ...record.customFields, ...customFields } : customFields
  // Two writes in one millisecond must have different times.
  const now = world.now() + tenant.settings.clockAheadMs
  record.updatedAt = new Date(Math.max(now, Date.parse(record.updatedAt) + 1)).toISOString()
  fireTriggers(world, tenant, record.id, { kind, before, after: record.values, isSilent })
}

/** How a record stood at a time, in milliseconds since 1970; nothing before it was there. */
export function recordAt(record: CrmRecord, at: number): CrmRecord | undefined {
  if (at < Date.parse(record.createdAt)) return undefined
  return record.earlier?.find(({ until }) => at < until)?.record ?? record
}

/** Removes a record, as the CRM does with old leads. */
export function removeRecord(tenant: CrmTenant, kind: Writable, record: CrmRecord): void {
  tenant.records[kind] = tenant.records[kind].filter(each => each !== record)
  tenant.indexes[kind].remove(record)
}

const defaultsOf = ({ settings }: CrmTenant, kind: Writable): JsonObject =>
  kind === 'opportunity'
    ? { status: settings.openStatus, totalValue: null, lossReason: null }
    : { emails: [], phones: [], addresses: [] }

/** Members that the CRM sets itself. A body that was read before may contain them. */
const keptByCrm = new Set(['id', 'code', 'createdAt', 'updatedAt'])

function readBody(
  tenant: CrmTenant,
  kind: Writable,
  body: unknown,
  extent: 'whole' | 'part',
): { values: JsonObject; customFields: JsonObject } {
  if (!isRecord(body)) throw crmRefusals.badRequest('O corpo da requisição deve ser um objeto.')
  const sent = Object.fromEntries(Object.entries(body).filter(([name]) => !keptByCrm.has(name)))
  const { values, customFields } = takeCustomFields(tenant, kind, sent)
  const missing = kind === 'lead' && extent === 'whole' ? missingFields(tenant, customFields) : []
  if (missing.length > 0) throw crmRefusals.badRequest(missing.join(' '))
  const parsed = writableKinds[kind][extent].safeParse(values)
  if (!parsed.success) {
    throw crmRefusals.invalid(parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`))
  }
  const problems = writableKinds[kind].check(parsed.data, tenant)
  if (problems.length > 0) throw crmRefusals.invalid(problems)
  return { values: { ...parsed.data, ...storedPhones(tenant, parsed.data.phones) }, customFields }
}

function storedPhones({ settings }: CrmTenant, phones: unknown): JsonObject {
  if (settings.phoneForm === 'as-written' || !Array.isArray(phones)) return {}
  const spaced = (number: unknown): string => String(number).replaceAll(/\D/g, '').split('').join(' ')
  return { phones: phones.filter(isRecord).map(phone => ({ ...phone, number: spaced(phone.number) })) }
}
