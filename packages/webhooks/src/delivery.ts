import { setImmediate } from 'node:timers/promises'
import type { DeliveredEvent, FailureCode, Message } from '@ponte/contracts'

/** A part of a delivery that cannot be read. `body`, parsed again, gives just this part. */
export interface QuarantinedPart {
  readonly code: FailureCode
  /** What is wrong and at which path, never the value that stands there. */
  readonly issues: Message[]
  readonly body: unknown
}

/** A part of a delivery that is understood and none of Ponte's business. */
export interface IgnoredPart {
  readonly kind: string
}

/** What one HTTP request held. Each part of it is in exactly one of the three lists. */
export interface Delivery<Event extends DeliveredEvent = DeliveredEvent> {
  readonly events: Event[]
  readonly quarantined: QuarantinedPart[]
  readonly ignored: IgnoredPart[]
}

export const delivered = <Event extends DeliveredEvent>(event: Event): Delivery<Event> => ({
  events: [event],
  quarantined: [],
  ignored: [],
})

export const quarantined = (code: FailureCode, issues: Message[], body: unknown): Delivery<never> => ({
  events: [],
  quarantined: [{ code, issues, body }],
  ignored: [],
})

export const ignored = (kind: string): Delivery<never> => ({ events: [], quarantined: [], ignored: [{ kind }] })

/** Parts of one delivery as one. */
export function joinParts<Event extends DeliveredEvent>(parts: Iterable<Delivery<Event>>): Delivery<Event> {
  const all: Delivery<Event> = { events: [], quarantined: [], ignored: [] }
  for (const part of parts) addPart(all, part)
  return all
}

/** A turn of the event loop may take this long: others are answered in between. */
const SLICE_MS = 15

/** The same, of parts that are read one by one: while they are, the process goes on answering others. */
export async function joinInSlices<Event extends DeliveredEvent>(
  parts: Iterable<Delivery<Event>>,
): Promise<Delivery<Event>> {
  const all: Delivery<Event> = { events: [], quarantined: [], ignored: [] }
  let startedAt = performance.now()
  for (const part of parts) {
    addPart(all, part)
    if (performance.now() - startedAt < SLICE_MS) continue
    await setImmediate()
    startedAt = performance.now()
  }
  return all
}

function addPart<Event extends DeliveredEvent>(all: Delivery<Event>, part: Delivery<Event>): void {
  all.events.push(...part.events)
  all.quarantined.push(...part.quarantined)
  all.ignored.push(...part.ignored)
}
