import { message } from '@ponte/contracts'
import { conversionOf, createFingerprint, type LeadHistory } from '@ponte/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide, type ObservedLead, planRegistration, toCausedEvent, undecide } from './plan-registration.ts'
import { type Cause, causeOf } from './registration-cause.ts'

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
const at100 = { kind: 'conversion', at: 100 } as const
const marked = (at: number, isOurs: boolean) => ({ kind: 'mark', at, isOurs }) as const

test.each([
  {
    what: 'a conversion before the one that was applied',
    cause: { kind: 'conversion', at: 99 },
    history: { convertedAt: 2100 },
  },
  { what: 'a mark before the last conversion', cause: marked(99, false), history: { convertedAt: 100 } },
  { what: 'a mark before what was shown', cause: marked(99, false), history: { shownAt: 100 } },
  { what: 'a conversion before the one for which the lead was being created', cause: at100, createdAt: 2101 },
] as const)('$what is skipped', ({ cause, ...more }) => {
  const summary = message(cause.kind === 'mark' ? 'lead-newer-delivery' : 'lead-newer-conversion', lead)
  const { history, createdAt: createdFromConversionAt } = { createdAt: undefined, history: {}, ...more }
  expect(planRegistration(observed({ cause, history, createdFromConversionAt }))).toEqual({ kind: 'skip', summary })
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

const fingerprint = createFingerprint(Buffer.alloc(32, 1))
const NOON = Date.UTC(2026, 0, 1, 12)
const nothingMarked = { isOwn: () => false, latestIfOwn: () => undefined }
const person = { uuid: 'u-1', email: 'ana@cliente.example' }

interface Delivery {
  readonly key: string
  /** By the clock of RD Station. */
  readonly at: number
  /** When it came, by the clock of the ingress. */
  readonly received?: number
  readonly uuid?: string | undefined
  readonly email?: string
  readonly identifier?: string | undefined
  /** Of a row of an import. */
  readonly opensNone?: boolean
}

const textOf = (at: number): string => new Date(at).toISOString()

function eventOf(delivery: Delivery, cause?: Cause) {
  const { key, at, received = at, uuid, email = person.email, identifier } = delivery
  const lead = {
    email,
    convertedAt: textOf(at),
    ...(uuid && { uuid }),
    ...(identifier && { conversionIdentifier: identifier }),
  }
  const data = { v: 1, key, receivedAt: textOf(received), lead } as const
  return toCausedEvent(key, cause ?? causeOf(data, nothingMarked), time => conversionOf(lead, time, fingerprint))
}

/** What one delivery after the other does to a lead whose opportunities end at once. */
function runAll(deliveries: readonly Delivery[], history: LeadHistory = {}) {
  const opened: Delivery[] = []
  for (const delivery of deliveries) {
    const event = eventOf(delivery)
    const { opensNone = false } = delivery
    const plan = planRegistration(observed({ ...event, history, opensNone }))
    if (plan.kind === 'skip') continue
    history = plan.current
    if (!plan.opensOpportunity || history.lastOpened?.key === event.key) continue
    opened.push(delivery)
    history = decide({ ...history, lastOpened: { id: `o${opened.length}`, key: event.key } }, event)
  }
  return { opened: opened.map(({ key }) => key), history }
}

const first: Delivery = { key: 'rd1-1', at: NOON, uuid: person.uuid, identifier: 'form-a' }

test.each([
  ['in the other format, at the same time', { key: 'rd2-1', uuid: person.uuid, identifier: 'form-a' }],
  ['one second later', { key: 'rd2-1', at: NOON + 1000, uuid: person.uuid, identifier: 'form-a' }],
  ['two seconds earlier', { key: 'rd2-1', at: NOON - 2000, uuid: person.uuid, identifier: 'form-a' }],
  ['without an identifier', { key: 'rd2-1', uuid: person.uuid }],
  ['under another e-mail of the contact', { key: 'rd2-1', uuid: person.uuid, email: 'a@x.example' }],
  ['without the contact, by the e-mail', { key: 'import-1', at: NOON + 500 }],
])('a conversion that comes again %s opens nothing', (_what, again) => {
  const repeated = { at: NOON, ...again }
  expect(runAll([first, repeated]).opened).toEqual([first.key])
  expect(runAll([repeated, first]).opened).toEqual([repeated.key])
})

test('a conversion that a wrong clock put an hour ahead is one, however long after the first delivery the second comes', () => {
  const ahead = { ...first, at: NOON + 3_600_000, received: NOON }
  expect(runAll([ahead, { ...ahead, key: 'rd2-1', received: NOON + 60_000 }]).opened).toEqual([first.key])
})

test.each([
  ['more than two seconds later', { key: 'rd2-1', at: NOON + 2001, uuid: person.uuid, identifier: 'form-a' }],
  ['of another form', { key: 'rd2-1', at: NOON, uuid: person.uuid, identifier: 'form-b' }],
  ['of another contact of the lead', { key: 'rd2-1', at: NOON, uuid: 'u-2' }],
  ['of another person, without the contact', { key: 'rd2-1', at: NOON, email: 'bia@cliente.example' }],
])('a conversion %s is another one', (_what, other) => {
  expect(runAll([first, other]).opened).toEqual([first.key, other.key])
})

test('what comes again only fills what is empty, and neither changes the history nor counts', () => {
  const { history } = runAll([first, { key: 'later', at: NOON + 3_600_000, uuid: person.uuid }])
  const again = eventOf({ ...first, key: 'rd2-1', at: NOON + 1 })
  expect(planRegistration(observed({ ...again, history }))).toEqual({
    ...{ kind: 'apply', write: 'fill', repeats: first.key, current: history, before: history },
    ...{ opensOpportunity: false, whyNone: message('conversion-decided-before') },
  })
})

test('an event that runs again goes on where it was', () => {
  const observe = (history: LeadHistory) => planRegistration(observed({ ...eventOf(first), history }))
  const decided = decide({ convertedAt: NOON }, eventOf(first))
  // It was held up, and what held it up is closed now.
  expect(observe(decided)).toMatchObject({ opensOpportunity: false, repeats: undefined, write: 'update' })
  const opening = { ...decided, pendingOpening: { key: first.key, at: NOON } }
  expect(observe(opening)).toMatchObject({ opensOpportunity: true, repeats: undefined })
  expect(observe(undecide(decided, first.key))).toMatchObject({ opensOpportunity: true })
  expect(undecide(decided, first.key)).toEqual({ convertedAt: NOON })
})

test('while an opportunity is being opened for a conversion, another delivery of it opens none', () => {
  const history = decide({ pendingOpening: { key: first.key, at: NOON } }, eventOf(first))
  expect(runAll([{ ...first, key: 'rd2-1' }], history).opened).toEqual([])
})

test('rows without a time are neither the same as one another nor as a conversion', () => {
  const row = eventOf({ key: 'import-1', at: 0 }, { kind: 'conversion', at: 0, isUndated: true })
  expect(decide({}, row)).toEqual({})
  const history = decide({}, eventOf({ key: 'import-0', at: 0 }))
  expect(planRegistration(observed({ ...row, history }))).toMatchObject({ opensOpportunity: true })
})

test('the last 20 that were decided are kept', () => {
  const many = Array.from({ length: 25 }, (_, index) => ({ ...first, key: `k${index}`, at: NOON + index * 10_000 }))
  const { history } = runAll(many)
  expect(history.decided?.map(({ key }) => key)).toEqual(many.slice(5).map(({ key }) => key))
})

/** Conversions of one contact, and all that tells of them: formats, a reconcile, rows of imports, and events that run again. */
const deliveriesOf = fc
  .array(fc.integer({ min: 2001 + 2000, max: 60_000 }), { minLength: 1, maxLength: 4 })
  .map(pauses => pauses.map((_, index) => NOON + pauses.slice(0, index + 1).reduce((sum, pause) => sum + pause, 0)))
  .chain(times =>
    fc.tuple(
      ...times.map((time, index) =>
        fc.array(
          fc.record({
            key: fc.constantFrom('rd1', 'rd2', 'reconcile', 'import').map(path => `${path}-${index}`),
            at: fc.integer({ min: -1000, max: 1000 }).map(offMs => time + offMs),
            uuid: fc.constantFrom(person.uuid, undefined),
            identifier: fc.constantFrom(`form-${index % 2}`, undefined),
            opensNone: fc.boolean(),
          }),
          { minLength: 1, maxLength: 5 },
        ),
      ),
    ),
  )
const numberOf = (key: string): string | undefined => key.split('-')[1]

/** One comes after the other, by the clock of an ingress that RD Station's is ahead of. */
const receivedBy = (deliveries: readonly Delivery[], aheadMs: number, pauseMs: number): readonly Delivery[] =>
  deliveries.map((each, index) => ({ ...each, received: NOON + 300_000 - aheadMs + index * pauseMs }))

test('whatever tells of a conversion, how often and in which order, also by a wrong clock, it opens one opportunity, unless a newer one was applied before', () => {
  fc.assert(
    fc.property(
      deliveriesOf.chain(all => fc.tuple(fc.constant(all), fc.shuffledSubarray(all.flat()))),
      fc.constantFrom(0, 86_400_000),
      fc.integer({ min: 0, max: 60_000 }),
      ([all, shuffled], aheadMs, pauseMs) => {
        const numbers = runAll(receivedBy(shuffled, aheadMs, pauseMs)).opened.map(numberOf)
        expect(new Set(numbers).size).toBe(numbers.length)
        // In order of the conversions each that may open one has one.
        const mayOpen = all
          .filter(each => each.some(({ opensNone }) => !opensNone))
          .map(([one]) => numberOf(one?.key ?? ''))
        expect(runAll(receivedBy(all.flat(), aheadMs, pauseMs)).opened.map(numberOf)).toEqual(mayOpen)
      },
    ),
  )
})
