import { crmLead, crmOpportunity, PermanentFailure, TransientFailure } from '@ponte/contracts'
import { change, stateKey } from '@ponte/state'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { deliveryOf, everyFault, type Fault, openLeads, openRecordedLeads } from '../testing/recorded-leads.ts'

type Leads = ReturnType<typeof openLeads>

const person = { uuid: '11111111-1111-4111-8111-111111111111', email: 'pessoa@cliente.example' }

/** A conversion of the person at this minute. Its city is named after the minute. */
const conversion = (minute: number, more: object = {}) =>
  deliveryOf(
    {
      ...{ ...person, city: `Cidade ${minute}`, contactCreatedAt: '2026-01-01T00:00:00.000Z' },
      convertedAt: new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString(),
      ...more,
    },
    { key: `conversion-${minute}` },
  )

/** No older conversion was written over a newer one. */
function expectNewestLast({ cities }: Leads, newest: string): void {
  expect(cities).toEqual(cities.toSorted())
  expect(cities.at(-1)).toBe(newest)
}

/** What Redis has when a person has been brought over, whatever happened on the way. */
async function expectBroughtOver(leads: Leads): Promise<void> {
  const { connection } = leads
  const { redis, tenant } = connection
  expect([...leads.leads.keys()]).toEqual(['lead-1'])
  expect([...leads.opportunities.keys()]).toEqual(['opportunity-1'])
  const key = (...parts: string[]): string => stateKey(tenant.name, ...parts)
  const history = await leads.historyOf()
  expect(history).toMatchObject({ lastOpened: { id: 'opportunity-1' } })
  expect(history).not.toHaveProperty('pendingOpening')
  expect(await redis.get(key('mark', 'opportunity-1'))).toBe('{"marked":"none"}')
  expect(await redis.zrange(key('contact-opportunities', person.uuid), '0', '-1')).toEqual(['opportunity-1'])
  expect(await redis.keys(key('lead-creation', '*'))).toEqual([])
  expect(await redis.keys(key('lock', '*'))).toEqual([])
  for (const kind of ['contact-lead', 'contact-created', 'contact-unknown'])
    expect(await redis.keys(key(kind, '*'))).toHaveLength(2)
}

/** Nothing counts twice. Everything counts once, unless the worker was killed or Redis did not confirm the record. */
function expectCounted(leads: Leads, fault: Fault & { what: string }, created: number, opened: number): void {
  const { leads: counted, opportunities } = leads.figures()
  const isCertain = !fault.kind.startsWith('killed') && !(fault.kind === 'answer lost' && fault.what === 'step')
  if (isCertain) expect([counted.created, opportunities]).toEqual([created, opened])
  expect([counted.created <= created, opportunities <= opened]).toEqual([true, true])
}

/** The stops of a run, in order: steps of Redis, and calls to TOTVS CRM. */
const stopsOfNew = ['step', 'find lead', 'find lead', 'step', 'create lead', 'step', 'create opportunity', 'step']
const stopsOfKnown = ['step', 'step', 'get lead', 'step', 'update lead', 'find opportunities', 'step']

/** A step under a lock is refused once its run is over. The first step takes locks that no run knows of: they end by themselves. */
async function expectRefused(leads: Leads, { stop }: Fault): Promise<void> {
  const answers = await leads.arrive()
  expect(answers).toEqual(answers.map(() => (stop === 1 ? expect.arrayContaining(['done']) : ['lost'])))
  await leads.endLocks()
}

// Only the stops of a run are counted, however slow the machine: no lock is renewed.
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] })
  const leads = openRecordedLeads(inject('redisUrl'))
  await leads.run(conversion(1))
  leads.close()
})
afterAll(() => vi.useRealTimers())

test('a new lead costs four steps of Redis and four calls: two look-ups and two creates', async () => {
  const leads = openLeads()
  await leads.run(conversion(1))
  expect(leads.stops()).toEqual(stopsOfNew)
  await expectBroughtOver(leads)
})

test('a known lead costs four steps of Redis and three calls: it is read, updated, and its open opportunity looked up', async () => {
  const leads = openLeads()
  await leads.run(conversion(1))
  await leads.run(conversion(2))
  expect(leads.stops()).toEqual(stopsOfKnown)
  await expectBroughtOver(leads)
  expectNewestLast(leads, 'Cidade 2')
})

