import { HOUR_MS, jobs, requireIdentities } from '@ponte/contracts'
import { enqueueImport, newImportId } from '@ponte/runtime'
import {
  change,
  createContactLinks,
  createLeadLedger,
  createReconcileRecord,
  type LeadHistory,
  stateKey,
} from '@ponte/state'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type ContactsRequest, findMissingContacts } from './find-missing-contacts.ts'
import { isUnclear, reconcile, type ReconcileDeps, recordReconciled } from './reconcile.ts'
import { openTenant } from './testing/open-tenant.ts'

const now = Date.parse('2026-11-29T12:00:00Z')
const since = now - 24 * HOUR_MS
const AT = now - HOUR_MS
const HOUR_AGO = '2026-11-29T08:00:00-03:00'
const isMissing = ['2026-11-29T11:00:00.000Z']

/** A contact of the segmentation, when that says that it converted, and its event, if it shows one. */
interface Seed {
  readonly listed?: string | undefined
  readonly event?: string | undefined
  readonly identifier?: string
  /** Undefined: it has neither e-mail nor phone. */
  readonly email?: string | undefined
}
const missed: Seed = { listed: HOUR_AGO, event: HOUR_AGO }
const uuidOf = (index: number): string => `5e3a0d1c-0000-4000-8000-00000000000${index}`

/** RD Station with these contacts. `asked`: of which of them something was read. */
function rdOf(seeds: readonly Seed[]) {
  const asked = new Set<number>()
  const seedOf = (uuid: string): Seed => {
    const index = Number(uuid.at(-1))
    asked.add(index)
    return seeds[index] ?? {}
  }
  const rd: ContactsRequest['rd'] = {
    async findContact(identity) {
      const uuid = 'uuid' in identity ? identity.uuid : ''
      return { uuid, ...{ email: `${uuid}@x.example`, ...seedOf(uuid) } }
    },
    async listContactEvents(uuid) {
      const { event, identifier = 'contato' } = seedOf(uuid)
      const found = { event_type: 'CONVERSION', event_timestamp: event ?? '', event_identifier: identifier }
      return event === undefined ? [] : [found]
    },
    listSegmentationContacts: async () => ({
      contacts: seeds.map(({ listed, email }, index) => ({ uuid: uuidOf(index), email, last_conversion_date: listed })),
      isLast: true,
    }),
  }
  return { rd, asked }
}

function open(given?: object) {
  const { deps, ...tenant } = openTenant(given)
  onTestFinished(() => tenant[Symbol.asyncDispose]())
  return deps
}

/** What is missing of these contacts, and of which of them something was asked. */
async function find(seeds: readonly Seed[], deps = open(), more: Partial<ContactsRequest> = {}) {
  const { rd, asked } = rdOf(seeds)
  const found = await findMissingContacts({ rd, segmentation: '7', since, now, ...more }, deps)
  if (!('events' in found)) return found
  const { events, unmatched, read } = found
  return {
    times: events.map(({ lead }) => lead.convertedAt),
    unmatched,
    read,
    asked: [...asked].toSorted((a, b) => a - b),
  }
}

test('a conversion that the events of its contact do not show is counted, and hides no other', async () => {
  const others = [{ listed: HOUR_AGO, event: '2026-11-29T05:00:00-03:00' }, { listed: HOUR_AGO }]
  expect(await find([missed, ...others])).toMatchObject({ times: isMissing, unmatched: 2, read: 3 })
  expect(await find([{ listed: HOUR_AGO }])).toMatchObject({ times: [], unmatched: 1, read: 1 })
  // Where the events of none of several show it, nobody knows what is missing.
  expect(await find(others)).toEqual({ unreadable: 'unmatched' })
})

test.each([undefined, 'ontem', '29 nov. 2026'])('contacts that all convert at %j prove nothing', async listed => {
  expect(await find([{ listed }, { listed }])).toEqual({ unreadable: 'dates' })
})

test('a segmentation without a contact, or with one that never converted, is read', async () => {
  expect(await find([])).toMatchObject({ times: [], unmatched: 0, read: 0 })
  expect(await find([missed, { listed: undefined }])).toMatchObject({ times: isMissing, read: 1 })
})

