import { crmLead, crmOpportunity, type MarkEventName, type OpportunityOutcome } from '@ponte/contracts'
import { marksDue, type StatusRdReading } from '@ponte/mappers'
import type { FailingMark, MarkRecord } from '@ponte/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReadOpportunity } from '../read/read-opportunity.ts'
import type { Run } from '../../status-rd/decide-round.ts'
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

const read: ReadOpportunity = {
  data,
  opportunity: opportunityOf('lead'),
  lead,
  outcome: 'open',
  recorded: { marked: 'none' },
  isAdopted: false,
  status: {},
  fingerprints: { fingerprint: 'same', person: 'same person' },
  reading: 'absent',
}
const run: Run & { event: MarkEventName } = {
  jobId: 'new',
  isRound: false,
  retry: undefined,
  now: NOW,
  event: 'opportunity.updated',
}
const marked = (as: MarkRecord['marked'], more: Partial<MarkRecord> = {}): { recorded: MarkRecord } => ({
  recorded: { marked: as, contact: 'c', lead: 'lead', person: 'same person', ...more },
})

/** All rounds have failed. */
const failing: FailingMark = { round: 3, code: 'RD_REJECTED', fingerprint: 'same', failedJobs: ['last'] }
const message = (key: string) => expect.objectContaining({ key })
const failure = (code: string) => expect.objectContaining({ name: 'PermanentFailure', code })
const upToDate = { kind: 'conclude', summary: message('mark-up-to-date') }
const toContact = { kind: 'contact' }

test.each<[string, Partial<ReadOpportunity>, object]>([
  ['an open opportunity that was never told is a matter of its contact', {}, toContact],
  ['one that was told is not told again', marked('open'), upToDate],
  ['the end of one that was told is a matter of its contact', { outcome: 'won', ...marked('open') }, toContact],
  ['an opportunity that is open again after its end is, too', marked('lost'), toContact],
  ['a discarded one is not', { outcome: 'ignored' }, upToDate],
  ['one that another end has hidden is, as long as it is open', marked('hidden'), toContact],
  ['a run that nobody knows the end of is, although nothing is due', marked('open', { pending: true }), toContact],
  ['one that may be another contact’s by now is', marked('won', { person: 'another' }), toContact],
  [
    'one that was adopted as open has to be among the opportunities of its contact',
    { isAdopted: true, recorded: { marked: 'open' } },
    toContact,
  ],
  [
    'one that was adopted with its end concerns nobody',
    { isAdopted: true, outcome: 'won', recorded: { marked: 'won' } },
    { kind: 'conclude', summary: message('mark-adopted') },
  ],
  [
    'without a lead there is no contact to whose opportunities it belongs',
    { isAdopted: true, lead: undefined, opportunity: opportunityOf(), recorded: { marked: 'open' } },
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
    { lead: undefined, ...marked('open') },
    { kind: 'conclude' },
  ],
  [
    'a status that the tenant does not name fails',
    { outcome: undefined },
    { kind: 'fail', failure: failure('CRM_STATUS_UNKNOWN') },
  ],
  [
    'after the last round a repeat does nothing',
    { status: { failing } },
    { kind: 'skip', summary: message('rounds-used') },
  ],
  [
    'an echo of a failed try does not fail for an unknown status',
    { outcome: undefined, status: { failing } },
    { kind: 'skip', summary: message('rounds-used') },
  ],
  [
    'a change of what the mark depends on is tried, as a new round',
    { status: { failing: { ...failing, fingerprint: 'other' } } },
    {
      kind: 'contact',
      round: { round: 1, fingerprint: 'same', humanAction: 'change' },
      isSoughtAnew: true,
      isRequested: false,
    },
  ],
  [
    'a person who asks has it looked up whether it arrived, although nothing is due',
    { reading: 'request', ...marked('open') },
    { kind: 'contact', round: { humanAction: 'request' }, isSoughtAnew: true, isRequested: true },
  ],
])('%s', (_guarantee, of, expected) => {
  expect(planRun({ ...read, ...of }, run)).toMatchObject(expected)
})

