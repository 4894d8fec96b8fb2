import { isUtf8 } from 'node:buffer'
import {
  type CrmIntent,
  type DeliveredEvent,
  type Delivery,
  type EventName,
  type FailureCode,
  parseBody,
  parseCrmDelivery,
  parseRdDelivery,
  type QuarantinedDelivery,
  storyOfJob,
} from '@ponte/contracts'
import {
  type Enqueued,
  enqueueEvent,
  type Logger,
  quarantineDelivery,
  type Tenant,
  type TenantQueues,
} from '@ponte/runtime'
import type { Stories } from '@ponte/state'
import { Refusal } from './problem.ts'

/** One authentic request. */
export interface IncomingDelivery {
  readonly origin: { readonly source: 'rd-station' } | { readonly source: 'totvs-crm'; readonly intent?: CrmIntent }
  readonly bytes: Buffer
  /** The body says that it is a form. */
  readonly form: boolean
  readonly trace?: Record<string, string> | undefined
}

/** What became of it. Each part of the delivery is in exactly one list. */
export interface Acceptance {
  readonly accepted: EventReference[]
  readonly duplicates: EventReference[]
  readonly quarantined: { readonly code: FailureCode; readonly issues: string[] }[]
  readonly ignored: { readonly kind: string }[]
}

export interface EventReference {
  readonly event: EventName
  readonly key: string
}

export interface Intake {
  readonly tenant: Tenant
  readonly queues: TenantQueues
  readonly stories: Pick<Stories, 'begin' | 'tell'>
  readonly log: Logger
}

/** For all events of a delivery together: a little under the 2 s after which the sender must have its 503. SPEC §3. */
const ENQUEUE_DEADLINE_MS = 1900

/** RD Station sends one lead a request. What holds more than this is quarantined whole, to be read without haste. */
const MAX_PARTS = 1000

/**
 * Reads a delivery, puts its events into their queues and what it cannot read into quarantine. Resolves when Redis has
 * confirmed all of it, else throws Refusal QUEUE_UNAVAILABLE: the sender repeats, and what did arrive is then a duplicate.
 */
export async function acceptDelivery(intake: Intake, delivery: IncomingDelivery): Promise<Acceptance> {
  const receivedAt = new Date().toISOString()
  const envelope = { receivedAt, ...(delivery.trace && { trace: delivery.trace }) }
  const { events, quarantined, ignored } = readDelivery(intake, delivery)
  const enqueued = Promise.all([
    Promise.all(events.map(event => enqueueEvent(intake.queues, intake.tenant, event, envelope))),
    ...quarantined.map(part => quarantineDelivery(intake.queues, { v: 1, ...envelope, ...part.kept })),
  ])
  const [outcomes, ...kept] = await withinDeadline(enqueued, intake)
  const enqueuedEvents = events.flatMap((event, index) => {
    const found = outcomes[index]
    return found === undefined ? [] : { event, ...found }
  })
  // Nobody waits for it: the events are safe, and a story that cannot be written costs an operator the past, the sender nothing.
  void Promise.allSettled([
    ...enqueuedEvents.map(each => tellArrival(intake.stories, each, receivedAt)),
    ...kept.map((each, index) => tellQuarantine(intake.stories, each, { receivedAt, kept: quarantined[index]?.kept })),
  ])
  const withOutcome = (wanted: Enqueued['outcome']): EventReference[] =>
    enqueuedEvents.filter(({ outcome }) => outcome === wanted).map(({ event: { name, key } }) => ({ event: name, key }))
  return {
    accepted: withOutcome('accepted'),
    duplicates: withOutcome('duplicate'),
    quarantined: quarantined.map(({ code, issues }) => ({ code, issues })),
    ignored,
  }
}

/** So that an event is found from the moment it waits, however many wait before it. */
function tellArrival(
  stories: Intake['stories'],
  { event, outcome, jobId }: Enqueued & { readonly event: DeliveredEvent },
  receivedAt: string,
): Promise<void> {
  const at = Date.parse(receivedAt)
  const of = storyOfJob({ id: jobId, name: event.name, data: { ...event, receivedAt }, timestamp: at })
  return outcome === 'accepted' ? stories.begin(of) : stories.tell(of, { kind: 'duplicate', at })
}

