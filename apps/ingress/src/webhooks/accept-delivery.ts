import { type DeliveredEvent, identifiedEventOfJob, identitiesOfJob, renderMessage } from '@ponte/contracts'
import {
  type Enqueued,
  enqueueEvent,
  type EventEnvelope,
  type Logger,
  quarantineDelivery,
  QuarantineFullError,
  type Tenant,
  type TenantQueues,
  TooMuchWaiting,
} from '@ponte/runtime'
import { ReplicasMissing, type Timelines, withDeadline } from '@ponte/state'
import type { Acceptance } from '../http/acceptance.ts'
import { Refusal } from '../http/problem.ts'
import { type Brought, type IntakeLimit, takeRoom } from '../limits/intake-limits.ts'
import { type IncomingDelivery, readDelivery, type Reading, type Unreadable } from './read-delivery.ts'

export interface Intake {
  readonly tenant: Tenant
  readonly queues: TenantQueues
  readonly timelines: Pick<Timelines, 'begin' | 'record'>
  readonly limit: IntakeLimit
  /** Takes work that no answer waits for. */
  readonly afterwards: Afterwards['add']
  readonly log: Logger
  /** The deadline for all events of a delivery together. */
  readonly deadlineMs: number
}

/** Workers have to make room first. */
const RETRY_WHEN_FULL_S = 60

/** Events that are enqueued at a time. A delivery of a thousand events must not keep the process from answering others. */
const ENQUEUED_AT_ONCE = 50

/**
 * Reads a delivery, puts its events into their queues and what it cannot read into quarantine. Resolves once Redis has confirmed all of it,
 * but for `isQuarantineFull`: a part found no room in quarantine and is in no list, so the delivery must not be confirmed.
 * When Redis does not confirm, throws Refusal QUEUE_UNAVAILABLE, or REPLICAS_MISSING when too few replicas of Redis have it. The sender then repeats the
 * delivery, and the events that had arrived are duplicates. A full quarantine does not hold up readable events.
 *
 * All events are charged before the first is enqueued, whatever becomes of them: a slow Redis must not make a flood free. Throws Refusal
 * INTAKE_LIMITED when the sender has no room for them, or when as much waits for the tenant as may. What is answered 429 is charged nothing,
 * whatever was kept of it.
 */
export async function acceptDelivery(intake: Intake, delivery: IncomingDelivery) {
  const receivedAt = new Date().toISOString()
  const envelope = { receivedAt, ...(delivery.trace && { trace: delivery.trace }) }
  const reading = await readDelivery(intake, delivery)
  const { events, quarantined } = reading
  const brought = { events: events.length + quarantined.length, bytes: delivery.bytes.length }
  takeRoom(intake.limit, brought)
  const { enqueued, safe } = await withinDeadline(
    signal => enqueueAll(intake, reading, envelope, signal),
    intake,
    brought,
  )
  const outcome: Acceptance = {
    accepted: [],
    duplicates: [],
    quarantined: safe.map(({ code, issues }) => ({ code, issues: issues.map(issue => renderMessage(issue, 'en')) })),
    ignored: reading.ignored,
  }
  for (const { outcome: result, event } of enqueued) {
    const list = result === 'duplicate' ? outcome.duplicates : outcome.accepted
    list.push({ event: event.name, key: event.key })
  }
  const isQuarantineFull = safe.length < quarantined.length
  // The sender repeats all of it, and must not use up the room of deliveries that can be read.
  if (isQuarantineFull) intake.limit.giveBack(brought)
  return { acceptance: outcome, isQuarantineFull }
}

async function enqueueAll(
  { queues, tenant, timelines, afterwards }: Intake,
  { events, quarantined }: Pick<Reading, 'events' | 'quarantined'>,
  envelope: EventEnvelope,
  signal: AbortSignal,
) {
  const enqueued = await inBatches(events, signal, async event => {
    const { outcome, jobId } = await enqueueEvent(queues, tenant, event, envelope)
    // The event is safe, and a timeline that cannot be written must not fail the delivery.
    afterwards(recordArrival(timelines, { event, outcome, jobId }, envelope))
    return { event, outcome }
  })
  const safe = await inBatches(quarantined, signal, async part => {
    try {
      const kept = await quarantineDelivery(queues, tenant, { v: 1, ...envelope, ...part.kept })
      afterwards(recordQuarantine(timelines, kept, { ...envelope, ...part }))
      return [part]
    } catch (error) {
      if (error instanceof QuarantineFullError) return []
      throw error
    }
  })
  return { enqueued, safe: safe.flat() }
}

/** Rejects before the next batch once the signal is aborted. */
async function inBatches<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let done = 0; done < items.length; done += ENQUEUED_AT_ONCE) {
    signal.throwIfAborted()
    results.push(...(await Promise.all(items.slice(done, done + ENQUEUED_AT_ONCE).map(work))))
  }
  return results
}

/** Makes the event findable on the board while it still waits. An update that joined a job is found by the update that it joined. */
async function recordArrival(
  timelines: Intake['timelines'],
  { event, outcome, jobId }: Enqueued & { readonly event: DeliveredEvent },
  { receivedAt }: EventEnvelope,
): Promise<void> {
  if (outcome === 'joined') return
  const of = { event: event.name, key: event.key, receivedAt, jobId, identities: identitiesOfJob(event) }
  if (outcome === 'accepted') await timelines.begin(of)
  else await timelines.record(of, { kind: 'duplicate', at: Date.parse(receivedAt) })
}

/** Makes the delivery findable by the people named in its body. */
async function recordQuarantine(
  timelines: Intake['timelines'],
  { outcome, jobId }: Enqueued,
  { receivedAt, kept }: { readonly receivedAt: string } & Pick<Unreadable, 'kept'>,
): Promise<void> {
  if (outcome === 'duplicate') return
  const data = { v: 1, receivedAt, ...kept }
  const of = await identifiedEventOfJob({ id: jobId, name: 'delivery', data, timestamp: Date.parse(receivedAt) })
  await timelines.begin(of, { isCounted: false })
}

/** The work is told to stop when nobody waits for it any more: the sender repeats the whole delivery. */
async function withinDeadline<Value>(
  work: (signal: AbortSignal) => Promise<Value>,
  { tenant, log, limit, deadlineMs }: Intake,
  brought: Brought,
): Promise<Value> {
  const givingUp = new AbortController()
  try {
    return await withDeadline(work(givingUp.signal), deadlineMs)
  } catch (err) {
    givingUp.abort()
    log.warn({ tenant: tenant.name, err }, 'delivery not accepted')
    if (err instanceof TooMuchWaiting) {
      limit.giveBack(brought)
      limit.pause()
      throw new Refusal('INTAKE_LIMITED', { 'retry-after': String(RETRY_WHEN_FULL_S) })
    }
    throw new Refusal(err instanceof ReplicasMissing ? 'REPLICAS_MISSING' : 'QUEUE_UNAVAILABLE', { 'retry-after': '5' })
  }
}

/** Work that no answer waits for. The shutdown waits for it. */
export type Afterwards = ReturnType<typeof createAfterwards>

export function createAfterwards() {
  const underWay = new Set<Promise<unknown>>()
  return {
    /** Work that may fail: nothing depends on it. */
    add(work: Promise<unknown>): void {
      underWay.add(work)
      const end = (): void => void underWay.delete(work)
      work.then(end, end)
    },
    /** Resolves when nothing is under way. */
    async ended(): Promise<void> {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
  }
}
