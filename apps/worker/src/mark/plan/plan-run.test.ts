import { crmLead, crmOpportunity, type OpportunityOutcome } from '@ponte/contracts'
import type { MarkHistory } from '@ponte/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Observed } from '../observe/observe-opportunity.ts'
import type { Run } from './decide-attempt.ts'
import { planRun } from './plan-run.ts'

const NOW = Date.parse('2026-01-02T03:04:05.000Z')
const data = {
  v: 1,
  key: 'k',
  receivedAt: '2026-01-02T03:04:05.000Z',
  opportunityId: 'o',
  contextUrl: '/api/v1/opportunity/opportunities',
} as const
const lead = crmLead.parse({ id: 'lead', emails: [{ email: 'pessoa@cliente.example' }] })
const opportunityOf = (leadId?: string) => crmOpportunity.parse({ id: 'o', status: 'Situação', leadId })

const observed: Observed = {
  data,
  opportunity: opportunityOf('lead'),
  lead,
  outcome: 'open',
  recorded: { marked: 'none' },
  isAdopted: false,
  isHidden: false,
  fingerprints: { fingerprint: 'same', unkeyed: 'unkeyed' },
  fieldText: undefined,
}
const run: Run = { jobId: 'new', stalled: 0, now: NOW, newAttemptId: 'fresh' }

/** All rounds have failed. */
const failing: NonNullable<MarkHistory['failing']> = {
  attemptId: 'before',
  round: 3,
  code: 'RD_REJECTED',
  fingerprint: 'same',
  jobId: 'last',
  stalled: 0,
  failedJobs: ['last'],
}
const sending = { mark: 'opportunity', at: NOW } as const
const message = (key: string) => expect.objectContaining({ key })
const failure = (code: string) => expect.objectContaining({ name: 'PermanentFailure', code })

test.each<[string, Partial<Observed>, object]>([
  ['an open opportunity that was never marked is marked as opportunity', {}, { kind: 'mark', isOpening: true }],
  [
    'one that was marked is not marked again',
    { recorded: { marked: 'open' } },
    { kind: 'conclude', summary: message('mark-up-to-date') },
  ],
  [
    'the end of one that was marked is marked',
    { outcome: 'won', recorded: { marked: 'open' } },
    { kind: 'mark', isOpening: false },
  ],
  [
    'an end that was never marked needs the opportunity mark before it',
    { outcome: 'lost' },
    { kind: 'mark', isOpening: true },
  ],
  [
    'an opportunity that is open again after its end is marked again',
    { recorded: { marked: 'lost' } },
    { kind: 'mark', isOpening: true },
  ],
  ['a discarded one is not marked', { outcome: 'ignored' }, { kind: 'conclude', summary: message('mark-up-to-date') }],
  [
    'one whose contact another end has ended as an opportunity is marked again',
    { recorded: { marked: 'open' }, isHidden: true },
    { kind: 'mark', isOpening: true },
  ],
  [
    'one that has ended since is not opened again for that',
    { outcome: 'won', recorded: { marked: 'open' }, isHidden: true },
    { kind: 'mark', isOpening: false },
  ],
  [
    'a mark whose answer was lost is looked up although nothing is due',
    { recorded: { marked: 'open', sending } },
    { kind: 'mark', isOpening: false },
  ],
  [
    'a contact that may have to be marked again is looked up although nothing is due',
    { outcome: 'won', recorded: { marked: 'won', restoring: true } },
    { kind: 'mark', isOpening: false },
  ],
  [
    'one from before Ponte is adopted and not marked',
    { isAdopted: true },
    { kind: 'conclude', summary: message('mark-adopted') },
  ],
  [
    'one without a lead cannot be marked',
    { opportunity: opportunityOf(), lead: undefined },
    { kind: 'conclude', summary: message('mark-without-lead') },
  ],
  ['one whose lead is gone fails', { lead: undefined }, { kind: 'fail', failure: failure('CRM_LEAD_NOT_FOUND') }],
  [
    'a lead that is gone fails nothing where nothing is due',
    { lead: undefined, recorded: { marked: 'open' } },
    { kind: 'conclude' },
  ],
  [
    'a status that the tenant does not name fails',
    { outcome: undefined },
    { kind: 'fail', failure: failure('CRM_STATUS_UNKNOWN') },
  ],
  [
    'it fails also where the opportunity would be adopted',
    { outcome: undefined, isAdopted: true },
    { kind: 'fail', failure: failure('CRM_STATUS_UNKNOWN') },
  ],
  [
    'one that was adopted as open becomes known to the other opportunities of its contact',
    { isAdopted: true, recorded: { marked: 'open', unlisted: true } },
    { kind: 'list', lead, summary: message('mark-adopted') },
  ],
  [
    'it becomes known later where that failed before',
    { recorded: { marked: 'open', unlisted: true } },
    { kind: 'list', summary: message('mark-up-to-date') },
  ],
  [
    'without a lead there is no contact to whose opportunities it belongs',
    { isAdopted: true, lead: undefined, recorded: { marked: 'open', unlisted: true } },
    { kind: 'conclude', summary: message('mark-adopted') },
  ],
  [
    'after the last round a repeat does nothing',
    { recorded: { marked: 'none', failing } },
    { kind: 'skip', summary: message('rounds-used') },
  ],
  [
    'an echo of a failed try does not fail for an unknown status',
    { outcome: undefined, recorded: { marked: 'none', failing } },
    { kind: 'skip', summary: message('rounds-used') },
  ],
  [
    'an upgrade from fingerprints without a key is no change by a person',
    { recorded: { marked: 'none', failing: { ...failing, fingerprint: 'unkeyed' } } },
    { kind: 'skip', history: { failing: { fingerprint: 'same' } } },
  ],
  [
    'a change of what the mark depends on is tried, as a new attempt',
    { recorded: { marked: 'none', failing: { ...failing, fingerprint: 'other' } } },
    { kind: 'mark', attempt: { attemptId: 'fresh', round: 1, fingerprint: 'same', humanAction: 'change' } },
  ],
  [
    'what the field shows is recorded, also by a run that does nothing',
    { fieldText: 'ERRO FINAL', recorded: { marked: 'none', failing, statusRd: { text: 'ERRO FINAL', written: true } } },
    { kind: 'skip', history: { statusRd: { seen: true, shown: 'ERRO FINAL' } } },
  ],
])('%s', (_guarantee, of, expected) => {
  expect(planRun({ ...observed, ...of }, run)).toMatchObject(expected)
})

