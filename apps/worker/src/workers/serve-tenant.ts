import { destinations } from '@ponte/contracts'
import { type Logger, queueName, type Tenant, type TenantQueues, type Tracer } from '@ponte/runtime'
import {
  type Calendar,
  type Fingerprint,
  isFollowedBy,
  type ModeRecord,
  type RedisClient,
  type Replicas,
  type SecretBox,
} from '@ponte/state'
import type { Worker } from 'bullmq'
import { type Connection, openConnection } from '../calls/connection.ts'
import type { BreakerChange } from '../calls/job-call-guard.ts'
import type { ConnectionTestDeps } from '../calls/test-connection.ts'
import { createDeliveryReader } from '../processors/quarantined-delivery.ts'
import { createJobRunner } from './run-job.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import {
  createSleepingBackend,
  createWaitingBackend,
  createWorker,
  type QueueBackends,
  type WorkerDeps,
} from './create-worker.ts'
import { canStart, type QueueView } from './progress.ts'
import { type Loop, repeatForEach } from '../upkeep/in-turn.ts'

/**
 * A job wakes a worker that waits for it at once, and closing it ends the wait. This only bounds how long a waiting worker does nothing at
 * all, for then it asks Redis whether there is a job. `createWatch` finds sooner what nobody was woken for.
 */
const DRAIN_DELAY_S = 20

export interface ServeDeps extends WorkerDeps {
  readonly queues: TenantQueues
  readonly stateRedis: RedisClient
  readonly maintenanceRedis: RedisClient
  readonly backends: QueueBackends
  /** Confirm what must not be lost. */
  readonly replicas: Replicas
  readonly box: SecretBox
  readonly fingerprint: Fingerprint
  readonly calendar: Calendar
  /** Whether jobs waited in the queue at the last look. */
  readonly hasWaiting: (queue: string) => boolean
  readonly metrics: WorkerMetrics
  readonly tracer: Tracer
}

/** What a worker process has of a tenant that it serves. */
export interface ServedTenant extends Omit<ConnectionTestDeps, 'closing'> {
  readonly connection: Connection
  readonly workers: readonly Pick<Worker, 'run' | 'close' | 'cancelAllJobs' | 'name'>[]
  readonly hold: Hold
  readonly views: readonly QueueView[]
  readonly wakeQuarantine: () => void
}

/** BullMQ's workers for the three queues of a tenant, not running yet. */
export function serveTenant(tenant: Tenant, deps: ServeDeps): ServedTenant {
  const { queues, stateRedis, maintenanceRedis, backends, replicas, box, fingerprint, calendar, metrics, tracer, log } =
    deps
  const onUnreadableTokens = (): void =>
    log.warn({ tenant: tenant.name }, 'the stored RD Station tokens were sealed with another PONTE_SECRET_KEY')
  const connection = openConnection({
    tenant,
    queues,
    redis: stateRedis,
    replicas,
    box,
    fingerprint,
    onUnreadableTokens,
  })
  const onBreakerChange = createBreakerReporter({ connection, metrics, log, onProgress: deps.onProgress })

  const workers: Worker[] = []
  const hold = createHold(connection, { workers, log })
  const served = destinations.map(destination => {
    const name = queueName(tenant.name, destination)
    const processJob = createJobRunner({
      ...{ connection, destination, calendar, metrics, tracer, log, onBreakerChange },
      onCall: () => deps.onProgress(name),
      onOtherMode: () => void hold.follow(connection.health.lastMode()),
    })
    const task = { tenant, kind: destination, processJob, backend: createWaitingBackend, drainDelay: DRAIN_DELAY_S }
    const hasStartable = async (): Promise<boolean> =>
      !hold.isHeld() &&
      deps.hasWaiting(name) &&
      (await canStart({
        backend: backends(tenant.name, destination),
        redis: maintenanceRedis,
        tenant,
        destination,
        running: deps.running.get(name) ?? 0,
      }))
    workers.push(createWorker(task, deps))
    return { name, tenant: tenant.name, hasStartable }
  })
  const readDelivery = createDeliveryReader({ tenant, queues, redis: stateRedis, fingerprint, calendar, log })
  const quarantine = createWorker(
    { tenant, kind: 'quarantine', processJob: readDelivery, backend: createSleepingBackend, drainDelay: 3600 },
    deps,
  )
  workers.push(quarantine)
  return {
    ...{ connection, metrics, log, onBreakerChange },
    ...{ workers, hold },
    views: served,
    wakeQuarantine: () => quarantine.getBackend().wake(),
  }
}

