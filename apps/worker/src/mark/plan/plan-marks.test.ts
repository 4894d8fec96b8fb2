import { crmOpportunity, type OpportunityOutcome } from '@ponte/contracts'
import { marksDue } from '@ponte/mappers'
import type { ContactRecord, MarkRecord } from '@ponte/state'
import { expect, test } from 'vitest'
import { testTenant } from '../../testing/test-tenant.ts'
import { type Other, othersToRead } from '../read/read-others.ts'
import { asRecorded } from '../reported/reported.ts'
import { planMarks } from './plan-marks.ts'

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
  const known = [...others.map(([id]) => id), 'own']
  const own: MarkRecord = { marked, ...(counted !== undefined && { counted, reportedAgain: true }) }
  const marks = new Map(others.map(([id, of]): [string, MarkRecord] => [id, { marked: of }])).set('own', own)
  const reported = asRecorded({ contact: record, marks })
  const held = { uuid: 'c', email: 'e@x.example', reported, known, failing: new Set<string>() }
  const due = marksDue(outcome, marked)
  const { ends, open } = othersToRead({ opportunityId: 'own', outcome, due, notArrived: undefined }, held)
  const read = new Set([...ends, ...open])
  const planned = planMarks({
    opportunity: lacksValue ? withoutValue('own') : opportunity('own', value),
    outcome,
    held,
    own,
    due,
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