const histories = fc.record({
  marked: fc.constantFrom<MarkHistory['marked']>('none', 'open', 'won', 'lost'),
  failing: fc.option(
    fc.record({
      ...{ attemptId: fc.constant('before'), code: fc.constant('RD_REJECTED'), stalled: fc.nat(1) },
      round: fc.integer({ min: 1, max: 3 }),
      fingerprint: fc.constantFrom('same', 'unkeyed', 'other'),
      jobId: fc.constantFrom('last', 'before'),
      failedJobs: fc.subarray(['last', 'before']),
      nextAt: fc.option(fc.constantFrom(NOW - 100_000, NOW + 100_000), { nil: undefined }),
    }),
    { nil: undefined },
  ),
  sending: fc.option(fc.constant(sending), { nil: undefined }),
  restoring: fc.option(fc.constant(true), { nil: undefined }),
  unlisted: fc.option(fc.constant(true), { nil: undefined }),
  statusRd: fc.option(fc.record({ text: fc.constant('ERRO'), written: fc.boolean(), seen: fc.boolean() }), {
    nil: undefined,
  }),
})
const situations: fc.Arbitrary<Observed> = fc.record({
  data: fc.constant(data),
  opportunity: fc.constantFrom(opportunityOf('lead'), opportunityOf()),
  lead: fc.constantFrom(lead, undefined),
  outcome: fc.constantFrom<OpportunityOutcome | undefined>('open', 'won', 'lost', 'ignored', undefined),
  recorded: histories,
  isAdopted: fc.boolean(),
  isHidden: fc.boolean(),
  fingerprints: fc.constant(observed.fingerprints),
  fieldText: fc.constantFrom(undefined, '', 'REENVIAR', 'ERRO', 'nota de uma pessoa'),
})
const runs: fc.Arbitrary<Run> = fc.record({
  jobId: fc.constantFrom('new', 'last'),
  stalled: fc.nat(2),
  now: fc.constant(NOW),
  newAttemptId: fc.constant('fresh'),
})
const always = (property: (given: Observed, by: Run) => void): void =>
  fc.assert(fc.property(situations, runs, property), { numRuns: 1000 })

test('a run that may not try does nothing', () => {
  always((given, by) => {
    const { failing: before } = given.recorded
    const isSame = before?.fingerprint !== 'other'
    fc.pre(before !== undefined && isSame && !before.failedJobs.includes(by.jobId) && before.jobId !== by.jobId)
    fc.pre((before.nextAt ?? NOW) >= NOW && given.fieldText !== 'REENVIAR' && given.fieldText !== '')
    expect(planRun(given, by).kind).toBe('skip')
  })
})

test('a run that may try is never skipped', () => {
  always((given, by) => {
    fc.pre(given.recorded.failing === undefined)
    expect(planRun(given, by).kind).not.toBe('skip')
  })
})

test('nothing is marked whose status is not known, that has no lead, or of which nothing is due and nothing is in question', () => {
  always((given, by) => {
    const plan = planRun(given, by)
    if (plan.kind !== 'mark') return
    expect([plan.outcome, plan.lead]).toEqual([given.outcome, lead])
    const { marked, sending: lost, restoring } = given.recorded
    const mayBeDue = !given.isAdopted && plan.outcome !== 'ignored' && plan.outcome !== sameAs[marked]
    const isToBeRestored = given.isHidden && plan.outcome === 'open'
    if (!mayBeDue && !isToBeRestored) expect(lost ?? restoring).toBeDefined()
    expect(plan.isOpening && given.isAdopted && !isToBeRestored).toBe(false)
  })
})

const sameAs = { none: undefined, open: 'open', won: 'won', lost: 'lost' } as const

test('a plan depends on what it is given alone, and changes nothing of it', () => {
  always((given, by) => {
    const before = structuredClone({ ...given, by })
    const plans = [planRun(given, by), planRun(given, by)].map(plan => JSON.stringify(plan))
    expect(plans[0]).toBe(plans[1])
    expect({ ...given, by }).toEqual(before)
  })
})
