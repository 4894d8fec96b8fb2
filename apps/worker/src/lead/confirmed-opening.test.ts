import { crmLead, MINUTE_MS } from '@ponte/contracts'
import { createReplicas } from '@ponte/state'
import { expect, test } from 'vitest'
import { JobDelayed } from '../calls/job-delayed.ts'
import { deliveryOf, openLeads } from '../testing/recorded-leads.ts'

const uuid = '11111111-1111-4111-8111-111111111111'
const email = 'pessoa@cliente.example'
const conversion = deliveryOf({ uuid, email, convertedAt: new Date().toISOString() }, { key: 'conversion' })

/** The leads of a tenant whose Redis has no replica, although one is wanted. `later` moves the clock on. */
function openWithoutReplica(known: readonly string[] = []) {
  let time = Date.now()
  const missed: string[] = []
  const replicas = createReplicas({ wanted: 1, waitMs: 1, now: () => time, onMissing: step => void missed.push(step) })
  const leads = openLeads({ replicas })
  for (const id of known) leads.leads.set(id, crmLead.parse({ id, externalId: `rd:${uuid}`, emails: [{ email }] }))
  const { redis, tenant } = leads.connection
  return {
    ...leads,
    missed,
    later: (ms: number) => void (time += ms),
    locks: () => redis.keys(`{${tenant.name}}:ponte:lock:*`),
  }
}

test.each([
  ['that this event creates', []],
  ['that TOTVS CRM has', ['lead-1']],
])('no opportunity is opened of a lead %s before replicas have the record of it', async (_what, known) => {
  const leads = openWithoutReplica(known)
  const delayed = await leads.run(conversion)
  expect(delayed).toBeInstanceOf(JobDelayed)
  expect(delayed).toMatchObject({ waitMs: 2000 })
  expect([...leads.leads.keys()]).toEqual(['lead-1'])
  expect(leads.opportunities.size).toBe(0)
  // Nothing of it is pending, so that nobody looks for an opportunity that was never sent; and its locks are free.
  expect(await leads.historyOf('lead-1')).not.toHaveProperty('pendingOpening')
  expect(await leads.locks()).toEqual([])
  expect(new Set(leads.missed)).toEqual(new Set(['opening']))
})

test('it waits until replicas have been missing for a minute in all, and is then opened once', async () => {
  const leads = openWithoutReplica()
  for (let waited = 0; waited < MINUTE_MS; waited += 20_000) {
    expect(await leads.run(conversion)).toBeInstanceOf(JobDelayed)
    leads.later(20_000)
  }
  expect(await leads.run(conversion)).toMatchObject({ outcome: 'done' })
  expect([...leads.opportunities.keys()]).toEqual(['opportunity-1'])
  expect(await leads.historyOf('lead-1')).toMatchObject({ lastOpened: { id: 'opportunity-1', key: 'conversion' } })
  expect(leads.figures()).toMatchObject({ leads: { created: 1 }, opportunities: 1 })
})

test.each([
  ['is still open', 'PROGRESS'],
  ['was closed meanwhile', 'WON'],
])(
  'from that record alone Ponte knows its opportunity after a failover, also beside an earlier one, where it %s',
  async (_what, status) => {
    const leads = openLeads()
    const later = (key: string, ms: number) => {
      const convertedAt = new Date(Date.now() + ms).toISOString()
      return { ...conversion, key, lead: { ...conversion.lead, convertedAt } }
    }
    await leads.run(conversion)
    leads.change('opportunity-1', { status: 'LOST' })
    await leads.run(later('second', 10_000))
    leads.change('opportunity-2', { status: 'LOST' })
    const last = later('last', 20_000)
    await leads.run(last, { kind: 'killed after', stop: 'create opportunity' })
    expect(leads.opportunities.size).toBe(3)
    leads.change('opportunity-3', { status })
    await leads.endLocks()
    await leads.run(last)
    expect(leads.opportunities.size).toBe(3)
  },
)
