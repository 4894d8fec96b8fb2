import { setTimeout as sleep } from 'node:timers/promises'
import { destinations, type System } from '@ponte/contracts'
import { type Logger, openQueues, queueName, type Tenant, type Tracer } from '@ponte/runtime'
import { createCalendar, type Fingerprint, type SecretBox, type RedisClient } from '@ponte/state'
import type { Worker } from 'bullmq'
import { type Connection, openConnection } from '../connections/connection.ts'
import { type ConnectionTestDeps, testConnection } from '../connections/test-connection.ts'
import { createPruner, queuesInTurn, startHousekeeping } from '../upkeep/start-housekeeping.ts'
import { createDeliveryReader } from '../processors/quarantined-delivery.ts'
import { createJobRunner, type JobRunner } from '../run/run-job.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import { canStart, createProgress, type QueueView } from './progress.ts'
import { createJobGate } from './job-gate.ts'
import { closeWorkers, createWorker } from './create-worker.ts'
import {
  type BackendDeps,
  createSleepingBackend,
  createWaitingBackend,
  openQueueBackends,
  type SleepingBackend,
} from './worker-backends.ts'
import { createBreakerReporter } from '../calls/breaker-reporter.ts'
import { startGoingLive } from '../shadow/go-live.ts'
import { startHeartbeat } from './heartbeat.ts'
import { createWatch } from './watch-queues.ts'

/**
 * A job wakes a worker that waits for it at once, and closing it ends the wait. This only bounds how long a waiting worker does nothing at
 * all, for then it asks Redis whether there is a job. `createWatch` finds sooner what nobody was woken for.
 */
const DRAIN_DELAY_S = 20

/** When a shutdown begins, tokens that RD Station has just issued must be stored within this time. */
const STORE_TOKENS_MS = 30_000

export interface WorkersDeps extends BackendDeps {
  /** That this worker serves. */
  readonly tenants: readonly Tenant[]
  /** Of the whole file: one of all workers prunes all their queues. */
  readonly allTenants: readonly Pick<Tenant, 'name'>[]
  /** For queues and Ponte's own state: commands give up after a while. */
  readonly stateRedis: RedisClient
  /** For maintenance of all queues. No job waits for this connection. */
  readonly maintenanceRedis: RedisClient
  readonly box: SecretBox
  readonly fingerprint: Fingerprint
  /** Decides to which day figures belong. */
  readonly timeZone: string
  readonly concurrency: number
  /** How many jobs may run at a time, over all queues. */
  readonly maxJobs: number
  readonly metrics: WorkerMetrics
  readonly tracer: Tracer
  readonly log: Logger
}

