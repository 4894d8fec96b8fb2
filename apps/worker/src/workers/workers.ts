import { setTimeout as sleep } from 'node:timers/promises'
import { type Destination, destinations } from '@ponte/contracts'
import {
  type Logger,
  openQueues,
  queueName,
  queuePrefix,
  type QueueKind,
  type Tenant,
  type Tracer,
} from '@ponte/runtime'
import { type Fingerprint, blocks, readOpenBreakers, type SecretBox } from '@ponte/state'
import { DelayedError, type Processor, type Queue, Worker, type WorkerOptions } from 'bullmq'
import type { Redis } from 'ioredis'
import { backoffMs } from './backoff.ts'
import type { BreakerChange } from '../calls/breaker-open.ts'
import { type Connection, openConnection } from '../connections/connection.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import { createDeliveryReader } from '../processors/quarantined-delivery.ts'
import { createProgress, type QueueView } from './progress.ts'
import { limitMarks } from './limit-marks.ts'
import { createPruner, HOUSEKEEPING } from '../housekeeping/prune-queue.ts'
import { createJobGate } from './job-gate.ts'
import { createJobRunner } from '../run/run-job.ts'
import { startHousekeeping } from '../housekeeping/start-housekeeping.ts'

const LOOK_EVERY_MS = 3000
const LIMIT_ANEW_EVERY_MS = 600_000
/** A job that found no place to run comes back after this and at most as much again. */
const NO_PLACE_PAUSE_MS = 1000
const PROBE_GRACE_MS = 30_000
/** How long running jobs may finish before they are handed back. SPEC §5. */
const FINISH_MS = 25_000
/** How long a token that RD Station has just given may take to be stored, from the same moment. */
const SETTLE_MS = 30_000

export interface WorkersDeps {
  readonly tenants: readonly Tenant[]
  /** For BullMQ's workers: waits for Redis without limit. */
  readonly workerRedis: Redis
  /** For queues and for Ponte's own state: gives up after a while. */
  readonly stateRedis: Redis
  /** For what looks at all queues in turn: nothing that a job needs stands behind it. */
  readonly maintenanceRedis: Redis
  readonly box: SecretBox
  readonly fingerprint: Fingerprint
  readonly concurrency: number
  /** Jobs that run at once, over all queues. */
  readonly maxJobs: number
  readonly metrics: WorkerMetrics
  readonly tracer: Tracer
  readonly log: Logger
}

