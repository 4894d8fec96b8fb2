import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { openQueueView, type QueueView } from '../support/queue-view.ts'
import { SHARED_QUOTA as QUOTA } from '../support/shared/shared-tenants.ts'
import { rateOf } from '../support/marks/rate.ts'

/**
 * The sandbox counts in windows of this length, so that a call too many in any of them is refused within the test. The backlog fills
 * one window and a half.
 */
const WINDOW_S = inject('isLongRun') ? 20 : 10
const BACKLOG = (1.5 * WINDOW_S * QUOTA) / 60

let company: Company
let view: QueueView
beforeAll(async () => {
  company = await shareCompany('quota', { workflows: false })
  // Two seconds' worth more: calls that a busy machine holds up come together with those after them.
  const perWindow = (QUOTA * (WINDOW_S + 2)) / 60
  await company.rd.change({
    settings: { contactsPerMinute: perWindow, eventsPerMinute: perWindow, quotaWindowSeconds: WINDOW_S },
  })
  view = openQueueView(inject('redisUrl'), company.ponte.tenant.name)
})
afterAll(async () => {
  await view.close()
  await company.stop()
})

test('two workers drain a backlog within the quotas, and without one 429', async () => {
  const people = await Promise.all(
    Array.from({ length: BACKLOG }, async () => {
      const contact = await company.rd.addContact({ name: 'Da Fila', email: newEmail() })
      const emails = [{ email: contact.email ?? '', emailTypeId: crypto.randomUUID(), standard: true }]
      const lead = await company.crm.addLead({ name: 'Da Fila', externalId: `rd:${contact.uuid}`, emails })
      const opportunity = await company.crm.addOpportunity({ leadId: lead.id })
      return { contact, opportunity }
    }),
  )
  await company.sandbox.clearCalls()
  await Promise.all(people.map(({ opportunity }) => company.announce('created', opportunity.id)))
  await expect.poll(() => view.countPending('rd-station'), patience).toBe(0)

  const calls = await company.sandbox.calls({ system: 'rd-station' })
  const timesOf = (path: string): number[] =>
    calls.filter(call => call.path.startsWith(path)).map(({ at }) => Date.parse(at))
  const [lookUps, events] = [timesOf('/platform/contacts'), timesOf('/platform/events')]
  expect(calls.filter(({ status }) => status === 429)).toEqual([])
  expect([lookUps.length, events.length]).toEqual([BACKLOG, BACKLOG])
  // How much of the quota is used, and how smoothly, is measured by `npm run bench -- quota`: here other tests need the processors.
  expect(rateOf(events)).toBeLessThanOrEqual(QUOTA)
  const marked = await Promise.all(people.map(({ contact }) => company.marksOf(contact)))
  expect(marked).toEqual(people.map(() => ['OPPORTUNITY']))
})
