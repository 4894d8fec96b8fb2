import { expect, test } from 'vitest'
import { isUnclear, reconcile, type ReconcileDeps, recordReconciled } from './reconcile.ts'
import { createReconcileRecord } from '@ponte/state'
import { openTenant } from './testing/open-tenant.ts'

const now = Date.now()
const at = new Date(now - 3_600_000).toISOString()
/** Two have neither e-mail nor phone: they cannot be read. */
const emails = [undefined, 'maria@x.example', undefined]
const uuidOf = (index: number): string => `5e3a0d1c-0000-4000-8000-00000000000${index}`

const rd: Awaited<ReturnType<ReconcileDeps['rd']>> = {
  async findContact(identity) {
    const uuid = 'uuid' in identity ? identity.uuid : ''
    return { uuid, email: emails[Number(uuid.at(-1))] }
  },
  listContactEvents: async () => [{ event_type: 'CONVERSION', event_timestamp: at, event_identifier: 'contato' }],
  listSegmentationContacts: async () => ({
    contacts: emails.map((_, index) => ({ uuid: uuidOf(index), last_conversion_date: at })),
    isLast: true,
  }),
}
const crm: ReconcileDeps['crm'] = {
  findOpportunity: async () => undefined,
  getLead: async () => undefined,
  listOpportunities: async () => ({ items: [], isComplete: true, unread: 0 }),
}

async function reconcileWith(room: number, isDryRun: boolean) {
  await using tenant = openTenant({
    reconcile: { segmentation: '7' },
    intake: { quarantineMaxDeliveries: room },
  })
  const { deps } = tenant
  await deps.redis.set(`{${deps.tenant.name}}:ponte:start`, now - 24 * 3_600_000)
  const reconciled = await reconcile({ since: now - 7_200_000, now, isDryRun }, { ...deps, crm, rd: async () => rd })
  await recordReconciled(reconciled, { redis: deps.redis, tenant: deps.tenant.name, now })
  const record = await createReconcileRecord(deps.redis, deps.tenant.name).read()
  const [enqueued, kept] = await Promise.all([
    deps.queues['totvs-crm'].getPrioritizedCount(),
    deps.queues.quarantine.getWaitingCount(),
  ])
  return { contacts: reconciled.contacts, needsPerson: isUnclear(reconciled), enqueued, kept, record }
}

test('a full quarantine ends no reconcile: what can be read is sent, the rest is counted and recorded', async () => {
  expect(await reconcileWith(1, false)).toMatchObject({
    contacts: { missing: 3, sent: 1, unread: 2, quarantined: 1 },
    ...{ needsPerson: true, enqueued: 1, kept: 1 },
    record: { missing: 3, sent: 1, needsPerson: true },
  })
})

test('contacts that cannot be read need a person in a dry run as in the real one', async () => {
  expect(await reconcileWith(9, true)).toMatchObject({
    contacts: { missing: 3, sent: 0, unread: 2, quarantined: 0 },
    ...{ needsPerson: true, enqueued: 0, kept: 0 },
  })
  expect(await reconcileWith(9, false)).toMatchObject({
    contacts: { missing: 3, sent: 1, unread: 2, quarantined: 2 },
    ...{ needsPerson: true, enqueued: 1, kept: 2 },
  })
})

test('a segmentation whose pages are longer than they were asked for is read up to 10,000 contacts', async () => {
  let pages = 0
  const listed = async () => {
    pages += 1
    const contacts = Array.from({ length: 6000 }, (_, index) => ({
      uuid: `${pages}-${index}`,
      last_conversion_date: at,
    }))
    return await Promise.resolve({ contacts, isLast: false })
  }
  await using tenant = openTenant({ reconcile: { segmentation: '7' } })
  const { deps } = tenant
  await deps.redis.set(`{${deps.tenant.name}}:ponte:start`, now - 24 * 3_600_000)
  const reconciled = await reconcile(
    { since: now - 7_200_000, now, isDryRun: true },
    { ...deps, crm, rd: async () => ({ ...rd, listSegmentationContacts: listed }) },
  )
  expect(reconciled.contacts).toMatchObject({ unreadable: 'no-end' })
  expect(pages).toBe(2)
})