/** Opens the workers of every tenant's three queues. They take no job before `run` is called. */
export function openWorkers(deps: WorkersDeps) {
  const { tenants, stateRedis, maintenanceRedis, box, fingerprint, metrics, tracer, log } = deps
  const queues = openQueues(tenants, stateRedis, log)
  const watchedQueues = openQueues(tenants, maintenanceRedis, log)
  const gate = createJobGate({ maxJobs: deps.maxJobs, tenants: tenants.length })
  const progress = createProgress()
  const workers: Worker[] = []
  const connections: Connection[] = []
  const views: QueueView[] = []
  /** Jobs that run here, by queue. */
  const running = new Map<string, number>()
  const count = (queue: string, change: 1 | -1): unknown => running.set(queue, (running.get(queue) ?? 0) + change)

  for (const tenant of tenants) {
    const own = queues.of(tenant.name)
    const watched = watchedQueues.of(tenant.name)
    if (own === undefined || watched === undefined) continue
    const onUnreadableTokens = (): void =>
      log.warn({ tenant: tenant.name }, 'the stored RD Station tokens were sealed with another PONTE_SECRET_KEY')
    const connection = openConnection({
      tenant,
      queues: own,
      redis: stateRedis,
      box,
      fingerprint,
      onUnreadableTokens,
    })
    const onBreakerChange = (changed: Tenant, change: BreakerChange): void => reportRest(changed, change, connection)
    connections.push(connection)
    for (const destination of destinations) {
      const queue = own[destination]
      const onCall = (): void => progress.moved(queue.name)
      const runJob = createJobRunner({ connection, queue, metrics, tracer, log, onBreakerChange, onCall })
      workers.push(start(tenant, destination, runJob))
      views.push({
        name: own[destination].name,
        countStartable: () =>
          countStartable({
            queue: watched[destination],
            redis: maintenanceRedis,
            tenant,
            destination,
            running: running.get(queue.name) ?? 0,
          }),
      })
    }
    const read = createDeliveryReader({ tenant, queues: own, redis: stateRedis, fingerprint })
    workers.push(start(tenant, 'quarantine', read))
  }

  function start(tenant: Tenant, kind: QueueKind, process: Processor<unknown, unknown>): Worker {
    const name = queueName(tenant.name, kind)
    // BullMQ hands over the signal only to a function of exactly three parameters.
    const processOrTidy: Processor<unknown, unknown> = async (job, token, signal) => {
      if (job.name === HOUSEKEEPING) return undefined
      const leave = await gate.enter(tenant.name, signal)
      if (leave === undefined) {
        await job.moveToDelayed(Date.now() + NO_PLACE_PAUSE_MS * (1 + Math.random()), token)
        throw new DelayedError()
      }
      try {
        return await counted(name, () => process(job, token, signal))
      } finally {
        leave()
      }
    }
    const worker = new Worker(name, processOrTidy, { ...workerOptions(tenant, deps), prefix: queuePrefix(tenant.name) })
    worker.on('error', err => log.debug({ err, queue: name }, 'worker error'))
    worker.on('stalled', jobId => log.warn({ jobId, queue: name }, 'a job was taken over from a worker that is gone'))
    worker.on('lockRenewalFailed', ids => {
      for (const id of ids) worker.cancelJob(id, 'lock lost')
    })
    for (const sign of ['active', 'completed', 'failed'] as const) worker.on(sign, () => progress.moved(name))
    return worker
  }

  async function counted<Result>(queue: string, work: () => Promise<Result>): Promise<Result> {
    count(queue, 1)
    try {
      return await work()
    } finally {
      count(queue, -1)
    }
  }

  /** Again from time to time: a Redis that lost everything has lost this as well. */
  let unlimited = new Set(connections)
  async function limitAllMarks(): Promise<void> {
    for (const connection of unlimited) {
      await limitMarks(connection.queues['rd-station'], connection.tenant)
      unlimited.delete(connection)
    }
  }

  /** Until Redis has heard it: it may be away just when the process starts. */
  const unannounced = new Set(connections)
  async function announceAllCredentials(): Promise<void> {
    for (const connection of unannounced) {
      await announceCredentials(connection)
      unannounced.delete(connection)
    }
  }

  /** A worker is often started because a refused credential was changed: what waited for it goes on at once. */
  async function announceCredentials({ refusals, credentials, queues: own }: Connection): Promise<void> {
    const changed = await Promise.all(destinations.map(system => refusals.announce(system, credentials[system])))
    if (!changed.includes(true)) return
    for (const destination of destinations) await own[destination].removeRateLimitKey()
  }

  /** One line a rest, not a job; the queues go on at once when it is over. */
  function reportRest(tenant: Tenant, { system, kind, waitMs, failure }: BreakerChange, connection: Connection): void {
    const facts = { tenant: tenant.name, system, code: failure?.code, seconds: Math.ceil(waitMs / 1000) }
    for (const destination of destinations) progress.moved(connection.queues[destination].name)
    if (kind === 'started') {
      metrics.rests.inc({ tenant: tenant.name, system, code: failure?.code ?? '' })
      log.warn(facts, 'a system rests: its jobs wait and spend no attempts')
    } else if (kind === 'ended') {
      log.info({ tenant: tenant.name, system }, 'a system works again')
      for (const destination of destinations)
        void connection.queues[destination].removeRateLimitKey().catch(() => undefined)
    } else log.debug(facts, 'a system rests on')
  }

  void announceAllCredentials().catch(() => undefined)
  void limitAllMarks().catch(() => undefined)
  const look = setInterval(() => {
    void progress.look(views).catch(() => undefined)
    void announceAllCredentials().catch(() => undefined)
    void limitAllMarks().catch(() => undefined)
  }, LOOK_EVERY_MS)
  const limitAnew = setInterval(() => {
    unlimited = new Set(connections)
  }, LIMIT_ANEW_EVERY_MS)
  const keep = createPruner(tenants, watchedQueues)
  const housekeeping = startHousekeeping({ queues: watchedQueues.all(), redis: maintenanceRedis, log, keep })
  return {
    /** Whoever knows that every process names its locks alike may begin. */
    run(): void {
      for (const worker of workers)
        void worker.run().catch((err: unknown) => log.debug({ err, queue: worker.name }, 'worker error'))
    },
    stuck: () => progress.stuck(),
    queues,
    /** Takes no new jobs, lets running ones finish for 25 s, then hands them back. What RD Station gave last is stored first. */
    async close(): Promise<void> {
      for (const { account } of connections) account.stop()
      const lastMoment = sleep(SETTLE_MS, 'late' as const, { ref: false })
      clearInterval(look)
      clearInterval(limitAnew)
      const handBack = setTimeout(() => {
        for (const worker of workers) worker.cancelAllJobs('shutdown')
      }, FINISH_MS)
      await Promise.all(workers.map(worker => worker.close()))
      clearTimeout(handBack)
      const settled = Promise.all(connections.map(({ account }) => account.settled()))
      if ((await Promise.race([settled, lastMoment])) === 'late') {
        log.error(
          'a renewed token of RD Station could not be stored; if it rolls, the account has to be connected again',
        )
      }
      await housekeeping.close()
      await watchedQueues.close()
      await queues.close()
    },
  }
}

