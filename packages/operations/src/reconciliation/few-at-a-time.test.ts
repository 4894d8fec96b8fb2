import { crmOpportunity } from '@ponte/contracts'
import { stateKey } from '@ponte/state'
import { expect, test } from 'vitest'
import { reconcile, type ReconcileRequest } from './reconcile.ts'
import { openTenant } from './testing/open-tenant.ts'

const HOUR = 3_600_000
const now = Date.now()

/** Twelve opportunities were changed, and nobody has told. Says how many events were in the queue at each pause. */
async function reconcileTwelve({
  mayGoOn,
  segmentation,
}: Pick<ReconcileRequest, 'mayGoOn'> & { readonly segmentation?: string } = {}) {
  await using tenant = openTenant(segmentation === undefined ? {} : { reconcile: { segmentation } })
  const { deps } = tenant
  // Ponte has worked for a day.
  await deps.redis.set(stateKey(deps.tenant.name, 'start'), now - 24 * HOUR)
  const updatedAt = new Date(now - HOUR).toISOString()
  const items = Array.from({ length: 12 }, () =>
    crmOpportunity.parse({ id: crypto.randomUUID(), status: 'WON', updatedAt }),
  )
  const crm = {
    findOpportunity: async () => undefined,
    getLead: async () => undefined,
    listOpportunities: async () => ({ items, isComplete: true, unread: 0 }),
  }
  const enqueued: number[] = []
  const count = async (): Promise<unknown> => enqueued.push(await deps.queues['rd-station'].getPrioritizedCount())
  const rd = {
    findContact: async () => undefined,
    listContactEvents: async () => [],
    async listSegmentationContacts() {
      await count()
      return { contacts: [], isLast: true }
    },
  }
  const request = { since: 0, now, pause: count, ...(mayGoOn && { mayGoOn }) }
  const { opportunities } = await reconcile(request, { ...deps, crm, rd: async () => rd })
  await count()
  return { opportunities, enqueued }
}

test('what was missed is enqueued a few at a time, with a pause after each, so that live events find free slots', async () => {
  expect(await reconcileTwelve()).toMatchObject({
    opportunities: { missing: 12, sent: 12 },
    enqueued: [5, 10, 12],
  })
})

test('a reconcile that may not go on enqueues nothing more after the pause', async () => {
  const answers = [true, false]
  expect(await reconcileTwelve({ mayGoOn: () => answers.shift() ?? false })).toMatchObject({
    opportunities: { missing: 12, sent: 5 },
    enqueued: [5, 5],
  })
})

test('contacts are read before anything is sent, because what is sent takes the quota', async () => {
  expect(await reconcileTwelve({ segmentation: '7' })).toMatchObject({
    opportunities: { missing: 12, sent: 12 },
    enqueued: [0, 5, 10, 12],
  })
})