test.each(['America/Sao_Paulo', 'UTC', 'Asia/Tokyo'])(
  'a time without an offset is that of Brasília, wherever the process runs: in %s',
  async zone => {
    vi.stubEnv('TZ', zone)
    onTestFinished(() => void vi.unstubAllEnvs())
    for (const form of ['2026-11-29T08:00:00', '2026-11-29 08:00:00', '2026-11-29 11:00:00 UTC'])
      expect(await find([{ listed: form, event: form }]), form).toMatchObject({ times: isMissing })
  },
)

test.each(['2026-11-29 11:00:00', '2026-11-29 08:00:00', '2026-11-29 11:00:01.900'])(
  'an event at %s without an offset is read in the zone in which it is the conversion that is sought',
  async event => {
    const found = await find([{ listed: HOUR_AGO, event }])
    const [time = ''] = 'times' in found ? found.times : []
    expect(Math.abs(Date.parse(time) - AT)).toBeLessThanOrEqual(2000)
  },
)

test('an event without an offset that is the conversion in neither zone is another one', async () => {
  expect(await find([{ listed: HOUR_AGO, event: '2026-11-29 05:00:00' }])).toMatchObject({ times: [], unmatched: 1 })
})

const person = { uuid: uuidOf(0), email: 'ana@cliente.example' }

/** The contact as Ponte has recorded it. */
async function openSeen(history: (conversionAt: ReturnType<typeof createLeadLedger>['conversionOf']) => LeadHistory) {
  const deps = open()
  const leads = createLeadLedger(deps.redis, deps.tenant.name, deps)
  const links = createContactLinks(deps.redis, deps.tenant.name, deps.fingerprint)
  await change(deps.redis, [
    leads.beginningOf('lead-1', history(leads.conversionOf)),
    ...links.rememberingLead(requireIdentities(person), 'lead-1'),
  ])
  return { deps, missing: async () => await find([{ ...missed, email: person.email }], deps) }
}

test.each([
  ['decided 2 s before the time that is listed', AT - 2000, AT - 2000],
  ['decided then', AT, AT],
  ['decided 2 s later', AT + 2000, AT + 2000],
  ['decided before a newer one', AT, AT + 60_000],
  ['older than one that was applied, so that it would be skipped', undefined, AT + 60_000],
])('a conversion that was %s is not missing', async (_what, decidedAt, convertedAt) => {
  const { missing } = await openSeen(conversionOf => ({
    convertedAt,
    ...(decidedAt !== undefined && { decided: [{ key: 'rd1-1', ...conversionOf(person, decidedAt) }] }),
  }))
  expect(await missing()).toMatchObject({ times: [], read: 1 })
})

test('a conversion of which only a row of an import has told, which may open no opportunity, is missing', async () => {
  const { deps, missing } = await openSeen(() => ({ convertedAt: AT }))
  const convertedAt = new Date(AT).toISOString()
  const { lead } = jobs['lead.registered'].data.parse({
    ...{ v: 1, key: 'k', receivedAt: convertedAt, lead: { ...person, convertedAt } },
  })
  const rowOf = async (opensOpportunity: boolean) => {
    const event = { name: 'lead.registered', key: `import-${opensOpportunity}`, lead } as const
    const [jobId, receivedAt] = [newImportId(), new Date(now).toISOString()]
    const options = { jobId, receivedAt, import: { opensOpportunity, isUndated: false } }
    await enqueueImport(deps.queues, deps.tenant, event, options)
    const identities = [person.email]
    await deps.timelines.begin({ event: event.name, key: event.key, receivedAt, jobId, identities })
    return jobId
  }
  const jobId = await rowOf(false)
  expect(await missing()).toMatchObject({ times: isMissing })
  await deps.queues['totvs-crm'].remove(jobId)
  expect(await missing()).toMatchObject({ times: isMissing })
  await rowOf(true)
  expect(await missing()).toMatchObject({ times: [] })
})