/** So that a delivery is found by the people whom its body names, although nobody can read it. */
async function tellQuarantine(
  stories: Intake['stories'],
  { outcome, jobId }: Enqueued,
  { receivedAt, kept }: { readonly receivedAt: string; readonly kept: Unreadable['kept'] | undefined },
): Promise<void> {
  if (outcome === 'duplicate' || kept === undefined) return
  const data = { v: 1, receivedAt, ...kept }
  await stories.begin(storyOfJob({ id: jobId, name: 'delivery', data, timestamp: Date.parse(receivedAt) }))
}

interface Unreadable {
  readonly code: FailureCode
  readonly issues: string[]
  readonly kept: Omit<QuarantinedDelivery, 'v' | 'receivedAt' | 'trace'>
}

interface Reading {
  readonly events: readonly DeliveredEvent[]
  readonly quarantined: readonly Unreadable[]
  readonly ignored: { readonly kind: string }[]
}

/** Never throws: an authentic delivery that trips a parser is kept as well. */
function readDelivery({ tenant, log }: Intake, { origin, bytes, form }: IncomingDelivery): Reading {
  const whole = (code: FailureCode, issues: string[]): Reading => ({
    events: [],
    quarantined: [{ code, issues, kept: { ...origin, ...asText(bytes), form } }],
    ignored: [],
  })
  try {
    const parsed = parseBody(bytes, { form })
    if (!parsed.ok) return whole(parsed.code, parsed.issues)
    if (parsed.empty) return { events: [], quarantined: [], ignored: [{ kind: 'empty' }] }
    const tooMany = () => whole('BODY_NOT_UNDERSTOOD', [`the body holds more than ${MAX_PARTS} events`])
    // Counted before they are read: reading tens of thousands would hold up every other sender.
    if (countLeads(parsed.body) > MAX_PARTS) return tooMany()
    const delivery: Delivery = parse(tenant, origin, parsed.body)
    if (delivery.events.length + delivery.quarantined.length > MAX_PARTS) return tooMany()
    const [first, ...others] = delivery.quarantined
    const alone = others.length + delivery.events.length + delivery.ignored.length === 0
    // What is all of the body is kept as it came; of a body that holds more, the part.
    if (first && alone) return whole(first.code, first.issues)
    return {
      events: delivery.events,
      quarantined: delivery.quarantined.map(({ code, issues, body }) => ({
        code,
        issues,
        kept: { ...origin, body: JSON.stringify(body), encoding: 'utf8', form: false },
      })),
      ignored: delivery.ignored,
    }
  } catch (error) {
    log.error({ tenant: tenant.name, source: origin.source, error: withoutMessage(error) }, 'a parser failed')
    return whole('BODY_NOT_UNDERSTOOD', ['the body could not be read'])
  }
}

/** Of a body in RD Station's first format, or a bare list. */
function countLeads(body: unknown): number {
  const leads = typeof body === 'object' && body !== null && 'leads' in body ? body.leads : body
  return Array.isArray(leads) ? leads.length : 0
}

function parse(tenant: Tenant, origin: IncomingDelivery['origin'], body: unknown): Delivery {
  if (origin.source === 'totvs-crm') return parseCrmDelivery(body, origin.intent)
  const { leadFields, rdStation } = tenant.settings
  return parseRdDelivery(body, { leadFields, acceptSyntheticConversions: rdStation.acceptSyntheticConversions })
}

const asText = (bytes: Buffer): Pick<QuarantinedDelivery, 'body' | 'encoding'> =>
  isUtf8(bytes)
    ? { body: bytes.toString('utf8'), encoding: 'utf8' }
    : { body: bytes.toString('base64'), encoding: 'base64' }

async function withinDeadline<Value>(work: Promise<Value>, { tenant, log }: Intake): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('redis did not confirm in time')), ENQUEUE_DEADLINE_MS)
  })
  try {
    return await Promise.race([work, deadline])
  } catch (err) {
    log.warn({ tenant: tenant.name, err }, 'delivery not accepted')
    throw new Refusal('QUEUE_UNAVAILABLE', { 'retry-after': '5' })
  } finally {
    clearTimeout(timer)
  }
}

/** Where it happened. Messages of parsers may quote what they read. */
const withoutMessage = (error: unknown): unknown =>
  error instanceof Error
    ? { type: error.name, at: error.stack?.split('\n').filter(line => line.startsWith('    at ')) }
    : { type: 'not an Error' }