interface BreakerReporterDeps {
  readonly connection: Pick<Connection, 'tenant' | 'queues'>
  readonly metrics: Pick<WorkerMetrics, 'breakerOpened'>
  readonly log: Logger
  readonly onProgress: (queue: string) => void
}

/** One log line for each time that a circuit breaker opens or closes, not for each job. When it closes, the queues continue at once. */
function createBreakerReporter({ connection: { tenant, queues }, metrics, log, onProgress }: BreakerReporterDeps) {
  return ({ system, kind, waitMs, failure }: BreakerChange): void => {
    for (const destination of destinations) onProgress(queues[destination].name)
    const facts = { tenant: tenant.name, system, code: failure?.code, seconds: Math.ceil(waitMs / 1000) }
    if (kind === 'opened') {
      metrics.breakerOpened.inc({ tenant: tenant.name, system, code: failure?.code ?? '' })
      log.warn(facts, 'a circuit breaker opened: jobs for the system wait and spend no attempts')
    } else if (kind === 'ended') {
      log.info({ tenant: tenant.name, system }, 'a circuit breaker closed: the system works again')
      for (const destination of destinations) void queues[destination].removeRateLimitKey().catch(() => undefined)
    } else log.debug(facts, 'a circuit breaker stays open')
  }
}

/** One command for each tenant, of the two a second that one without work may cost. */
const EVERY_MS = 5000

/** Keeps this process from starting jobs of a tenant while its tenants file and Redis say different modes. */
export interface Hold {
  isHeld(): boolean
  /** Takes jobs, or takes none, as the mode that Redis holds wants it. */
  follow(record: ModeRecord): Promise<void>
}

interface HoldDeps {
  readonly workers: readonly Pick<Worker, 'pause' | 'resume'>[]
  readonly log: Logger
}

export function createHold({ tenant }: Pick<Connection, 'tenant'>, { workers, log }: HoldDeps): Hold {
  const { name, settings } = tenant
  let isHeld = false
  return {
    isHeld: () => isHeld,
    async follow(record) {
      if (isFollowedBy(record, settings.mode) === !isHeld) return
      isHeld = !isHeld
      const facts = { tenant: name, file: settings.mode, redis: record.mode }
      if (isHeld) log.warn(facts, 'no job of a tenant is started: the tenants file and Redis say different modes')
      else log.info(facts, 'jobs of a tenant are started again')
      // Only this process: another one may have another file. Jobs that run may end.
      await Promise.all(workers.map(worker => (isHeld ? worker.pause(true) : worker.resume())))
    },
  }
}

export interface HoldsDeps {
  readonly served: () => readonly { readonly connection: Connection; readonly hold: Hold }[]
  readonly redis: RedisClient
  readonly log: Logger
  readonly everyMs?: number
}

/** Follows the mode of every tenant that is served: a worker with nothing to do learns of it from no job. */
export const startHolds = ({ served, redis, log, everyMs = EVERY_MS }: HoldsDeps): Loop =>
  repeatForEach(
    served,
    async ({ connection, hold }) => {
      // Redis takes the mode of the file as soon as nothing stands against it any more.
      const record = await (hold.isHeld() ? connection.health.declareMode() : connection.mode.read())
      // Where Redis came back empty, the next job tells it the mode that this process knew last.
      if (record.since > 0) await hold.follow(record)
    },
    {
      everyMs,
      redis,
      tenantOf: ({ connection }) => connection.tenant.name,
      onError: (err, { connection }) => log.debug({ err, tenant: connection.tenant.name }, 'a mode was not read'),
    },
  )