const workerOptions = (tenant: Tenant, { workerRedis, concurrency }: WorkersDeps): WorkerOptions => ({
  connection: workerRedis,
  autorun: false,
  concurrency,
  // A killed worker's job is taken over within 10 s; BullMQ's defaults take 60. SPEC §5. (Of two checks for stalled jobs one may
  // come too early and be left out: lock and two intervals together must stay well below.)
  lockDuration: 5000,
  lockRenewTime: 1500,
  stalledInterval: 1500,
  // Deploys and crashes are not the job's fault. One that kills its worker each time is ended by the runner, with a code.
  maxStalledCount: Number.MAX_SAFE_INTEGER,
  runRetryDelay: 1000,
  // Not `skipVersionCheck`: BullMQ would then wait in whole seconds, and every delayed job would come up to a second late.
  // A queue obeys a rest only with a limiter; this one never limits. The short delay lets a rest that ends early be noticed.
  limiter: { max: 1_000_000, duration: 1000 },
  maximumRateLimitDelay: 1000,
  settings: { backoffStrategy: attemptsMade => backoffMs(attemptsMade, tenant.settings.retry) },
})

interface Watched {
  readonly queue: Queue
  readonly redis: Redis
  readonly tenant: Tenant
  readonly destination: Destination
  /** Jobs of the queue that this process runs. */
  readonly running: number
}

async function countStartable({ queue, redis, tenant, destination, running }: Watched): Promise<number> {
  // Mostly there is nothing, and then one command has to do: it is asked of every queue, by every worker.
  const waiting = await queue.getWaitingCount()
  if (waiting === 0 || (await queue.isPaused())) return 0
  // Other workers have as many as may run at a time: what becomes of those is theirs to tell.
  if (running === 0 && (await queue.isMaxed())) return 0
  const rests = await readOpenBreakers(redis, tenant.name)
  // A rest that is over and that nobody has ended is no excuse for long: somebody should have probed.
  const isResting = rests.some(rest => blocks(rest, destination) && rest.until + PROBE_GRACE_MS > Date.now())
  return isResting ? 0 : waiting
}

export type Workers = ReturnType<typeof openWorkers>
