import fc from 'fast-check'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import type { LeadId } from '../testing/mark-people.ts'
import { createMarkWorld, type Fault, type Status } from '../testing/mark-world.ts'
import { openTestRedis, testConnection } from '../testing/test-context.ts'
import { testTenant } from '../testing/test-tenant.ts'

// Redis only holds when the tenant started. Everything else is in memory.
const redis = openTestRedis()
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Of one part: a long run has five. */
const HISTORIES = inject('isLongRun') ? 2000 : 400
const parts = inject('isLongRun') ? [1, 2, 3, 4, 5] : [1]
const tenant = testTenant({ retry: { attempts: 3, firstDelaySeconds: 1, maxDelaySeconds: 1 } })
const connection = testConnection(redis, tenant)

type Event =
  | { readonly kind: 'change'; readonly opportunity: number; readonly status: Status }
  | { readonly kind: 'give'; readonly opportunity: number }
  | { readonly kind: 'name'; readonly lead: LeadId; readonly person: number; readonly heard: readonly number[] }
  | { readonly kind: 'run'; readonly opportunity: number; readonly fault: Fault | undefined }

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('kill before' as const, 'kill after' as const),
    step: fc.integer({ min: 1, max: 25 }),
  }),
  fc.record({
    kind: fc.constantFrom('drop before' as const, 'drop after' as const, 'refuse' as const),
    mark: fc.integer({ min: 1, max: 3 }),
  }),
)
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      opportunity: fc.nat(2),
      status: fc.constantFrom('PROGRESS' as const, 'WON' as const, 'LOST' as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('give' as const), opportunity: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('name' as const),
      lead: fc.constantFrom('lead' as const, 'other' as const),
      person: fc.nat(1),
      heard: fc.subarray([0, 1, 2]),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      opportunity: fc.nat(2),
      fault: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fault }),
    }),
  },
)
const history = fc.record({
  opportunities: fc.integer({ min: 1, max: 3 }),
  /** Ponte opened these, and no event of them has come yet. */
  opened: fc.subarray([0, 1, 2]),
  /** RD Station is told of all the others before anything happens. */
  areTold: fc.boolean(),
  events: fc.array(event, { minLength: 5, maxLength: 30 }),
})
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never

type World = ReturnType<typeof createMarkWorld>

async function finish(world: World): Promise<void> {
  for (let runs = 0; world.jobs.length > 0; runs += 1) {
    expect(runs, 'the jobs come to an end').toBeLessThan(1000)
    await world.run(0)
  }
}

/** Runs what waits for the opportunity, if anything does. */
async function runNext(world: World, opportunityId: string, fault: Fault | undefined): Promise<void> {
  const index = world.jobs.findIndex(
    ({ name, data }) => name === 'opportunity.updated' && data.opportunityId === opportunityId,
  )
  if (index !== -1) await world.run(index, fault)
}

/**
 * Plays a history of two contacts, whose opportunities go from one to the other while runs fail and workers die. Then every opportunity is
 * saved once more, and all runs go well: whatever happened, this is the end. Where RD Station has refused every round, a person asks again.
 */
async function play({ opportunities, opened, areTold, events }: History) {
  const ids = Array.from({ length: opportunities }, (_, index) => `opportunity-${index}`)
  const world = createMarkWorld(connection, ids)
  const idOf = (index: number): string => ids[index % ids.length] ?? ''
  for (const [index, id] of ids.entries()) {
    if (opened.includes(index)) world.openByPonte(id)
    else world.webhook(id)
  }
  if (areTold) await finish(world)
  for (const each of events) {
    if (each.kind === 'change') world.change(idOf(each.opportunity), each.status)
    if (each.kind === 'give') world.giveAway(idOf(each.opportunity))
    if (each.kind === 'name') {
      world.nameIn(each.lead, each.person)
      for (const index of each.heard) world.webhook(idOf(index))
    }
    if (each.kind === 'run') await runNext(world, idOf(each.opportunity), each.fault)
    vi.setSystemTime(Date.now() + 1000)
  }
  await finish(world)
  for (const id of ids) {
    if (world.opportunities.get(id)?.statusRD.startsWith('ERRO') === true) world.askAgain(id)
    else world.webhook(id)
  }
  await finish(world)
  const isKill = (each: Event): boolean => each.kind === 'run' && each.fault?.kind.startsWith('kill') === true
  return { ids, world, wasKilled: events.some(isKill) }
}

