import { crmLead, type CrmOpportunity, crmOpportunity } from '@ponte/contracts'
import { createFingerprint } from '@ponte/state'
import { exampleSettings } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { compareOpportunity, type OpportunityDeps } from './compare-records.ts'
import { type ContactState, createContactStates } from './contact-states.ts'

const createdAt = '2026-11-30T12:00:00Z'
const minutes = (count: number): number => Date.parse(createdAt) + count * 60_000

const shows = {
  PROGRESS: { isShown: true, isClient: false },
  WON: { isShown: false, isClient: true },
  LOST: { isShown: false, isClient: false },
} as const
const statuses = ['PROGRESS', 'WON', 'LOST'] as const

type Deps = Partial<Omit<OpportunityDeps, 'crm'>> & { readonly crm?: Partial<OpportunityDeps['crm']> }

async function compared(status: (typeof statuses)[number], { crm, ...more }: Deps, created: unknown = createdAt) {
  const deps: OpportunityDeps = {
    settings: exampleSettings(),
    crm: {
      getOpportunity: (_path, id) =>
        Promise.resolve(crmOpportunity.parse({ id, leadId: 'l', status, createdAt: created })),
      getLead: id => Promise.resolve(crmLead.parse({ id, externalId: 'rd:u', emails: [] })),
      findOpportunities: () => Promise.resolve([]),
      ...crm,
    },
    states: { of: () => Promise.resolve(shows[status]), markedAt: () => Promise.resolve(undefined) },
    fingerprint: createFingerprint(Buffer.alloc(32, 2)),
    readMark: () => Promise.resolve(undefined),
    ...more,
  }
  const event = { v: 1, key: 'k', receivedAt: createdAt, opportunityId: 'one', contextUrl: '/x' } as const
  return await compareOpportunity(event, deps)
}

async function resultOf(status: (typeof statuses)[number], markedAt: number | undefined, created: unknown = createdAt) {
  const states = { of: () => Promise.resolve(shows[status]), markedAt: () => Promise.resolve(markedAt) }
  return (await compared(status, { states }, created)).result
}

test.each(statuses)('%s: a mark that is older than the opportunity says nothing of it', async status => {
  expect(await resultOf(status, minutes(-2))).toBe('unknown')
  // Clocks may differ by a minute.
  expect(await resultOf(status, minutes(-1))).toBe('agrees')
  expect(await resultOf(status, minutes(5))).toBe('agrees')
  // Its time may be in any zone.
  expect(await resultOf(status, minutes(-10 * 60), createdAt.replace('Z', ''))).toBe('agrees')
})

test('without any mark an open or won one is not known, and a lost one was never marked', async () => {
  expect(await Promise.all(statuses.map(status => resultOf(status, undefined)))).toEqual([
    ...['unknown', 'unknown', 'differs'],
  ])
})

test('another opportunity of the lead is open also where the list leaves out the lead', async () => {
  const states = { of: () => Promise.resolve(shows.PROGRESS), markedAt: () => Promise.resolve(undefined) }
  const other = crmOpportunity.parse({ id: 'two', status: 'PROGRESS' })
  const findOpportunities: OpportunityDeps['crm']['findOpportunities'] = (_filter, isWanted) =>
    Promise.resolve([other].filter(isWanted))
  expect(await compared('LOST', { states, crm: { findOpportunities } })).toMatchObject({ result: 'unknown' })
  expect(await compared('LOST', { states })).toMatchObject({ result: 'differs' })
})

test.each([
  ['that somebody entered by hand', {}, 'lead-not-from-rd'],
  ['of RD Station', { leadOriginId: exampleSettings().variables.totvs_crm_leadoriginid }, 'lead-has-no-email'],
])('for a lead %s without an e-mail there is nobody to mark, as for the worker', async (_what, more, why) => {
  const nobody = () => Promise.reject(new Error('RD Station is not asked'))
  const states = createContactStates({ findFunnel: nobody, findContact: nobody, listMarkTimes: nobody })
  const getLead = (id: string) => Promise.resolve(crmLead.parse({ id, emails: [], ...more }))
  expect(await compared('WON', { states, crm: { getLead } })).toMatchObject({ result: 'skipped', why })
})

const beside = (status: string) => crmOpportunity.parse({ id: 'two', status, leadId: 'l' })
const client = { isClient: true, isShown: false } as const

test.each<[(typeof statuses)[number], ContactState, readonly CrmOpportunity[], result: string, field?: string]>([
  ['PROGRESS', shows.LOST, [], 'differs', 'funnel.opportunity'],
  ['WON', shows.LOST, [], 'differs', 'funnel.lifecycle_stage'],
  ['WON', shows.PROGRESS, [], 'differs', 'funnel.opportunity'],
  ['WON', { isClient: true, isShown: true }, [], 'differs', 'funnel.opportunity'],
  ['LOST', shows.PROGRESS, [], 'differs', 'funnel.opportunity'],
  ['LOST', shows.LOST, [], 'differs', 'events.opportunity'],
  // A further sale of a client, and an end beside another open one.
  ['WON', client, [beside('WON')], 'unknown', 'state-of-contact'],
  ['LOST', shows.PROGRESS, [beside('PROGRESS')], 'unknown', 'state-of-contact'],
])('%s of a contact that is shown as %j, beside %j: %s %s', async (status, state, others, result, field) => {
  const states = { of: () => Promise.resolve(state), markedAt: () => Promise.resolve(undefined) }
  const findOpportunities = () => Promise.resolve([...others])
  const comparison = await compared(status, { states, crm: { findOpportunities } })
  expect(comparison).toMatchObject({
    result,
    [result === 'differs' ? 'differences' : 'unknown']: [{ field, record: 'one' }],
  })
})

test('what the tenant ignores, and what was removed, is left alone', async () => {
  const settings = {
    ...exampleSettings(),
    totvsCrm: { ...exampleSettings().totvsCrm, statusMap: { WON: 'ignored' } },
  } as const
  expect(await compared('WON', { settings })).toMatchObject({ result: 'skipped', why: 'status-ignored' })
  expect(await compared('LOST', { settings })).toMatchObject({
    differences: [{ field: 'event', code: 'CRM_STATUS_UNKNOWN' }],
  })
  const getOpportunity = () => Promise.resolve(undefined)
  expect(await compared('WON', { crm: { getOpportunity } })).toMatchObject({ result: 'skipped', why: 'removed' })
})
