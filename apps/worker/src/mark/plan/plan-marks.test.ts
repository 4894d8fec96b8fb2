import { crmOpportunity, type OpportunityOutcome } from '@ponte/contracts'
import type { ContactRecord, MarkRecord } from '@ponte/state'
import { expect, test } from 'vitest'
import { testTenant } from '../../testing/test-tenant.ts'
import type { Other } from '../observe/read-others.ts'
import { acceptMark, takeBack } from './standing.ts'
import { othersToRead } from '../observe/observe-contact.ts'
import { planMarks } from './plan-marks.ts'
import { hasArrived, hasReached } from './was-mark-applied.ts'

const settings = testTenant().settings.rdStation
const opportunity = (id: string, totalValue: number | null = 5) =>
  crmOpportunity.parse({ id, status: 'Situação', totalValue })
const as = (outcome: OpportunityOutcome, id = 'other', value = 5): Other => ({
  outcome,
  opportunity: opportunity(id, value),
})

interface Given {
  readonly outcome: OpportunityOutcome
  readonly marked: MarkRecord['marked']
  /** It is reported again; figures have counted these. */
  readonly counted?: MarkRecord['counted']
  readonly shown?: boolean
  /** What was marked of the other opportunities, the earlier ones first, and what TOTVS CRM shows of them. */
  readonly others?: readonly (readonly [id: string, marked: MarkRecord['marked'], now: Other])[]
  readonly value?: number | null
  readonly isValueExpected?: boolean
  readonly acceptsNoValue?: boolean
  /** TOTVS CRM left out the member of its value. */
  readonly lacksValue?: boolean
}

const withoutValue = (id: string) => crmOpportunity.parse({ id, status: 'Situação' })

/** The run's own opportunity became known last. */
function plan({
  outcome,
  marked,
  counted,
  shown = marked === 'open',
  others = [],
  value = 5,
  isValueExpected = false,
  acceptsNoValue = false,
  lacksValue = false,
}: Given) {
  const record: ContactRecord = { shown, sold: false }
  const marks = new Map(others.map(([id, of]): [string, MarkRecord] => [id, { marked: of }]))
  const known = [...others.map(([id]) => id), 'own']
  const contact = { uuid: 'c', standing: { contact: record, marks }, known, failing: new Set<string>() }
  const mark: MarkRecord = { marked, ...(counted !== undefined && { counted, reportedAgain: true }) }
  const { ends, open } = othersToRead({ outcome, mark }, 'own', { ...contact, notArrived: undefined })
  const read = new Set([...ends, ...open])
  const planned = planMarks({
    opportunity: lacksValue ? withoutValue('own') : opportunity('own', value),
    outcome,
    mark,
    contact,
    email: 'e@x.example',
    settings,
    isValueExpected,
    acceptsNoValue,
    others: new Map(others.filter(([id]) => read.has(id)).map(([id, , now]) => [id, now])),
  })
  return { ...planned, marks: planned.steps.map(step => `${step.mark} of ${step.opportunityId}, ${step.why}`) }
}

test.each<[string, Given, readonly string[]]>([
  ['a sale is told', { outcome: 'won', marked: 'open' }, ['sale of own, due']],
  [
    'one that was never told is told from the beginning',
    { outcome: 'won', marked: 'none' },
    ['opportunity of own, due', 'sale of own, due'],
  ],
  [
    'the end of an earlier one comes before the next is opened',
    { outcome: 'open', marked: 'none', others: [['other', 'open', as('won')]] },
    ['sale of other, earlier', 'opportunity of own, due'],
  ],
  [
    'an earlier one that is open is left as it is',
    { outcome: 'open', marked: 'none', others: [['other', 'open', as('open')]] },
    ['opportunity of own, due'],
  ],
  [
    'an earlier one whose end was told is not asked for',
    { outcome: 'open', marked: 'none', others: [['other', 'lost', as('won')]] },
    ['opportunity of own, due'],
  ],
  [
    'an end alone does not wait for earlier ones',
    { outcome: 'lost', marked: 'open', others: [['other', 'none', as('won')]] },
    ['loss of own, due'],
  ],
  [
    'while another one is open the contact stays an opportunity',
    { outcome: 'lost', marked: 'open', others: [['other', 'open', as('open')]] },
    ['loss of own, due', 'opportunity of other, again'],
  ],
  [
    'one that has ended as well makes it none',
    { outcome: 'lost', marked: 'open', others: [['other', 'open', as('won')]] },
    ['loss of own, due'],
  ],
  [
    'one that was never told has an event of its own',
    { outcome: 'lost', marked: 'open', others: [['other', 'none', as('open')]] },
    ['loss of own, due'],
  ],
  [
    'one that is somebody else’s does not',
    { outcome: 'lost', marked: 'open', others: [['other', 'open', 'elsewhere']] },
    ['loss of own, due'],
  ],
  ['one that an end has hidden is shown again', { outcome: 'open', marked: 'hidden' }, ['opportunity of own, due']],
  [
    'one that was hidden and has ended since is not opened for that',
    { outcome: 'won', marked: 'hidden' },
    ['sale of own, due'],
  ],
  [
    'where nothing is due, one that is still hidden is shown again',
    { outcome: 'lost', marked: 'lost', others: [['other', 'hidden', as('open')]] },
    ['opportunity of other, again'],
  ],
  [
    'an earlier one that cannot be marked does not keep the next one back',
    { outcome: 'open', marked: 'none', others: [['other', 'open', as('won', 'other', 1e9)]] },
    ['opportunity of own, due'],
  ],
])('%s', (_guarantee, given, marks) => {
  expect(plan(given).marks).toEqual(marks)
})

