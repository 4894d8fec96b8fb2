import fc from 'fast-check'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import { createMarkWorld, type Fault, type ReceivedMark, type Status } from '../testing/mark-world.ts'
import { openTestRedis, testConnection } from '../testing/test-context.ts'
import { testTenant } from '../testing/test-tenant.ts'

// Redis only holds when the tenant started. Everything else is in memory.
const redis = openTestRedis()
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const HISTORIES = inject('isLongRun') ? 3000 : 300
const rounds = 3
const tenant = testTenant({
  retry: { attempts: 3, firstDelaySeconds: 1, maxDelaySeconds: 1 },
  statusRd: { rounds, pauseSeconds: 60 },
})
const connection = testConnection(redis, tenant)

type Event =
  | { readonly kind: 'change'; readonly opportunity: number; readonly status: Status }
  | { readonly kind: 'run'; readonly job: number; readonly fault: Fault | undefined }
  | { readonly kind: 'repeat'; readonly opportunity: number }

const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('kill before' as const, 'kill after' as const),
      step: fc.integer({ min: 1, max: 25 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('drop before' as const, 'drop after' as const, 'refuse' as const),
      mark: fc.integer({ min: 1, max: 3 }),
    }),
  },
)
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      opportunity: fc.nat(),
      status: fc.constantFrom('PROGRESS' as const, 'WON' as const, 'LOST' as const),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('run' as const), job: fc.nat(), fault }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), opportunity: fc.nat() }) },
)
const history = fc.record({
  opportunities: fc.integer({ min: 1, max: 3 }),
  adopted: fc.integer({ min: 0, max: 2 }),
  events: fc.array(event, { maxLength: 25 }),
})
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never

/**
 * Plays a history of one contact, then runs every waiting job without faults until none is left. When RD Station has refused every round of
 * an opportunity, Ponte waits for a person, as docs/behaviour/status-rd.md#rounds says. One asks again, once.
 */
async function play(given: History) {
  const { opportunities, adopted, events } = given
  const ids = Array.from({ length: opportunities }, (_, index) => `opportunity-${index}`)
  const idOf = (index: number): string => ids[index % ids.length] ?? ''
  const fromBefore = ids.slice(0, adopted)
  const world = createMarkWorld(connection, ids, fromBefore)
  // Ponte hears of the opportunities while they are open.
  for (const id of fromBefore) world.webhook(id)
  await finish(world)
  for (const id of ids) world.webhook(id)
  for (const each of events) {
    if (each.kind === 'change') world.change(idOf(each.opportunity), each.status)
    if (each.kind === 'repeat') world.webhook(idOf(each.opportunity))
    if (each.kind === 'run' && world.jobs.length > 0) await world.run(each.job, each.fault)
    vi.setSystemTime(Date.now() + 1000)
  }
  await finish(world)
  for (const id of ids) {
    const isFinal = world.opportunities.get(id)?.statusRD.startsWith('ERRO FINAL') === true
    if (isFinal && (world.failures.get(id) ?? 0) >= rounds) world.askAgain(id)
  }
  await finish(world)
  return { ids, world, given }
}

async function finish(world: ReturnType<typeof createMarkWorld>): Promise<void> {
  for (let runs = 0; world.jobs.length > 0; runs += 1) {
    expect(runs, 'the jobs come to an end').toBeLessThan(1000)
    await world.run(0)
  }
}

/** The ends in a sequence of states. A repeated end counts once, until the state has changed. */
function endsOf(states: readonly Status[]): Status[] {
  return states.filter((status, index) => status !== 'PROGRESS' && status !== states[index - 1])
}

function isSubsequence(part: readonly Status[], whole: readonly Status[]): boolean {
  let found = 0
  for (const each of whole) if (each === part[found]) found += 1
  return found === part.length
}

/**
 * An end that is sent again because it may not have arrived. RD Station cannot show some ends, and their reason or value may have changed.
 */
function isRepeat({ type, detail }: ReceivedMark, before: ReceivedMark | undefined): boolean {
  if (before?.detail === detail) return true
  return before?.type === type && before.isUnverifiable && !before.isRecorded
}

type Played = Awaited<ReturnType<typeof play>>

const isKill = (each: Event): boolean => each.kind === 'run' && each.fault?.kind.startsWith('kill') === true