test('a conversion of an import, or of RD Station CRM, is asked for once, and again once it counts; Redis names nobody', async () => {
  const deps = open()
  const seeds = ['Importação de contatos', 'Tarefa criada no RD Station CRM', 'contato'].map(identifier => ({
    ...{ ...missed, identifier },
  }))
  expect(await find(seeds, deps, { isDryRun: true })).toMatchObject({ asked: [0, 1, 2], times: isMissing })
  expect(await find(seeds, deps)).toMatchObject({ asked: [0, 1, 2], times: isMissing })
  // What is missing and was not sent is asked for again.
  expect(await find(seeds, deps)).toMatchObject({ asked: [2], times: isMissing })
  const stored = await deps.redis.zrange(stateKey(deps.tenant.name, 'reconcile-rejected'), '0', '-1')
  expect(stored).toEqual([expect.stringMatching(/^[\w-]{20}$/), expect.stringMatching(/^[\w-]{20}$/)])
  const another = '2026-11-29T08:30:00-03:00'
  const later = seeds.map(seed => ({ ...seed, listed: another, event: another }))
  expect(await find(later, deps)).toMatchObject({ asked: [0, 1, 2] })
  const { settings } = deps.tenant
  const accepting = { ...settings, rdStation: { ...settings.rdStation, acceptSyntheticConversions: true } }
  const changed = { ...deps, tenant: { ...deps.tenant, settings: accepting } }
  expect(await find(seeds, changed)).toMatchObject({ times: [...isMissing, ...isMissing] })
})

const crm: ReconcileDeps['crm'] = {
  findOpportunity: async () => undefined,
  getLead: async () => undefined,
  listOpportunities: async () => ({ items: [], isComplete: true, unread: 0 }),
}
/** Two of three contacts have neither e-mail nor phone: they cannot be read. */
const nameless = [undefined, 'maria@x.example', undefined].map(email => ({ ...missed, email }))

async function reconcileWith(
  { room = 9, isDryRun = false }: { readonly room?: number; readonly isDryRun?: boolean },
  rd: ContactsRequest['rd'] = rdOf(nameless).rd,
) {
  const deps = open({ reconcile: { segmentation: '7' }, intake: { quarantineMaxDeliveries: room } })
  const { redis, queues, tenant } = deps
  await redis.set(stateKey(tenant.name, 'start'), since)
  const request = { since: now - 2 * HOUR_MS, now, isDryRun }
  const reconciled = await reconcile(request, { ...deps, crm, rd: async () => rd })
  await recordReconciled(reconciled, { redis, tenant: tenant.name, now })
  const enqueued = await queues['totvs-crm'].getPrioritizedCount()
  const record = await createReconcileRecord(redis, tenant.name).read()
  const quarantined = await queues.quarantine.getWaitingCount()
  return { contacts: reconciled.contacts, needsPerson: isUnclear(reconciled), enqueued, quarantined, record }
}

test.each([
  ['with room for one, as many as there is room for', { room: 1 }, { sent: 1, quarantined: 1 }],
  ['with room, all', {}, { sent: 1, quarantined: 2 }],
  ['in a dry run, none', { isDryRun: true }, { sent: 0, quarantined: 0 }],
])(
  'contacts that cannot be read need a person; into quarantine go, %s',
  async (_what, options, { sent, quarantined }) => {
    expect(await reconcileWith(options)).toMatchObject({
      contacts: { missing: 3, sent, unread: 2, quarantined },
      ...{ needsPerson: true, enqueued: sent, quarantined },
      record: { missing: 3, sent, needsPerson: true },
    })
  },
)

test('a segmentation whose pages are longer than they were asked for is read up to 10,000 contacts', async () => {
  let pages = 0
  const listSegmentationContacts = async () => {
    pages += 1
    const uuids = Array.from({ length: 6000 }, (_, index) => `${pages}-${index}`)
    const contacts = uuids.map(uuid => ({ uuid, last_conversion_date: HOUR_AGO }))
    return await Promise.resolve({ contacts, isLast: false })
  }
  const { rd } = rdOf([])
  const { contacts } = await reconcileWith({ isDryRun: true }, { ...rd, listSegmentationContacts })
  expect(contacts).toMatchObject({ unreadable: 'no-end' })
  expect(pages).toBe(2)
})
