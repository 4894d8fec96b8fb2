import { isUtf8 } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'
import { type Delivery, joinInSlices, parseBody, parseCrmDelivery, partsOfRdDelivery } from '@ponte/webhooks'
import {
  type CrmIntent,
  type DeliveredEvent,
  type EventName,
  eventOfJob,
  type FailureCode,
  identitiesOfJob,
  type Message,
  message,
  type QuarantinedDelivery,
  renderMessage,
} from '@ponte/contracts'
import {
  type Enqueued,
  enqueueEvent,
  type Logger,
  quarantineDelivery,
  QuarantineFullError,
  type Tenant,
  type TenantQueues,
  withDeadline,
} from '@ponte/runtime'
import type { Timelines } from '@ponte/state'
import { Refusal } from '../http/problem.ts'

/** One authentic request. */
export interface IncomingDelivery {
  readonly origin: { readonly source: 'rd-station' } | { readonly source: 'totvs-crm'; readonly intent?: CrmIntent }
  readonly bytes: Buffer
  /** The content type says that the body is a form. */
  readonly form: boolean
  readonly trace?: Record<string, string> | undefined
}

export interface Accepted {
  readonly acceptance: Acceptance
  /** A part found no room in quarantine and is in no list: the delivery must not be confirmed. */
  readonly isQuarantineFull: boolean
}

/** The outcome. Each part of a confirmed delivery is in exactly one list. */
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
  readonly timelines: Pick<Timelines, 'begin' | 'record'>
  readonly log: Logger
}

/** For all events of a delivery together: a little less than the 2 s after which the sender must get its 503. */
const ENQUEUE_DEADLINE_MS = 1900

/** So many at a time: a delivery of a thousand events must not keep the process from answering others. */
const ENQUEUED_AT_ONCE = 50

/** A larger body is parsed in one turn of the event loop and interpreted in another. */
const LARGE_BYTES = 64 * 1024

/**
 * Reads a delivery, puts its events into their queues and what it cannot read into quarantine. Resolves once Redis has confirmed all of
 * it. Otherwise throws Refusal QUEUE_UNAVAILABLE: the sender repeats the delivery, and what had arrived is then a duplicate. A full
 * quarantine does not hold up readable events.
 */
export async function acceptDelivery(intake: Intake, delivery: IncomingDelivery): Promise<Accepted> {
  const receivedAt = new Date().toISOString()
  const envelope = { receivedAt, ...(delivery.trace && { trace: delivery.trace }) }
  const { events, quarantined, ignored } = await readDelivery(intake, delivery)
  const enqueue = async () => {
    const enqueued = await inBatches(events, async event => {
      const found = { event, ...(await enqueueEvent(intake.queues, intake.tenant, event, envelope)) }
      // Not awaited: the event is safe, and a timeline that cannot be written must not fail the delivery.
      void recordArrival(intake.timelines, found, receivedAt).catch(() => undefined)
      return found
    })
    const safe = await inBatches(quarantined, async part => {
      const found = await keepUnreadable(intake, { v: 1, ...envelope, ...part.kept })
      if (found === undefined) return []
      void recordQuarantine(intake.timelines, found, { receivedAt, kept: part.kept }).catch(() => undefined)
      return [part]
    })
    return { enqueued, safe: safe.flat() }
  }
  const { enqueued: enqueuedEvents, safe } = await withinDeadline(enqueue(), intake)
  const withOutcome = (wanted: Enqueued['outcome']): EventReference[] =>
    enqueuedEvents.filter(({ outcome }) => outcome === wanted).map(({ event: { name, key } }) => ({ event: name, key }))
  const acceptance = {
    accepted: withOutcome('accepted'),
    duplicates: withOutcome('duplicate'),
    quarantined: safe.map(({ code, issues }) => ({ code, issues: issues.map(issue => renderMessage(issue, 'en')) })),
    ignored,
  }
  return { acceptance, isQuarantineFull: safe.length < quarantined.length }
}

/** Resolves to undefined when the quarantine is full. */
async function keepUnreadable(
  { queues, tenant }: Intake,
  delivery: QuarantinedDelivery,
): Promise<Enqueued | undefined> {
  try {
    return await quarantineDelivery(queues, tenant, delivery)
  } catch (error) {
    if (error instanceof QuarantineFullError) return undefined
    throw error
  }
}