/** Opens BullMQ's workers for the three queues of every tenant. They take no job before `run` is called. */
export function openWorkers(deps: WorkersDeps) {
  const { tenants, allTenants, stateRedis, maintenanceRedis, box, fingerprint, metrics, tracer, log } = deps
  const queues = openQueues(tenants, stateRedis, log)
  const backends = openQueueBackends(maintenanceRedis, log)
  const gate = createJobGate({ maxJobs: deps.maxJobs, tenants: tenants.length })
  const progress = createProgress()
  const calendar = createCalendar(deps.timeZone)
  const workers: Worker[] = []
  const connections: Connection[] = []
  const tested = new Map<string, Omit<ConnectionTestDeps, 'closing'>>()
  const views: QueueView[] = []
  const quarantines = new Map<string, SleepingBackend>()
  /** How many jobs run in this process, by queue. */
  const running = new Map<string, number>()
  const workerDeps = { ...deps, gate, running, onProgress: progress.moved }

  for (const tenant of tenants) {
    const own = queues.of(tenant.name)
    const onUnreadableTokens = (): void =>
      log.warn({ tenant: tenant.name }, 'the stored RD Station tokens were sealed with another PONTE_SECRET_KEY')
    const connection = openConnection({ tenant, queues: own, redis: stateRedis, box, fingerprint, onUnreadableTokens })
    const onBreakerChange = createBreakerReporter({ connection, metrics, log, onProgress: progress.moved })
    connections.push(connection)
    tested.set(tenant.name, {
      connection,
      metrics,
      log,
      onBreakerChange: change => onBreakerChange(tenant, change),
    })
    for (const destination of destinations) {
      const name = queueName(tenant.name, destination)
      const openRunner = (): JobRunner =>
        createJobRunner({
          connection,
          queue: own[destination],
          destination,
          calendar,
          metrics,
          tracer,
          log,
          onBreakerChange,
          onCall: () => progress.moved(name),
        })
      let runner: JobRunner | undefined
      // BullMQ passes the signal only to a function with exactly three parameters.
      const processJob: JobRunner = (job, token, signal) => (runner ??= openRunner())(job, token, signal)
      const task = { tenant, kind: destination, processJob, backend: createWaitingBackend, drainDelay: DRAIN_DELAY_S }
      workers.push(createWorker(task, workerDeps))
      views.push({
        name,
        hasStartable: async () =>
          watch.hasWaiting(name) &&
          (await canStart({
            backend: backends(tenant.name, destination),
            redis: maintenanceRedis,
            tenant,
            destination,
            running: running.get(name) ?? 0,
          })),
      })
    }
    const readDelivery = createDeliveryReader({ tenant, queues: own, redis: stateRedis, fingerprint, calendar })
    const quarantine = createWorker(
      { tenant, kind: 'quarantine', processJob: readDelivery, backend: createSleepingBackend, drainDelay: 3600 },
      workerDeps,
    )
    workers.push(quarantine)
    quarantines.set(tenant.name, quarantine.getBackend())
  }

  const watch = createWatch({
    tenants: tenants.map(({ name }) => name),
    redis: maintenanceRedis,
    backends,
    log,
    wakeQuarantine: tenant => quarantines.get(tenant)?.wake(),
  })
  const heartbeat = startHeartbeat({ connections, backends, checkProgress: () => progress.check(views) })
  const goingLive = startGoingLive({ connections, redis: maintenanceRedis, log })
  const housekeeping = startHousekeeping({
    queues: queuesInTurn(allTenants, maintenanceRedis, log),
    redis: maintenanceRedis,
    log,
    prune: createPruner(allTenants, maintenanceRedis),
  })

  async function storeTokens(deadline: Promise<'late'>): Promise<void> {
    const stored = Promise.all(connections.map(({ account }) => account.allStored()))
    if ((await Promise.race([stored, deadline])) === 'late') {
      log.error('a renewed token of RD Station could not be stored; if it rolls, the account has to be connected again')
    }
  }

  return {
    /**
     * Declares the mode of each tenant first. Call only after `claimFingerprintKey` has shown that all processes have the same fingerprint key. Only then do their locks have the
     * same names.
     */
    async run(): Promise<void> {
      await Promise.all(connections.map(({ health }) => health.declareMode()))
      for (const worker of workers)
        void worker.run().catch((err: unknown) => log.debug({ err, queue: worker.name }, 'worker error'))
      watch.run()
    },
    /** Names of queues in which jobs wait and nothing happens. */
    stuck: () => progress.stuck(),
    queues,
    /** What the work beside jobs needs of each tenant. */
    served: [...tested.values()],
    /** Undefined for a tenant that this process does not serve. */
    testConnection: async (tenant: string, system: System, closing: AbortSignal) => {
      const deps = tested.get(tenant)
      return deps && (await testConnection(system, { ...deps, closing }))
    },
    /** Takes no new jobs, lets running jobs finish for 25 s and hands the others back. Stores the last tokens of RD Station first. */
    async close(): Promise<void> {
      for (const { account } of connections) account.stop()
      const deadline = sleep(STORE_TOKENS_MS, 'late' as const, { ref: false })
      heartbeat.stop()
      const watched = watch.stop()
      await closeWorkers(workers)
      await storeTokens(deadline)
      await watched
      await Promise.all([housekeeping.close(), goingLive.close()])
      await queues.close()
    },
  }
}