type Played = Awaited<ReturnType<typeof play>>

const stateOf = { PROGRESS: 'open', WON: 'won', LOST: 'lost' } as const
const typeOf = { PROGRESS: undefined, WON: 'SALE', LOST: 'OPPORTUNITY_LOST' } as const

/** In the end RD Station says what TOTVS CRM says, and Ponte's records say so. Where RD Station cannot be corrected, statusRD does. */
function expectAgreement({ ids, world }: Played): void {
  for (const person of world.people) {
    const isOpen = ids.some(id => world.ownerIn(id) === person && world.opportunities.get(id)?.status === 'PROGRESS')
    expect([person.uuid, person.funnel.opportunity]).toEqual([person.uuid, isOpen])
    expect(world.contactRecord(person)?.unanswered).toBeUndefined()
  }
  for (const id of ids) {
    const { status, detail, statusRD } = world.opportunities.get(id) ?? expect.fail('there is no such opportunity')
    const owner = world.ownerIn(id)
    expect(world.markOf(id)).toMatchObject({ marked: stateOf[status], contact: owner.uuid })
    expect([world.markOf(id)?.pending, world.statusOf(id).failing]).toEqual([undefined, undefined])
    expect(statusRD).not.toMatch(/^ERRO/)
    const type = typeOf[status]
    if (type === undefined) continue
    const received = world.marks.filter(
      mark => mark.to === owner.uuid && mark.type === type && world.ownerOf(mark.detail) === id,
    )
    // The last one that this contact was told of it. What was changed since the field says.
    const last = received.at(-1)?.detail
    expect(last).toBeDefined()
    expect([id, /; o (?:valor|motivo) agora é/.test(statusRD)]).toEqual([id, last !== detail])
  }
}

/** A sale or a loss with its value or reason reaches each contact once, except where RD Station cannot show that it arrived. */
function expectNoneTwice({ world }: Played): void {
  for (const mark of world.marks) {
    if (mark.detail === '' || (mark.isUnverifiable && !mark.isRecorded)) continue
    expect(world.marks.findLast(({ to, detail }) => to === mark.to && detail === mark.detail)).toBe(mark)
  }
}

/** However often it was given away, what an opportunity came to counts once. A worker that is killed counts nothing. */
function expectCounted({ ids, world, wasKilled }: Played): void {
  const { marks, saleCents } = world.counted()
  const detailsOf = (type: string) => new Set(world.marks.flatMap(mark => (mark.type === type ? [mark.detail] : [])))
  const [sales, losses] = [detailsOf('SALE'), detailsOf('OPPORTUNITY_LOST')]
  expect(marks.sale).toBeLessThanOrEqual(sales.size)
  expect(marks.loss).toBeLessThanOrEqual(losses.size)
  expect(saleCents).toBeLessThanOrEqual([...sales].reduce((sum, detail) => sum + Number(detail) * 100, 0))
  if (wasKilled) return
  const countOf = (type: string): number => {
    const recorded = world.marks.filter(mark => mark.type === type && mark.isRecorded)
    return ids.filter(id => recorded.some(({ detail }) => world.ownerOf(detail) === id)).length
  }
  expect(marks.sale).toBeGreaterThanOrEqual(countOf('SALE'))
  expect(marks.loss).toBeGreaterThanOrEqual(countOf('OPPORTUNITY_LOST'))
}

test.each(parts)(
  'however opportunities go from contact to contact, both systems agree in the end, and nothing is told or counted twice (part %i)',
  async () => {
    await fc.assert(
      fc.asyncProperty(history, async given => {
        const played = await play(given)
        expectAgreement(played)
        expectNoneTwice(played)
        expectCounted(played)
      }),
      { numRuns: HISTORIES },
    )
  },
)