test('figures count what is told for the first time, and nothing that is only shown again', () => {
  const counted = (given: Given) => plan(given).steps.map(({ isCounted }) => isCounted)
  expect(counted({ outcome: 'won', marked: 'none' })).toEqual([true, true])
  expect(counted({ outcome: 'open', marked: 'hidden' })).toEqual([false])
  expect(counted({ outcome: 'won', marked: 'open', others: [['other', 'open', as('open')]] })).toEqual([true, false])
})

test('a sale above the limit is told as far as it can be, and fails then', () => {
  const planned = plan({ outcome: 'won', marked: 'none', value: 1e9 })
  expect(planned.marks).toEqual(['opportunity of own, due'])
  expect(planned.failure).toMatchObject({ code: 'RD_SALE_VALUE_ABOVE_LIMIT' })
})

test('where another one cannot be read, a later run looks again whether it is open', () => {
  const planned = plan({ outcome: 'lost', marked: 'open', others: [['other', 'open', 'unreadable']] })
  expect([planned.marks, planned.isPending]).toEqual([['loss of own, due'], true])
})

test('what was reported to the contact that had the opportunity before is counted once', () => {
  const counts = (given: Given) => plan(given).steps.map(({ isCounted }) => isCounted)
  expect(counts({ outcome: 'won', marked: 'none', counted: ['open', 'won'] })).toEqual([false, false])
  expect(counts({ outcome: 'won', marked: 'none', counted: ['open'] })).toEqual([false, true])
  expect(counts({ outcome: 'lost', marked: 'none', counted: ['open', 'won'] })).toEqual([false, true])
  expect(counts({ outcome: 'won', marked: 'lost', counted: ['open', 'lost', 'won'] })).toEqual([false])
})

const sent = {
  mark: 'sale',
  opportunityId: 'one',
  at: 1_000_000,
  address: 'a',
  wasShown: true,
  wasSold: false,
} as const

test('an end hides the other opportunities that are open, and a mark shows all of them again', () => {
  const marks = new Map<string, MarkRecord>([
    ['one', { marked: 'open' }],
    ['two', { marked: 'open' }],
    ['three', { marked: 'none' }],
  ])
  const ended = acceptMark({ contact: { shown: true, sold: false }, marks }, sent, undefined)
  expect([ended.contact.shown, ended.contact.sold]).toEqual([false, true])
  expect([...ended.marks.values()].map(({ marked }) => marked)).toEqual(['won', 'hidden', 'none'])
  const again = acceptMark(ended, { ...sent, mark: 'opportunity', opportunityId: 'three' }, undefined)
  expect([...again.marks.values()].map(({ marked }) => marked)).toEqual(['won', 'open', 'open'])
})

test('a mark that went astray counts as never told, as far as RD Station shows it, and as counted', () => {
  const contact: ContactRecord = { shown: false, sold: true, last: sent }
  const standing = { contact, marks: new Map<string, MarkRecord>([['one', { marked: 'won' }]]) }
  expect(takeBack(standing, sent, true)).toMatchObject({
    contact: { shown: true, sold: false },
    marks: new Map([['one', { marked: 'open', counted: ['open', 'won'], reportedAgain: true }]]),
  })
  expect(takeBack(standing, sent, false).marks.get('one')).toEqual({
    marked: 'none',
    counted: ['open', 'won'],
    reportedAgain: true,
  })
})