test.each<[string, MarkEventName, OpportunityOutcome, number, number | undefined]>([
  ['a sale that the record does not show is read again 5 s after its receipt', 'opportunity.won', 'open', 0, 5000],
  ['and once more 60 s after it', 'opportunity.won', 'open', 5000, 55_000],
  ['then never', 'opportunity.won', 'open', 60_000, undefined],
  ['a loss likewise', 'opportunity.lost', 'won', 1000, 4000],
  ['a sale that is there is not', 'opportunity.won', 'won', 0, undefined],
  ['an update says nothing that could be missing', 'opportunity.updated', 'open', 0, undefined],
  [
    'an event from the future, by the clock of another process, is not',
    'opportunity.won',
    'open',
    -3_600_000,
    undefined,
  ],
])('%s', (_guarantee, event, outcome, sinceMs, readsAgainMs) => {
  const plan = planRun({ ...read, outcome }, { ...run, event, now: NOW + sinceMs })
  expect(plan).toMatchObject({ readsAgainMs })
})

const situations: fc.Arbitrary<ReadOpportunity> = fc.record({
  data: fc.constant(data),
  opportunity: fc.constantFrom(opportunityOf('lead'), opportunityOf()),
  lead: fc.constantFrom(lead, undefined),
  outcome: fc.constantFrom<OpportunityOutcome | undefined>('open', 'won', 'lost', 'ignored', undefined),
  recorded: fc.record({
    marked: fc.constantFrom<MarkRecord['marked']>('none', 'open', 'hidden', 'won', 'lost'),
    contact: fc.constantFrom('c', undefined),
    person: fc.constantFrom('same person', 'another', undefined),
    pending: fc.constantFrom(true, undefined),
  }),
  isAdopted: fc.boolean(),
  status: fc.record({
    failing: fc.option(
      fc.record({
        code: fc.constant('RD_REJECTED'),
        round: fc.integer({ min: 0, max: 3 }),
        fingerprint: fc.constantFrom('same', 'other'),
        failedJobs: fc.subarray(['last', 'before']),
        next: fc.option(fc.record({ jobId: fc.constant('round'), at: fc.constant(NOW + 100_000) }), { nil: undefined }),
      }),
      { nil: undefined },
    ),
  }),
  fingerprints: fc.constant(read.fingerprints),
  reading: fc.constantFrom<StatusRdReading>('absent', 'empty', 'request', 'own', 'other'),
})
const runs: fc.Arbitrary<typeof run> = fc.record({
  jobId: fc.constantFrom('new', 'last', 'round'),
  isRound: fc.boolean(),
  retry: fc.constantFrom(undefined, 'r'),
  now: fc.constant(NOW),
  event: fc.constantFrom('opportunity.won' as const, 'opportunity.updated' as const),
})
const always = (property: (given: ReadOpportunity, by: typeof run) => void): void =>
  fc.assert(fc.property(situations, runs, property), { numRuns: 1000 })

test('a run that may try is never skipped', () => {
  always((given, by) => {
    fc.pre(given.status.failing === undefined)
    expect(planRun(given, by).kind).not.toBe('skip')
  })
})

test('a mark that is due concludes nothing, as long as there is a lead', () => {
  always((given, by) => {
    fc.pre(given.outcome !== undefined && given.lead !== undefined)
    const isDue = given.outcome !== undefined && marksDue(given.outcome, given.recorded.marked).length > 0
    expect(isDue && planRun(given, by).kind === 'conclude').toBe(false)
  })
})

test('a plan depends on what it is given alone, and changes nothing of it', () => {
  always((given, by) => {
    const before = structuredClone({ ...given, by })
    const plans = [planRun(given, by), planRun(given, by)].map(plan => JSON.stringify(plan))
    expect(plans[0]).toBe(plans[1])
    expect({ ...given, by }).toEqual(before)
  })
})
