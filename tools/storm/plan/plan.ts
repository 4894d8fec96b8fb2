import { type Body, conversionBody, mixedBody, unreadableBody, unreadableForms } from './bodies.ts'
import { type VendorFault, planVendorFaults } from './plan-vendor-faults.ts'
import { createPeople, type Person } from './people.ts'
import { createRandom, type Random } from './random.ts'
import { type FaultLimits, type ProcessFaults, planProcessFaults } from './plan-process-faults.ts'
import { planScenario, type Scenario } from './scenarios.ts'

/** Everything that happens in a storm, by its seed alone. */
export interface Plan {
  readonly seed: number
  readonly people: readonly Person[]
  /** What RD Station sends at a moment of its own, in the order of time. */
  readonly deliveries: readonly PlannedDelivery[]
  /** Of the person of the same index: what is done for it, one thing after the other. */
  readonly scenarios: readonly Scenario[]
  /** Who is killed or frozen, when and for how long. */
  readonly processFaults: ProcessFaults
  /** How both systems misbehave. */
  readonly vendorFaults: readonly VendorFault[]
  /** Nothing new is begun after this. */
  readonly lengthMs: number
}

export interface PlannedDelivery extends Body {
  readonly atMs: number
}

export interface PlanOptions extends FaultLimits {
  readonly people: number
}

/** The conversions of one visitor come within this time. */
const VISIT_MS = 12_000
const DELIVERED_AGAIN_PERCENT = 20

export function createPlan(seed: number, { people: count, lengthMs, longestFreezeMs }: PlanOptions): Plan {
  const random = createRandom(seed)
  const people = createPeople(random, count)
  const deliveries = [
    ...people.flatMap(person => visitsOf(person, random, lengthMs)),
    ...mixed(people, random, lengthMs),
    ...malformed(random, { count: Math.ceil(count / 6), lengthMs }),
  ]
  return {
    seed,
    people,
    deliveries: deliveries.toSorted((one, other) => one.atMs - other.atMs),
    scenarios: people.map(person => planScenario(person, random, lengthMs)),
    processFaults: planProcessFaults(random, { lengthMs, longestFreezeMs }),
    vendorFaults: planVendorFaults(random, lengthMs),
    lengthMs,
  }
}

/** In any order, and some more than once. Those who return later do so in their scenario. */
function visitsOf(person: Person, random: Random, lengthMs: number): PlannedDelivery[] {
  if (person.kind === 'returning' || person.kind === 'moving') return []
  const firstMs = random.between(0, Math.max(0, lengthMs - VISIT_MS))
  return person.conversions.flatMap(conversion => {
    const body = conversionBody(person, conversion)
    const times = random.percent(DELIVERED_AGAIN_PERCENT) ? 2 : 1
    return Array.from({ length: times }, () => ({ ...body, atMs: firstMs + random.between(0, VISIT_MS) }))
  })
}

/** Two visitors, and something that is no lead, in one body: repeats of what is also sent alone, before or after. */
function mixed(people: readonly Person[], random: Random, lengthMs: number): PlannedDelivery[] {
  const candidates = people
    .filter(({ kind }) => kind === 'visitor' || kind === 'wild')
    .flatMap(person => person.conversions.map(conversion => ({ person, conversion })))
    .filter(({ conversion }) => conversion.format === 'v1')
  return Array.from({ length: Math.floor(candidates.length / 40) }, (_, index) => ({
    ...mixedBody(random.pick(candidates), random.pick(candidates), `misturado-${index}-fim`),
    atMs: random.between(0, lengthMs),
  }))
}

/** Every form in its turn; some are delivered twice. */
function malformed(random: Random, { count, lengthMs }: { count: number; lengthMs: number }): PlannedDelivery[] {
  return Array.from({ length: count }, (_, index) => {
    const body = unreadableBody(index % unreadableForms, `ilegivel-${index}-fim`)
    const times = random.percent(DELIVERED_AGAIN_PERCENT) ? 2 : 1
    return Array.from({ length: times }, () => ({ ...body, atMs: random.between(0, lengthMs) }))
  }).flat()
}
