import {
  type DeliveredEvent,
  type DriftKind,
  type FailureCode,
  failures,
  type LeadEvent,
  type Message,
  seeMembers,
  toSeenText,
  visitInSlices,
} from '@ponte/contracts'

/** The `User-Agent` of deliveries that Ponte's command line sends: examples and checks, not the two systems. */
export const OWN_USER_AGENT = 'ponte'

/** A part of a delivery that cannot be read. Parsing `body` again gives only this part. */
export interface QuarantinedPart {
  readonly code: FailureCode
  /** What is wrong and at which path. Never contains the value. */
  readonly issues: Message[]
  readonly body: unknown
  /** What it had of the members that Ponte watches (`toSeenText`). */
  readonly seen?: string
}

/** A part of a delivery that Ponte understands and need not act on. */
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

/** The same with what `body` had of the members of its kind. Of what has another form nothing is known. */
export function withSeen(part: Delivery<LeadEvent>, kind: DriftKind, body: unknown): Delivery<LeadEvent> {
  const members = seeMembers(kind, body)
  if (members === undefined) return part
  const seen = toSeenText(members)
  return {
    events: part.events.map(event => ({ ...event, seen })),
    quarantined: part.quarantined.map(each => (failures[each.code].isUnknownForm ? each : { ...each, seen })),
    ignored: part.ignored,
  }
}

/** Joins the parts of one delivery. */
export function joinParts<Event extends DeliveredEvent>(parts: Iterable<Delivery<Event>>): Delivery<Event> {
  const all: Delivery<Event> = { events: [], quarantined: [], ignored: [] }
  for (const part of parts) addPart(all, part)
  return all
}

/** Like `joinParts`, for parts that are read one by one: the process answers other requests in between. */
export async function joinInSlices<Event extends DeliveredEvent>(
  parts: Iterable<Delivery<Event>>,
): Promise<Delivery<Event>> {
  const all: Delivery<Event> = { events: [], quarantined: [], ignored: [] }
  await visitInSlices(parts, part => addPart(all, part))
  return all
}

function addPart<Event extends DeliveredEvent>(all: Delivery<Event>, part: Delivery<Event>): void {
  all.events.push(...part.events)
  all.quarantined.push(...part.quarantined)
  all.ignored.push(...part.ignored)
}
