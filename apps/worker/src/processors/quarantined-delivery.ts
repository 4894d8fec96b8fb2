import {
  appendMessages,
  type DeliveredEvent,
  eventOfJob,
  events,
  type FailureCode,
  failures,
  message,
  type Message,
  ownerOf,
  quarantinedDelivery,
} from '@ponte/contracts'
import { joinInSlices, partsOfQuarantined, type QuarantinedPart } from '@ponte/webhooks'
import {
  type Enqueued,
  enqueueEvent,
  type EventEnvelope,
  type Logger,
  readRetryMark,
  type Tenant,
  type TenantQueues,
} from '@ponte/runtime'
import {
  createDriftObserver,
  type DriftObserver,
  createTenantMode,
  createTimelines,
  isOfPackage,
  type TimelineEvent,
  webhookKinds,
} from '@ponte/state'
import { DelayedError, type Job, UnrecoverableError } from 'bullmq'
import type { JobResult } from '../run/job-context.ts'
import { isAbandoned, isInterruption } from '../run/reaction.ts'
import { createRunRecorder, type DerivedEvent, type RunRecorderDeps } from '../run/record-run-end.ts'

export interface DeliveryReaderDeps extends Omit<RunRecorderDeps, 'tenant'> {
  readonly tenant: Tenant
  readonly queues: TenantQueues
  readonly log: Logger
}

/** A delivery is read again this long after Redis did not answer. */
const STATE_PAUSE_MS = 1000
/** Events that are enqueued at a time. A thousand at once would keep the process from renewing the locks of its jobs. */
const ENQUEUED_AT_ONCE = 50

/**
 * Reads a quarantined delivery once more. The first time, this records why it cannot be read, as a failed job that an operator sees. A
 * retry by hand (after an upgrade, or with other settings) enqueues what can be read now. The timelines of the delivery and of its events
 * name each other. A search finds them by the people and opportunities of the events. See docs/behaviour/deliveries.md#quarantine.
 */
