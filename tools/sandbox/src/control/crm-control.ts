import { setTimeout as pause } from 'node:timers/promises'
import { isRecord } from '@ponte/contracts'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { demoUsers, registries } from '../crm/demo-records.ts'
import { addRecord, changeRecord, crowdedMs, presentRecord, removeRecord } from '../crm/records.ts'
import {
  createRecord,
  createTenant,
  crmSettings,
  type CrmTenant,
  numberWorkflows,
  type RecordKind,
  recordKinds,
  workflow,
} from '../crm/tenant.ts'
import type { CrmRecord } from '../crm/record-index.ts'
import { type JsonObject } from '../json.ts'
import type { World } from '../world.ts'
import { notFound, read } from './request.ts'

const catalogEntry = z.looseObject({
  id: z.uuid().optional(),
  description: z.string(),
  pipelineId: z.uuid().optional(),
})
export const tenantChange = z.strictObject({
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  settings: crmSettings.partial().default({}),
  workflows: z.array(workflow).optional(),
  /** These replace the existing entries. */
  pipelines: z.array(catalogEntry).optional(),
  stages: z.array(catalogEntry).optional(),
  opportunityTypes: z.array(catalogEntry).optional(),
})
export const tenantOrder = tenantChange.extend({ username: z.string().min(1), password: z.string().min(1) })

/** Any member of a record. The control API may write what the integration API refuses. */
const record = z.looseObject({ id: z.uuid().optional(), customFields: z.record(z.string(), z.unknown()).default({}) })
const userOrder = z.looseObject({
  id: z.uuid().optional(),
  name: z.string().default('Usuário'),
  roleId: z
    .string()
    .nullable()
    .default(demoUsers[0]?.roleId ?? null),
  active: z.boolean().default(true),
  userEmail: z.array(z.strictObject({ email: z.string() })),
})
const userChange = z.strictObject({
  name: z.string().optional(),
  roleId: z.string().nullable().optional(),
  active: z.boolean().optional(),
  userEmail: z.array(z.strictObject({ email: z.string() })).optional(),
})
const shownLateMs = z.number().min(0).optional()
const win = z.strictObject({ totalValue: z.number().nullable().optional(), shownLateMs })
const loss = z.strictObject({ reason: z.string().nullable().default(null), shownLateMs })
/** By which members the records of a kind can be asked for. */
const recordQueries: Readonly<Record<'lead' | 'opportunity', z.ZodType<Readonly<Record<string, string | undefined>>>>> =
  {
    lead: z.strictObject({ externalId: z.string().optional() }),
    opportunity: z.strictObject({ leadId: z.string().optional() }),
  }
const release = z.strictObject({ ids: z.array(z.string()).optional() })

interface OfTenant {
  Params: { tenant: string }
}
interface OfRecord {
  Params: { tenant: string; id: string }
}