const lead = { lifecycle_stage: 'Lead', opportunity: true }
const client = { lifecycle_stage: 'Client', opportunity: false }
const openedAt = (ms: number, aheadMs = 0) => ({ times: [ms], aheadMs })
const never = { times: [], aheadMs: 0 }

test.each([
  ['a sale of somebody who is no client did not arrive', sent, { funnel: lead, opened: never }, false, false],
  [
    'of a client it did, where RD Station showed an opportunity before',
    sent,
    { funnel: client, opened: never },
    true,
    true,
  ],
  [
    'of somebody who was a client and no opportunity, nobody can tell',
    { ...sent, wasShown: false, wasSold: true },
    { funnel: client, opened: never },
    undefined,
    undefined,
  ],
  [
    'a loss right after an end, neither',
    { ...sent, mark: 'loss', wasShown: false },
    { funnel: client, opened: never },
    undefined,
    undefined,
  ],
  [
    'an opportunity that has no event did not',
    { ...sent, mark: 'opportunity' },
    { funnel: lead, opened: openedAt(1000) },
    false,
    false,
  ],
  [
    'an opportunity that ended since has one',
    { ...sent, mark: 'opportunity' },
    { funnel: client, opened: openedAt(1_000_000) },
    false,
    true,
  ],
  [
    'a loss after which somebody marked the contact again, nobody can tell later',
    { ...sent, mark: 'loss' },
    { funnel: lead, opened: openedAt(9_000_000) },
    false,
    undefined,
  ],
  [
    'an opportunity has one, by a clock that is 90 s behind',
    { ...sent, mark: 'opportunity' },
    { funnel: lead, opened: openedAt(sent.at - 90_000, -90_000) },
    true,
    true,
  ],
  [
    'an event of before is none of it, although it is young',
    { ...sent, mark: 'opportunity', newestBefore: sent.at - 1000 },
    { funnel: lead, opened: openedAt(sent.at - 1000) },
    false,
    false,
  ],
  [
    'a newer one than before is, whatever the clocks',
    { ...sent, mark: 'opportunity', newestBefore: 1000 },
    { funnel: lead, opened: openedAt(1001) },
    true,
    true,
  ],
  ['nobody can tell of a contact that is gone', sent, { funnel: undefined, opened: never }, false, undefined],
] as const)('%s', (_what, mark, evidence, arrived, reached) => {
  expect([hasArrived(mark, evidence), hasReached(mark, evidence)]).toEqual([arrived, reached])
})

test.each<[string, Partial<Given>, { steps: readonly string[]; failure: string | undefined }]>([
  ['is expected', { isValueExpected: true }, { steps: ['opportunity of own, due'], failure: 'CRM_VALUE_MISSING' }],
  [
    'is expected, and a person asked for the sale again',
    { isValueExpected: true, acceptsNoValue: true },
    { steps: ['opportunity of own, due', 'sale of own, due'], failure: undefined },
  ],
  ['is not expected', {}, { steps: ['opportunity of own, due', 'sale of own, due'], failure: undefined }],
])('where a value %s, a won opportunity without its member is told accordingly', (_what, given, { steps, failure }) => {
  const planned = plan({ outcome: 'won', marked: 'none', ...given, lacksValue: true })
  expect(planned.marks).toEqual(steps)
  expect(planned.failure?.code).toBe(failure)
  for (const { mark, body } of planned.steps) if (mark === 'sale') expect(body).toMatchObject({ value: 0 })
})

test('the value null is told as 0, also where a value is expected', () => {
  const { steps, failure } = plan({ outcome: 'won', marked: 'open', value: null, isValueExpected: true })
  expect(failure).toBeUndefined()
  expect(steps.map(({ body }) => body)).toMatchObject([{ type: 'SALE', value: 0 }])
})

test('an earlier opportunity without the member of its value is not told as a sale of 0, whatever was asked for its successor', () => {
  const others = [['other', 'open', { outcome: 'won', opportunity: withoutValue('other') }]] as const
  const planned = plan({ outcome: 'open', marked: 'none', others, isValueExpected: true, acceptsNoValue: true })
  expect(planned.marks).toEqual(['opportunity of own, due'])
  expect(planned.notes).toMatchObject([{ key: 'earlier-opportunity-failed', values: { code: 'CRM_VALUE_MISSING' } }])
})