/** What holds of every history. They are checked of the same histories, because playing one takes nearly all of the time. */
const promises: Readonly<Record<string, (played: Played) => void>> = {
  'the contact ends as an opportunity if and only if one of its opportunities is open': ({ world }) => {
    const isOpen = [...world.opportunities.values()].some(({ status }) => status === 'PROGRESS')
    expect(world.funnel.opportunity).toBe(isOpen)
  },
  'no sale and no loss is made twice, except where RD Station cannot show that it arrived': ({ world }) => {
    for (const mark of world.marks) {
      if (mark.detail === '' || (mark.isUnverifiable && !mark.isRecorded)) continue
      expect(world.marks.filter(({ detail }) => detail === mark.detail && mark.detail !== '').at(-1)).toBe(mark)
    }
  },
  'each end that a finished run read is marked, in order, and none that no run read': ({ ids, world }) => {
    const typeOf = { SALE: 'WON', OPPORTUNITY_LOST: 'LOST' } as const
    for (const id of ids) {
      const own = world.marks.filter(({ detail }) => detail !== '' && world.ownerOf(detail) === id)
      const marked = own
        .filter((mark, index) => !isRepeat(mark, own[index - 1]))
        .flatMap(({ type }) => (type === 'OPPORTUNITY' ? [] : [typeOf[type]]))
      expect(isSubsequence(endsOf(world.finished.get(id) ?? []), marked)).toBe(true)
      expect(isSubsequence(marked, endsOf(world.reads.get(id) ?? []))).toBe(true)
    }
  },
  'no sale and no loss is counted that was not made, and without a killed worker none is missing that was recorded': ({
    world,
    given,
  }) => {
    const { marks, saleCents } = world.counted()
    const made = (type: ReceivedMark['type']) => world.marks.filter(mark => mark.type === type)
    expect(marks.sale).toBeLessThanOrEqual(made('SALE').length)
    expect(marks.loss).toBeLessThanOrEqual(made('OPPORTUNITY_LOST').length)
    expect(saleCents).toBeLessThanOrEqual(made('SALE').reduce((sum, { detail }) => sum + Number(detail) * 100, 0))
    if (given.events.some(isKill)) return
    const recorded = world.marks.filter(({ detail, isRecorded }) => detail !== '' && isRecorded)
    expect(marks.sale + marks.loss).toBeGreaterThanOrEqual(recorded.length)
  },
  'the contact is marked as an opportunity only for one that is open, or one that was never marked': ({ world }) => {
    for (const { type, hasCause } of world.marks) if (type === 'OPPORTUNITY') expect(hasCause).toBe(true)
  },
  'in the end every opportunity is recorded as it is, no question is open, and statusRD names no failure':
    expectRecordedAsItIs,
}

function expectRecordedAsItIs({ ids, world }: Played): void {
  const marked = { PROGRESS: 'open', WON: 'won', LOST: 'lost' } as const
  for (const id of ids) {
    const stand = world.opportunities.get(id)
    const recorded = world.markOf(id)
    expect(recorded?.marked).toBe(stand && marked[stand.status])
    expect([recorded?.pending, world.contactRecord()?.unanswered, world.statusOf(id).failing]).toEqual(
      Array(3).fill(undefined),
    )
    expect(stand?.statusRD).not.toMatch(/^ERRO/)
  }
}

function expectPromises(played: Played): void {
  for (const [promise, holds] of Object.entries(promises)) {
    try {
      holds(played)
    } catch (cause) {
      throw new Error(promise, { cause })
    }
  }
}

test('whatever happens to its runs, each end is marked once, counted truly and recorded as it is', async () => {
  await fc.assert(
    fc.asyncProperty(history, async given => expectPromises(await play(given))),
    { numRuns: HISTORIES },
  )
})

test('an opportunity whose rounds are used up stays unmarked and says so, and is marked once a person asks again', async () => {
  const world = createMarkWorld(connection, ['opportunity-0'])
  world.webhook('opportunity-0')
  const roundJob = (): number => world.jobs.findIndex(({ name }) => name === 'opportunity.updated')
  for (let round = 1; round <= rounds; round += 1) await world.run(roundJob(), { kind: 'refuse', mark: 1 })
  await finish(world)
  expect(world.markOf('opportunity-0')).toMatchObject({ marked: 'none' })
  expect(world.statusOf('opportunity-0')).toMatchObject({ failing: { round: rounds } })
  expect(world.opportunities.get('opportunity-0')?.statusRD).toMatch(/^ERRO FINAL/)
  world.askAgain('opportunity-0')
  await finish(world)
  expect(world.markOf('opportunity-0')).toMatchObject({ marked: 'open' })
  expect(world.opportunities.get('opportunity-0')?.statusRD).toMatch(/^OK/)
})

test('an opportunity that is again as it was at its failure is brought up to date, though the run that ended the failure was killed', async () => {
  for (let step = 1; step <= 25; step += 1) {
    const { world } = await play({
      opportunities: 1,
      adopted: 0,
      events: [
        { kind: 'run', job: 0, fault: { kind: 'refuse', mark: 1 } },
        { kind: 'change', opportunity: 0, status: 'WON' },
        { kind: 'run', job: 1_016_676_704, fault: { kind: 'kill before', step } },
        { kind: 'change', opportunity: 0, status: 'PROGRESS' },
      ],
    })
    expect([step, world.markOf('opportunity-0')?.marked]).toEqual([step, 'open'])
  }
})

test('an opportunity that is open again is told as open, though a killed run of a later one had sent its loss', async () => {
  const killed = (job: number, step: number): Event => ({ kind: 'run', job, fault: { kind: 'kill before', step } })
  for (let step = 1; step <= 15; step += 1)
    expectRecordedAsItIs(
      await play({
        opportunities: 2,
        adopted: 0,
        events: [
          killed(479_208_585, step),
          { kind: 'change', opportunity: 1, status: 'LOST' },
          killed(0, 10),
          { kind: 'change', opportunity: 1, status: 'PROGRESS' },
          killed(0, 1),
          killed(1_558_382_397, 1),
        ],
      }),
    )
})