test.each(everyFault(stopsOfNew))(
  'a new lead, stop $stop ($what) $kind: the lead is found by its identities, its opportunity among the open ones, and there is one of each',
  async fault => {
    const leads = openLeads()
    await leads.run(conversion(2), fault)
    await leads.endLocks()
    // An older conversion comes in between.
    await leads.run(conversion(1))
    await leads.run(conversion(2))
    await expectRefused(leads, fault)
    await expectBroughtOver(leads)
    expectNewestLast(leads, 'Cidade 2')
    expectCounted(leads, fault, 1, 1)
  },
)

test.each(everyFault(stopsOfKnown))(
  'a known lead, stop $stop ($what) $kind: it ends with the newest values and no second opportunity',
  async fault => {
    const leads = openLeads()
    await leads.run(conversion(1))
    await leads.run(conversion(3), fault)
    await leads.endLocks()
    await leads.run(conversion(2))
    await leads.run(conversion(3))
    await expectRefused(leads, fault)
    await expectBroughtOver(leads)
    expectNewestLast(leads, 'Cidade 3')
    expectCounted(leads, fault, 1, 1)
  },
)

test.each(everyFault([...stopsOfKnown.slice(0, -1), 'step', 'create opportunity', 'step']))(
  'a known lead whose opportunity was closed, stop $stop ($what) $kind: it gets one more, which is looked up',
  async fault => {
    const leads = openLeads()
    await leads.run(conversion(1))
    leads.change('opportunity-1', { status: 'LOST' })
    await leads.run(conversion(2), fault)
    await leads.endLocks()
    await leads.run(conversion(2))
    await expectRefused(leads, fault)
    expect([...leads.opportunities.keys()]).toEqual(['opportunity-1', 'opportunity-2'])
    expect(await leads.historyOf()).toMatchObject({ lastOpened: { id: 'opportunity-2' }, earlier: ['opportunity-1'] })
    expect(await leads.historyOf()).not.toHaveProperty('pendingOpening')
    expectCounted(leads, fault, 1, 2)
  },
)

test.each(
  [
    ...stopsOfNew.map((what, index) => ({ what, whose: 'a new lead', minutes: [1], stop: index + 1 })),
    ...stopsOfKnown.map((what, index) => ({ what, whose: 'a known lead', minutes: [1, 2], stop: index + 1 })),
  ].filter(({ what }) => what === 'step'),
)(
  'the job of $whose whose step at stop $stop is sent twice, because its answer was lost, is done all the same',
  async ({ minutes, stop }) => {
    const leads = openLeads()
    const last = minutes.at(-1)
    for (const minute of minutes) {
      const result = await leads.run(conversion(minute), minute === last ? { kind: 'sent twice', stop } : undefined)
      expect(result).toMatchObject({ outcome: 'done', opportunityId: 'opportunity-1' })
    }
    await expectBroughtOver(leads)
  },
)

const [ana, bia] = [
  { uuid: '22222222-2222-4222-8222-222222222222', email: 'ana@cliente.example', phone: '48 3025-0001' },
  { uuid: '33333333-3333-4333-8333-333333333333', email: 'bia@cliente.example', mobilePhone: '48 99999-0002' },
]

test.each([
  ['whom Ponte knows', true],
  ['of whom Ponte knows nothing', false],
])('of two contacts of one lead, %s, that convert at the same moment no value is lost', async (_who, areKnown) => {
  const leads = openLeads({ callMs: 20 })
  const emails = [ana, bia].map(({ email }) => ({ email }))
  leads.leads.set('lead-1', crmLead.parse({ id: 'lead-1', emails }))
  if (areKnown)
    for (const [minute, { uuid, email }] of [ana, bia].entries()) await leads.run(conversion(minute, { uuid, email }))
  await Promise.all([leads.run(conversion(5, ana)), leads.run(conversion(5, bia))])
  expect([...leads.leads.keys()]).toEqual(['lead-1'])
  const phones = leads.leads.get('lead-1')?.phones.map(({ number }) => number)
  expect(phones?.toSorted()).toEqual([ana.phone, bia.mobilePhone])
})