async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let done = 0; done < items.length; done += ENQUEUED_AT_ONCE)
    results.push(...(await Promise.all(items.slice(done, done + ENQUEUED_AT_ONCE).map(work))))
  return results
}

/** Makes the event findable on the board while it still waits. */
async function recordArrival(
  timelines: Intake['timelines'],
  { event, outcome, jobId }: Enqueued & { readonly event: DeliveredEvent },
  receivedAt: string,
): Promise<void> {
  const of = { event: event.name, key: event.key, receivedAt, jobId, identities: identitiesOfJob(event) }
  const at = Date.parse(receivedAt)
  await (outcome === 'accepted' ? timelines.begin(of) : timelines.record(of, { kind: 'duplicate', at }))
}

/** Makes the delivery findable by the people named in its body. */
async function recordQuarantine(
  timelines: Intake['timelines'],
  { outcome, jobId }: Enqueued,
  { receivedAt, kept }: { readonly receivedAt: string; readonly kept: Unreadable['kept'] },
): Promise<void> {
  if (outcome === 'duplicate') return
  const data = { v: 1, receivedAt, ...kept }
  await timelines.begin(eventOfJob({ id: jobId, name: 'delivery', data, timestamp: Date.parse(receivedAt) }))
}

interface Unreadable {
  readonly code: FailureCode
  readonly issues: readonly Message[]
  readonly kept: Omit<QuarantinedDelivery, 'v' | 'receivedAt' | 'trace'>
}

interface Reading {
  readonly events: readonly DeliveredEvent[]
  readonly quarantined: readonly Unreadable[]
  readonly ignored: { readonly kind: string }[]
}

/** Never throws: an authentic delivery that makes a parser fail is quarantined. */
async function readDelivery({ tenant, log }: Intake, { origin, bytes, form }: IncomingDelivery): Promise<Reading> {
  const whole = (code: FailureCode, issues: readonly Message[]): Reading => ({
    events: [],
    quarantined: [{ code, issues, kept: { ...origin, ...asText(bytes), form } }],
    ignored: [],
  })
  try {
    const parsed = parseBody(bytes, { form })
    if (!parsed.ok) return whole(parsed.code, parsed.issues)
    if (parsed.empty) return { events: [], quarantined: [], ignored: [{ kind: 'empty' }] }
    if (bytes.length > LARGE_BYTES) await setImmediate()
    const delivery = await parse(tenant, origin, parsed.body)
    const [first, ...others] = delivery.quarantined
    const alone = others.length + delivery.events.length + delivery.ignored.length === 0
    // If the unreadable part is the whole body, the bytes are kept; else only the part.
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
    return whole('BODY_NOT_UNDERSTOOD', [message('parser-failed')])
  }
}

async function parse(tenant: Tenant, origin: IncomingDelivery['origin'], body: unknown): Promise<Delivery> {
  if (origin.source === 'totvs-crm') return parseCrmDelivery(body, origin.intent)
  const { leadFields, rdStation } = tenant.settings
  const { acceptSyntheticConversions } = rdStation
  return await joinInSlices(partsOfRdDelivery(body, { leadFields, acceptSyntheticConversions }))
}

const asText = (bytes: Buffer): Pick<QuarantinedDelivery, 'body' | 'encoding'> =>
  isUtf8(bytes)
    ? { body: bytes.toString('utf8'), encoding: 'utf8' }
    : { body: bytes.toString('base64'), encoding: 'base64' }

async function withinDeadline<Value>(work: Promise<Value>, { tenant, log }: Intake): Promise<Value> {
  try {
    return await withDeadline(work, ENQUEUE_DEADLINE_MS)
  } catch (err) {
    log.warn({ tenant: tenant.name, err }, 'delivery not accepted')
    throw new Refusal('QUEUE_UNAVAILABLE', { 'retry-after': '5' })
  }
}

/** The place only: messages of parsers may quote the body. */
const withoutMessage = (error: unknown): unknown =>
  error instanceof Error
    ? { type: error.name, at: error.stack?.split('\n').filter(line => line.startsWith('    at ')) }
    : { type: 'not an Error' }
