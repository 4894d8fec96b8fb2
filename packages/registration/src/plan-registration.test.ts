import { message } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { type ObservedLead, planRegistration } from './plan-registration.ts'

const lead = { lead: 'lead-1' }
const observed = (values: Partial<ObservedLead>): ObservedLead => ({
  leadId: 'lead-1',
  key: 'key-1',
  cause: { kind: 'conversion', at: 100 },
  conversion: undefined,
  history: {},
  createdFromConversionAt: undefined,
  opensNone: false,
  ...values,
})
const marked = (at: number, isOurs: boolean) => ({ kind: 'mark', at, isOurs }) as const

test.each([
  {
    what: 'a conversion before the one that was applied',
    cause: { kind: 'conversion', at: 99 },
    history: { convertedAt: 2100 },
  },
  { what: 'a mark before the last conversion', cause: marked(99, false), history: { convertedAt: 100 } },
  { what: 'a mark before what was shown', cause: marked(99, false), history: { shownAt: 100 } },
] as const)('$what is skipped', ({ cause, history }) => {
  const summary = message(cause.kind === 'mark' ? 'lead-newer-delivery' : 'lead-newer-conversion', lead)
  expect(planRegistration(observed({ cause, history }))).toEqual({ kind: 'skip', summary })
})

test('a conversion that tells no time is not taken for older than one whose clock is ahead of the ingress', () => {
  const cause = { kind: 'conversion', at: 100, isReceived: true } as const
  expect(planRegistration(observed({ cause, history: { convertedAt: 60_000 } }))).toMatchObject({
    kind: 'apply',
    write: 'update',
    current: { convertedAt: 60_000 },
  })
  expect(planRegistration(observed({ cause, history: { convertedAt: 600_000 } })).kind).toBe('skip')
})

test('a conversion before the one for which the lead was being created is skipped', () => {
  expect(planRegistration(observed({ createdFromConversionAt: 2101 })).kind).toBe('skip')
})

test('a conversion before what a mark showed opens its opportunity and leaves the lead as it is', () => {
  expect(planRegistration(observed({ history: { shownAt: 200 } }))).toEqual({
    kind: 'apply',
    write: 'keep',
    repeats: undefined,
    opensOpportunity: true,
    whyNone: expect.anything(),
    current: { shownAt: 200, convertedAt: 100 },
    before: { shownAt: 200 },
  })
})

test('the same conversion once more is applied again, and what it would undo is remembered', () => {
  expect(planRegistration(observed({ createdFromConversionAt: 100 }))).toMatchObject({
    kind: 'apply',
    write: 'update',
    opensOpportunity: true,
    before: { convertedAt: 100 },
  })
})

test.each([
  { what: 'the echo of a mark by Ponte', isOurs: true, history: {}, opensOpportunity: false },
  { what: 'a mark by marketing', isOurs: false, history: {}, opensOpportunity: true },
  {
    what: 'the same mark, told again after an open opportunity had held it up',
    isOurs: false,
    history: { decidedAt: 100 },
    opensOpportunity: false,
  },
  { what: 'a later mark', isOurs: false, history: { decidedAt: -5000 }, opensOpportunity: true },
  {
    what: 'an echo that is the event which was opening',
    isOurs: true,
    history: { pendingOpening: { key: 'key-1', at: 50 } },
    opensOpportunity: true,
  },
  {
    what: 'an echo that is the event which opened',
    isOurs: true,
    history: { lastOpened: { key: 'key-1', id: 'o-1' } },
    opensOpportunity: true,
  },
])('$what opens an opportunity: $opensOpportunity', ({ isOurs, history, opensOpportunity }) => {
  expect(planRegistration(observed({ cause: marked(100, isOurs), history }))).toMatchObject({
    kind: 'apply',
    opensOpportunity,
    current: { ...history, shownAt: 100 },
  })
})

test.each([
  { what: 'a lead that has converted', history: { convertedAt: 300 }, kept: { convertedAt: 300 } },
  { what: 'a lead that was marked since', history: { shownAt: 300 }, kept: { shownAt: 300, convertedAt: 0 } },
  { what: 'a new lead', history: {}, kept: { convertedAt: 0 } },
])('an imported row without a time is applied to $what, and keeps no later conversion out', ({ history, kept }) => {
  const cause = { kind: 'conversion', at: 0, isUndated: true } as const
  const plan = planRegistration(observed({ cause, history, opensNone: true }))
  expect(plan).toMatchObject({ kind: 'apply', write: 'update', current: kept })
  const live = { kind: 'conversion', at: 300 } as const
  expect(planRegistration(observed({ cause: live, history: kept }))).toMatchObject({ kind: 'apply', write: 'update' })
})

test('an import without opportunities opens none, not even one that an earlier run was opening', () => {
  const history = { convertedAt: 100, pendingOpening: { key: 'key-1', at: 1 } }
  expect(planRegistration(observed({ history, opensNone: true }))).toMatchObject({
    opensOpportunity: false,
    whyNone: message('import-opens-none'),
  })
  expect(planRegistration(observed({ opensNone: false }))).toMatchObject({ opensOpportunity: true })
})