test('a lead that an earlier run may have created has its opportunities looked up', async () => {
  const leads = openLeads()
  await leads.run(conversion(1), { kind: 'not arrived', stop: 'create lead' })
  await leads.run(conversion(1))
  expect(leads.stops()).toContain('find opportunities')
  await expectBroughtOver(leads)
})

test('where the known lead has lost its externalId to another lead, that other lead is the one', async () => {
  const leads = openLeads()
  await leads.run(conversion(1))
  leads.leads.set('lead-1', crmLead.parse({ ...leads.leads.get('lead-1'), externalId: 'rd:another' }))
  leads.leads.set('lead-2', crmLead.parse({ id: 'lead-2', externalId: `rd:${person.uuid}` }))
  await leads.run(conversion(2))
  expect(leads.leads.get('lead-2')?.addresses).toMatchObject([{ cityName: 'Cidade 2' }])
  expect(leads.leads.get('lead-1')?.addresses).toMatchObject([{ cityName: 'Cidade 1' }])
})

test('a known lead that was removed from TOTVS CRM is created again, with an opportunity', async () => {
  const leads = openLeads()
  await leads.run(conversion(1))
  leads.leads.set('lead-1', crmLead.parse({ id: 'lead-1' }))
  await leads.run(conversion(2))
  expect([...leads.leads.keys()]).toEqual(['lead-1', 'lead-2'])
  expect([...leads.opportunities.values()].map(({ leadId }) => leadId)).toEqual(['lead-1', 'lead-2'])
})

test('a create that gives the id of a lead with a history keeps the history, and its open opportunity is looked up', async () => {
  const leads = openLeads()
  await leads.run(conversion(1))
  const { findLeads, getLead, createLead } = leads.crm
  // The CRM finds nothing for a while, and answers the create with the lead that it has.
  Object.assign(leads.crm, {
    findLeads: () => Promise.resolve([]),
    getLead: () => Promise.resolve(undefined),
    createLead: () => Promise.resolve('lead-1'),
  })
  await leads.run(conversion(2))
  Object.assign(leads.crm, { findLeads, getLead, createLead })
  expect([...leads.opportunities.keys()]).toEqual(['opportunity-1'])
  expect(await leads.historyOf()).toMatchObject({ lastOpened: { id: 'opportunity-1' } })
})

test('where any open opportunity is the only one, also one that TOTVS CRM opens by itself for a new lead counts', async () => {
  const leads = openLeads({ opportunity: { onlyOne: 'any' } })
  const { createLead } = leads.crm
  Object.assign(leads.crm, {
    createLead: async (...args: Parameters<typeof createLead>) => {
      const leadId = await createLead(...args)
      leads.opportunities.set('by-workflow', crmOpportunity.parse({ id: 'by-workflow', leadId, status: 'PROGRESS' }))
      return leadId
    },
  })
  await leads.run(conversion(1))
  expect([...leads.opportunities.keys()]).toEqual(['by-workflow'])
  expect(await leads.historyOf()).not.toHaveProperty('pendingOpening')
})

const refused = new PermanentFailure('CRM_REJECTED')
const unanswered = new TransientFailure('CRM_UNREACHABLE', {
  system: 'totvs-crm',
  outage: true,
  isOutcomeUnknown: true,
})

test.each([
  ['refuses the opportunity of a new lead', 'createOpportunity', refused],
  ['does not have the pipeline', 'listCatalog', refused],
  ['does not answer what its pipelines are', 'listCatalog', unanswered],
] as const)('where TOTVS CRM %s, nothing says that it may have been opened', async (_what, method, failure) => {
  const leads = openLeads()
  Object.assign(leads.crm, { [method]: () => Promise.reject(failure) })
  expect(await leads.run(conversion(1))).toBe(failure)
  expect(await leads.historyOf()).toEqual({ convertedAt: Date.UTC(2026, 0, 1, 12, 1) })
})

test('a newer conversion that TOTVS CRM refused does not keep an older one out', async () => {
  const leads = openLeads()
  const { updateLead } = leads.crm
  await leads.run(conversion(1))
  Object.assign(leads.crm, { updateLead: () => Promise.reject(refused) })
  expect(await leads.run(conversion(3))).toBe(refused)
  Object.assign(leads.crm, { updateLead })
  await leads.run(conversion(2))
  expect(leads.cities).toEqual(['Cidade 1', 'Cidade 2'])
})