export function addCrmControl(app: FastifyInstance, world: World): void {
  const find = ({ tenant }: { tenant: string }) => world.crm.get(tenant) ?? notFound('CRM tenant')

  app.put<OfTenant>('/crm/:tenant', async request => {
    const { username, password, ...rest } = read(tenantOrder, request.body)
    const tenant = createTenant(request.params.tenant, { username, password }, world.now())
    world.crm.set(tenant.name, tenant)
    return describeTenant(applyChange(tenant, rest, world.now()))
  })
  app.patch<OfTenant>('/crm/:tenant', async request =>
    describeTenant(applyChange(find(request.params), read(tenantChange, request.body), world.now())),
  )
  app.get<OfTenant>('/crm/:tenant', async request => describeTenant(find(request.params)))
  app.post<OfTenant>('/crm/:tenant/sessions/expire', async (request, reply) => {
    const { sessions } = find(request.params)
    for (const session of sessions.keys()) sessions.set(session, 0)
    return reply.code(204).send()
  })

  app.post<OfTenant>('/crm/:tenant/users', async request => {
    const tenant = find(request.params)
    const user = createRecord(read(userOrder, request.body), world.now())
    tenant.records.user.push(user)
    return describeRecord(tenant, 'user', user)
  })
  app.patch<OfRecord>('/crm/:tenant/users/:id', async request => {
    const tenant = find(request.params)
    const user = findIn(tenant, 'user', request.params.id)
    user.values = { ...user.values, ...read(userChange, request.body) }
    return describeRecord(tenant, 'user', user)
  })

  const folders = { leads: 'lead', opportunities: 'opportunity' } as const
  const ofAPerson = { lead: leadOfAPerson, opportunity: opportunityOfAPerson }
  for (const [folder, kind] of Object.entries(folders)) {
    app.post<OfTenant>(`/crm/:tenant/${folder}`, async request => {
      const tenant = find(request.params)
      const { id, customFields, ...values } = read(record, request.body)
      // A test may add several within a millisecond. None is created later than the clock says.
      await pause(crowdedMs(world, tenant, kind))
      const order = { values: { ...ofAPerson[kind](tenant), ...values }, customFields, ...(id && { id }) }
      return describeRecord(tenant, kind, addRecord(world, tenant, kind, order))
    })
    app.get<OfTenant>(`/crm/:tenant/${folder}`, async request => {
      const tenant = find(request.params)
      const wanted = Object.entries(read(recordQueries[kind], request.query))
      return tenant.records[kind]
        .filter(({ values }) => wanted.every(([member, value]) => values[member] === value))
        .map(each => describeRecord(tenant, kind, each))
    })
    app.get<OfRecord>(`/crm/:tenant/${folder}/:id`, async request => {
      const tenant = find(request.params)
      return describeRecord(tenant, kind, findIn(tenant, kind, request.params.id))
    })
    app.patch<OfRecord>(`/crm/:tenant/${folder}/:id`, async request => {
      const tenant = find(request.params)
      const { id: _id, customFields, ...values } = read(record, request.body)
      const found = findIn(tenant, kind, request.params.id)
      changeRecord(world, tenant, kind, { record: found, values, customFields })
      return describeRecord(tenant, kind, found)
    })
    app.delete<OfRecord>(`/crm/:tenant/${folder}/:id`, async (request, reply) => {
      const tenant = find(request.params)
      removeRecord(tenant, kind, findIn(tenant, kind, request.params.id))
      return reply.code(204).send()
    })
  }

  type Outcome = (body: unknown, tenant: CrmTenant) => { values: JsonObject; shownLateMs?: number | undefined }
  const outcomes: { readonly [Verb in 'win' | 'lose' | 'reopen']: Outcome } = {
    win: (body, { settings }) => {
      const { shownLateMs, ...values } = read(win, body)
      return { values: { status: settings.wonStatus, lossReason: null, ...values }, shownLateMs }
    },
    lose: body => {
      const { reason, shownLateMs } = read(loss, body)
      return { values: { status: 'LOST', lossReason: reason === null ? null : { description: reason } }, shownLateMs }
    },
    reopen: (_body, { settings }) => ({ values: { status: settings.openStatus, lossReason: null } }),
  }
  for (const [verb, outcome] of Object.entries(outcomes)) {
    app.post<OfRecord>(`/crm/:tenant/opportunities/:id/${verb}`, async request => {
      const tenant = find(request.params)
      const record = findIn(tenant, 'opportunity', request.params.id)
      changeRecord(world, tenant, 'opportunity', { record, ...outcome(request.body, tenant) })
      return describeRecord(tenant, 'opportunity', record)
    })
  }

  app.post<OfTenant>('/crm/:tenant/webhooks/hold', async (request, reply) => {
    find(request.params).settings.holdWebhooks = true
    return reply.code(204).send()
  })
  app.post<OfTenant>('/crm/:tenant/webhooks/release', async request => {
    const tenant = find(request.params)
    const { ids } = read(release, request.body)
    // Releasing all ends the holding. Releasing some keeps the others and all later ones held.
    if (!ids) tenant.settings.holdWebhooks = false
    const released = await world.deliveries.release({ system: 'totvs-crm', account: tenant.name, ids })
    return released.map(delivery => delivery ?? notFound('delivery'))
  })
}

function findIn(tenant: CrmTenant, kind: RecordKind, id: string): CrmRecord {
  return tenant.records[kind].find(each => each.id === id) ?? notFound(kind)
}

function applyChange(tenant: CrmTenant, change: z.infer<typeof tenantChange>, now: number): CrmTenant {
  const { username, password, settings, workflows, pipelines, stages, opportunityTypes } = change
  if (username !== undefined) tenant.username = username
  if (password !== undefined) tenant.password = password
  Object.assign(tenant.settings, settings)
  if (workflows) tenant.workflows = numberWorkflows(workflows)
  if (pipelines) tenant.records.pipeline = pipelines.map(entry => createRecord(entry, now))
  if (stages) tenant.records.stage = stages.map(entry => createRecord(entry, now))
  if (opportunityTypes) tenant.records.opportunityType = opportunityTypes.map(entry => createRecord(entry, now))
  return tenant
}

const firstOf = (ids: ReadonlySet<string>) => [...ids][0]

/** The defaults of a lead that a person creates. */
const leadOfAPerson = ({ records }: CrmTenant): JsonObject => ({
  name: 'Lead cadastrado no CRM',
  leadSituationId: firstOf(registries.leadSituation),
  leadOriginId: firstOf(registries.leadOrigin),
  type: 'LEAD',
  userId: records.user[0]?.id,
})

function opportunityOfAPerson({ records }: CrmTenant): JsonObject {
  const stage = records.stage[0]
  return {
    description: 'Oportunidade cadastrada no CRM',
    userId: records.user[0]?.id,
    pipeline: { id: stage?.values.pipelineId },
    stage: { id: stage?.id },
    opportunityType: { id: records.opportunityType[0]?.id },
  }
}

const describeTenant = (tenant: CrmTenant): JsonObject => ({
  name: tenant.name,
  settings: tenant.settings,
  workflows: tenant.workflows,
  ...Object.fromEntries(
    recordKinds.map(kind => [folderOf[kind], tenant.records[kind].map(each => describeRecord(tenant, kind, each))]),
  ),
})

const folderOf: { readonly [Kind in RecordKind]: string } = {
  lead: 'leads',
  opportunity: 'opportunities',
  user: 'users',
  pipeline: 'pipelines',
  stage: 'stages',
  opportunityType: 'opportunityTypes',
}

/** In one form, whatever the tenant's API shows: custom fields as a map, the loss reason as text. */
function describeRecord(tenant: CrmTenant, kind: RecordKind, { customFields, ...rest }: CrmRecord): JsonObject {
  const shown = presentRecord(tenant, kind, { customFields, ...rest })
  const reason = isRecord(shown.lossReason) ? shown.lossReason.description : shown.lossReason
  return { ...shown, ...(kind === 'opportunity' && { lossReason: reason ?? null }), customFields }
}