export function createDeliveryReader({ tenant, queues, redis, fingerprint, calendar, log }: DeliveryReaderDeps) {
  const recordRunEnd = createRunRecorder({ redis, tenant: tenant.name, fingerprint, calendar })
  const timelines = createTimelines(redis, tenant.name, fingerprint, calendar)
  const mode = createTenantMode(redis, tenant.name)

  const isOfShadow = async ({ data }: Job): Promise<boolean> =>
    ownerOf(data) === 'shadow' && (await mode.read()).mode === 'shadow'

  return async function readAgain(job: Job, token?: string): Promise<JobResult> {
    try {
      return await readOnce(job)
    } catch (error) {
      if (error instanceof UnreadDelivery) throw error
      if (!isInterruption(error)) {
        // A bug. Its message may hold what the delivery holds.
        log.error({ err: error, tenant: tenant.name, jobId: job.id }, 'unexpected error in a job')
        throw new UnreadDelivery('INTERNAL_ERROR', [])
      }
      // What became of the delivery is not known, so it is read again.
      await job.moveToDelayed(Date.now() + STATE_PAUSE_MS, token).catch(() => {
        throw new UnreadDelivery('STATE_UNAVAILABLE', [])
      })
      throw new DelayedError()
    }
  }

  async function readOnce(job: Job): Promise<JobResult> {
    const derivedEvents: DerivedEvent[] = []
    const drift = createDriftObserver()
    try {
      const result = await read(job, { drift, onEnqueued: of => derivedEvents.push(of) })
      await recordRunEnd(job, result, { derivedEvents, isShadow: await isOfShadow(job) })
      return result
    } catch (error) {
      if (isInterruption(error)) throw error
      const known = error instanceof UnreadDelivery ? error : new UnreadDelivery('INTERNAL_ERROR', [])
      const isShadow = await isOfShadow(job).catch(() => false)
      const { code, summary } = known
      await recordRunEnd(job, { outcome: 'failed', code, summary }, { derivedEvents, drift, isShadow })
      throw error
    }
  }

  async function read(job: Job, { drift, onEnqueued }: Observers): Promise<JobResult> {
    if (isAbandoned(job)) throw new UnreadDelivery('JOB_ABANDONED', [])
    const parsed = quarantinedDelivery.safeParse(job.data)
    if (!parsed.success) throw new UnreadDelivery('JOB_UNREADABLE', [])
    const { receivedAt, trace, sentIn } = parsed.data
    const record = await mode.read()
    const { owner = 'ponte' } = parsed.data
    const isOld = isOfPackage(record, { owner, receivedAt: Date.parse(receivedAt) })
    const isAskedFor = isOld && readRetryMark(job) !== undefined
    // Before a switch has named the end of the package, the events are kept for it.
    if (isOld && !isAskedFor && record.offAt !== undefined)
      return { outcome: 'skipped', summary: message('of-the-package') }
    const { events: found, quarantined, ignored } = await joinInSlices(partsOfQuarantined(parsed.data, tenant.settings))
    const enqueue = async (event: DeliveredEvent): Promise<void> => {
      const of = await enqueueFrom(job, event, {
        receivedAt,
        ...(trace && { trace }),
        ...(sentIn !== undefined && { sentIn }),
        // What is not the package's once the tenant is live, or what a person asks for, is Ponte's.
        owner: isAskedFor || (record.mode === 'live' && !isOld) ? 'ponte' : owner,
      })
      onEnqueued({ ...of, jobKey: queues[events[event.name].destination].toKey(of.jobId) })
    }
    try {
      for (let done = 0; done < found.length; done += ENQUEUED_AT_ONCE)
        await Promise.all(found.slice(done, done + ENQUEUED_AT_ONCE).map(enqueue))
    } catch {
      throw new UnreadDelivery('STATE_UNAVAILABLE', [])
    }
    seeUnread(quarantined, { drift, source: parsed.data.source, jobId: job.id ?? '' })
    const [unread] = quarantined
    if (unread !== undefined) throw new UnreadDelivery(unread.code, unread.issues)
    return {
      outcome: 'done',
      summary: message('events-enqueued', { events: found.length, ignored: ignored.length }),
    }
  }

  async function enqueueFrom(job: Job, event: DeliveredEvent, envelope: EventEnvelope): Promise<TimelineEvent> {
    const { jobId, outcome }: Enqueued = await enqueueEvent(queues, tenant, event, envelope)
    const data = { ...event, receivedAt: envelope.receivedAt }
    const of = eventOfJob({ id: jobId, name: event.name, data, timestamp: job.timestamp })
    const recorded =
      outcome === 'accepted'
        ? timelines.begin(of, { delivery: job.id ?? '' })
        : outcome === 'duplicate' && timelines.record(of, { kind: 'duplicate', at: Date.now() })
    await Promise.resolve(recorded).catch(() => undefined)
    return of
  }
}

interface Observers {
  readonly drift: DriftObserver
  readonly onEnqueued: (of: DerivedEvent) => void
}

/** Of a delivery with thousands of leads the first ones say enough. */
const MAX_SEEN = 50

/** A lead that lacks its identity or a value tells which members it had. What is no lead tells only that its form is unknown. */
function seeUnread(
  parts: readonly QuarantinedPart[],
  { drift, source, jobId }: { drift: DriftObserver; source: keyof typeof webhookKinds; jobId: string },
): void {
  for (const [index, { code, seen }] of parts.slice(0, MAX_SEEN).entries()) {
    if (failures[code].isUnknownForm) drift.seeUnknown(webhookKinds[source], 'form', code)
    drift.seeText(seen, `${jobId} ${index}`)
  }
}

/** The delivery stays in quarantine. Its issues are kept as messages, so that a page shows them in its reader's language. */
class UnreadDelivery extends UnrecoverableError {
  readonly code: FailureCode
  readonly summary: readonly Message[]

  constructor(code: FailureCode, issues: readonly Message[]) {
    super(appendMessages(`${code}: ${failures[code].en.happened}`, issues))
    this.code = code
    this.summary = [{ key: code }, ...issues]
  }
}