test("the echo of one of Ponte's marks brings back no lead that was removed from TOTVS CRM", async () => {
  const leads = openLeads()
  const { redis, contactMarks } = leads.contextOf('another job')
  const markedAt = '2026-01-01T12:00:00.000Z'
  await change(redis, contactMarks.beginningOf(person, Date.parse(markedAt)).made)
  await leads.run(conversion(1, { deliveredFor: 'mark', markedAt }))
  expect([...leads.leads.keys()]).toEqual([])
})

test('a mark by marketing that creates a lead opens no opportunity beside one that TOTVS CRM has opened by itself', async () => {
  const leads = openLeads()
  const { createLead } = leads.crm
  Object.assign(leads.crm, {
    createLead: async (...args: Parameters<typeof createLead>) => {
      const leadId = await createLead(...args)
      leads.opportunities.set('by-workflow', crmOpportunity.parse({ id: 'by-workflow', leadId, status: 'PROGRESS' }))
      return leadId
    },
  })
  await leads.run(conversion(1, { deliveredFor: 'mark', markedAt: '2026-01-01T12:00:00.000Z' }))
  expect([...leads.opportunities.keys()]).toEqual(['by-workflow'])
})

test('a link to a lead whose record is damaged does not keep the person from another lead', async () => {
  const leads = openLeads()
  await leads.run(conversion(1))
  const { redis, tenant } = leads.connection
  await redis.set(stateKey(tenant.name, 'lead', 'lead-1'), '[]')
  const known = leads.leads.get('lead-1')
  leads.leads.delete('lead-1')
  leads.leads.set('lead-2', crmLead.parse({ ...known, id: 'lead-2' }))
  expect(await leads.run(conversion(2))).not.toMatchObject({ code: 'STATE_UNREADABLE' })
  expect(leads.cities.at(-1)).toBe('Cidade 2')
})

test('a mark by marketing that creates a lead and opens nothing leaves no opportunity that may have been opened', async () => {
  const leads = openLeads()
  const { findLeads } = leads.crm
  let searches = 0
  // A salesperson enters the person between the look-up and the create.
  Object.assign(leads.crm, {
    findLeads: (...args: Parameters<typeof findLeads>) => {
      searches += 1
      if (searches === 3) {
        leads.leads.set('by-sales', crmLead.parse({ id: 'by-sales', emails: [{ email: person.email }] }))
        leads.opportunities.set('o', crmOpportunity.parse({ id: 'o', leadId: 'by-sales', status: 'PROGRESS' }))
      }
      return findLeads(...args)
    },
  })
  await leads.run(conversion(1, { deliveredFor: 'mark', markedAt: '2026-01-01T12:00:00.000Z' }))
  expect([...leads.opportunities.keys()]).toEqual(['o'])
  const at = Date.UTC(2026, 0, 1, 12)
  expect(await leads.historyOf()).toEqual({ shownAt: at, decidedAt: at })
})

test.each([
  ['of a mark by marketing', {}, { deliveredFor: 'mark', markedAt: '2026-01-01T12:01:00.000Z' }],
  ['where any open opportunity is the only one', { opportunity: { onlyOne: 'any' } }, {}],
] as const)(
  'a new lead %s whose look-up fails has no opportunity that may have been opened: one of sales is not taken for it',
  async (_what, settings, more) => {
    const leads = openLeads(settings)
    const { findOpportunities } = leads.crm
    Object.assign(leads.crm, { findOpportunities: () => Promise.reject(unanswered) })
    expect(await leads.run(conversion(1, more))).toBe(unanswered)
    expect(await leads.historyOf()).not.toHaveProperty('pendingOpening')
    Object.assign(leads.crm, { findOpportunities })
    // A salesperson opens one, and loses it before the job runs again.
    const opportunityType = { id: 'opportunityType' }
    const createdAt = new Date().toISOString()
    const lost = { id: 'by-sales', leadId: 'lead-1', status: 'LOST', opportunityType, createdAt }
    leads.opportunities.set('by-sales', crmOpportunity.parse(lost))
    await leads.run(conversion(1, more))
    expect(await leads.historyOf()).toMatchObject({ lastOpened: { id: 'opportunity-2' } })
  },
)
