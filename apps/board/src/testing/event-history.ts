import { randomUUID } from 'node:crypto'
import { HOUR_MS, identifiedEventOfJob, isEventName } from '@ponte/contracts'
import { type QueueKind, queuePrefix } from '@ponte/runtime'
import {
  createCalendar,
  createFigureCounts,
  createTimelines,
  stateKey,
  timelineId,
  type TimelineRun,
} from '@ponte/state'
import { type Job, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { inject } from 'vitest'
import { timeZone } from '../ui/moment.ts'
import type { OpenBoard } from './open-board.ts'
import { options, rejected } from './operate.ts'

/** What an event is in a history: a lead, a mark of an opportunity, a delivery that cannot be read. */
export const eventKinds = ['lead.registered', 'opportunity.won', 'delivery'] as const
export type EventKind = (typeof eventKinds)[number]

/** How a run ends. `died`: its worker dies after the end was recorded, and the job runs once more. */
export interface End {
  readonly outcome: 'done' | 'skipped' | 'failed' | 'delayed'
  readonly died: boolean
  /** Redis carries the script out twice, because its answer was lost. */
  readonly isReplayed: boolean
  /** How many hours ago the run ended, for the figures. */
  readonly hoursAgo: number
}

/** What a history must have left behind of one event. */
export interface Modelled {
  readonly kind: EventKind
  readonly key: string
  /** Its jobs that are failed, the newest one last. */
  readonly failed: string[]
  /** The last round of a mark, whose job waits, has ended or was removed. */
  round: number
  counted?: 'done' | 'skipped' | 'failed' | 'removed'
  isFirstTry: boolean
}

const queueOf: Readonly<Record<EventKind, QueueKind>> = {
  'lead.registered': 'totvs-crm',
  'opportunity.won': 'rd-station',
  delivery: 'quarantine',
}
/** The job of the last round of a mark. */
export const roundJob = ({ round, key }: Pick<Modelled, 'round' | 'key'>): string => `round-${round}-${key}`
const TOKEN = 'token'
const LATER_MS = 10 * HOUR_MS

/** Makes things happen to events through the queues and scripts that processes use, and keeps what must come of it. */
export function createEventHistory(board: OpenBoard) {
  const { redis, name: tenant, fingerprint } = board
  const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
  const workers = new Map<QueueKind, Worker>()
  const timelines = createTimelines(redis, tenant, fingerprint, createCalendar(timeZone()))
  const events: Modelled[] = []
  let [runs, delayed] = [0, 0]

  function workerOf(kind: QueueKind): Worker {
    const known = workers.get(kind)
    const worker =
      known ?? new Worker(board[kind].name, null, { connection, prefix: queuePrefix(tenant), autorun: false })
    workers.set(kind, worker)
    return worker
  }

  const dataOf = (kind: EventKind, key: string) => ({
    v: 1,
    ...(kind !== 'delivery' && { key }),
    receivedAt: new Date().toISOString(),
    ...(kind === 'opportunity.won' && { opportunityId: `o-${key}`, contextUrl: '/x' }),
  })

  /** What the worker writes at the end of a run (apps/worker/src/run/record-run-end.ts). */
  async function recordEnd(job: Job, { outcome, isReplayed, hoursAgo }: End): Promise<void> {
    runs += 1
    const of = await identifiedEventOfJob(job)
    const at = Date.now() - hoursAgo * HOUR_MS - runs
    const code = outcome === 'failed' ? 'CRM_REJECTED' : undefined
    const ends = createFigureCounts()
    if (outcome !== 'delayed') ends.ended(job.name, outcome, code)
    if (isEventName(job.name) && (outcome === 'done' || outcome === 'skipped') && isFirstTry(job)) ends.firstTry()
    const progress: unknown = job.progress
    const retry =
      typeof progress === 'object' && progress !== null && 'retry' in progress ? String(progress.retry) : undefined
    const run: TimelineRun = {
      ...{ kind: 'run', at, event: job.name, jobId: of.jobId, outcome },
      ...(retry !== undefined && { retry }),
      ...(code !== undefined && { code }),
    }
    const jobKey = `${job.queueQualifiedName}:${job.id}`
    for (let times = isReplayed ? 2 : 1; times > 0; times -= 1)
      await timelines.record(of, run, { jobKey, figures: { counts: new Map(), ends: ends.counts } })
  }

  const isFirstTry = (job: Job): boolean =>
    job.attemptsMade === 0 && (job.stacktrace ?? []).length === 0 && !isRound(job)
  const isRound = ({ id = '' }: Job): boolean => id.startsWith('round-')
  const eventOf = (job: Job): Modelled | undefined => events.find(({ key }) => key === job.id || key === job.data.key)

  function count(event: Modelled, job: Job, outcome: Exclude<End['outcome'], 'delayed'>): void {
    if (event.counted === 'done' && outcome === 'skipped') return
    event.counted = outcome
    event.isFirstTry = outcome !== 'failed' && event.kind !== 'delivery' && isFirstTry(job)
  }

  return {
    events: events as readonly Modelled[],
    /** What must be told of all events together. */
    expected() {
      const isEvent = ({ kind }: Modelled): boolean => kind !== 'delivery'
      const isDelivered = ({ counted }: Modelled): boolean => counted === 'done' || counted === 'skipped'
      const delivered = events.filter(each => isEvent(each) && isDelivered(each))
      const failed = events.filter(({ counted }) => counted === 'failed')
      return {
        delivered: delivered.length,
        failed: failed.filter(isEvent).length,
        quarantined: failed.filter(each => !isEvent(each)).length,
        removed: events.filter(({ counted }) => counted === 'removed').length,
        firstTry: delivered.filter(({ isFirstTry: is }) => is).length,
        delayed,
      }
    },
    async deliver(kind: EventKind): Promise<void> {
      const key = randomUUID()
      await board[queueOf[kind]].add(kind, dataOf(kind, key), { ...options, jobId: key })
      events.push({ kind, key, failed: [], round: 1, isFirstTry: false })
    },
    /** A worker takes the next job of a queue, if there is one. */
    async work(kind: EventKind, end: End): Promise<void> {
      const job: Job | undefined = await workerOf(queueOf[kind]).getNextJob(TOKEN, { block: false })
      const event = job && eventOf(job)
      if (job === undefined || event === undefined) return
      // A round that has nothing to do is no end (run-figures.test.ts).
      const outcome = isRound(job) && end.outcome === 'skipped' ? 'done' : end.outcome
      if (end.died) {
        await recordEnd(job, { ...end, outcome: 'failed' })
        count(event, job, 'failed')
      }
      if (outcome === 'delayed') {
        await recordEnd(job, { ...end, outcome })
        await job.moveToDelayed(Date.now() + LATER_MS, TOKEN)
        delayed += 1
        if (event.failed.length === 0 && event.counted === 'failed') delete event.counted
        return
      }
      // The worker removes what has failed before (record-status.ts), or the rounds of it (record-failed-round.ts).
      const over = event.failed.filter(id => outcome !== 'failed' || id !== event.key)
      for (const id of over) await supersede(event, id)
      event.failed.splice(0, Infinity, ...event.failed.filter(id => !over.includes(id)))
      await recordEnd(job, { ...end, outcome })
      count(event, job, outcome)
      if (outcome === 'failed') {
        await job.moveToFailed(new UnrecoverableError(rejected), TOKEN, false)
        event.failed.push(job.id ?? '')
      } else await job.moveToCompleted({ outcome }, TOKEN, false)
    },
    /** A person retries a failed job of an event in Bull Board. */
    async retry(event: Modelled, pick: number): Promise<void> {
      await atBoard('retry', event, pick)
      if (event.failed.length === 0) delete event.counted
    },
    /** A person removes a failed job of an event, and a mark ends with it. */
    async remove(event: Modelled, pick: number): Promise<void> {
      await atBoard('clean', event, pick)
      event.failed.splice(0)
      event.counted = 'removed'
    },
    /** The sender delivers the event again. */
    async repeat({ kind, key }: Modelled): Promise<void> {
      const job = await board[queueOf[kind]].getJob(key)
      if (job !== undefined)
        await timelines.record(await identifiedEventOfJob(job), { kind: 'duplicate', at: Date.now() })
    },
    /** A later event of the opportunity does what this one was for. */
    async repair(event: Modelled): Promise<void> {
      for (const id of event.failed.splice(0)) await supersede(event, id)
      event.counted = 'skipped'
      event.isFirstTry = false
    },
    /** Another round of a failed mark, which is a job of its own. */
    async round(event: Modelled): Promise<void> {
      const { kind, key } = event
      event.round += 1
      await board[queueOf[kind]].add(kind, dataOf(kind, key), { ...options, jobId: roundJob(event) })
    },
    /** Whom an event was about is erased (apps/cli/src/erase). */
    async erase(event: Modelled): Promise<void> {
      const { kind, key } = event
      const queue = board[queueOf[kind]]
      for (const id of [key, roundJob(event)]) {
        const job = await queue.getJob(id)
        if (job === undefined) continue
        const of = await identifiedEventOfJob(job)
        if (event.failed.includes(id)) {
          await timelines.record(of, { kind: 'removed', at: Date.now(), by: 'erase', jobId: id })
          event.counted = 'removed'
        }
        await job.remove()
      }
      event.failed.splice(0)
      await redis.del(stateKey(tenant, 'timeline', timelineId(key)))
    },
    async close(): Promise<void> {
      for (const worker of workers.values()) await worker.close()
      connection.disconnect()
    },
  }

  /** Of several failed jobs of an event, a person may take any. */
  async function atBoard(action: 'retry' | 'clean', { kind, failed }: Modelled, pick: number): Promise<void> {
    const [id = ''] = failed.splice(pick % failed.length, 1)
    await board.ask('PUT', `/queues/api/queues/${board[queueOf[kind]].name}/${id}/${action}`)
  }

  async function supersede({ kind }: Modelled, id: string): Promise<void> {
    const queue = board[queueOf[kind]]
    const job = await queue.getJob(id)
    if (job === undefined) return
    await timelines.record(await identifiedEventOfJob(job), {
      ...{ kind: 'superseded', at: Date.now(), event: kind, jobId: id },
    })
    await queue.remove(id)
  }
}

export type EventHistory = ReturnType<typeof createEventHistory>
