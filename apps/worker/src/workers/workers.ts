import { setTimeout as sleep } from 'node:timers/promises'
import type { System } from '@ponte/contracts'
import {
  ConfigurationError,
  type LiveTenants,
  type Logger,
  openQueues,
  otherFingerprintKey,
  type Tenant,
  type Tracer,
} from '@ponte/runtime'
import {
  claimFingerprintKey,
  createCalendar,
  type Fingerprint,
  readTenantTime,
  type RedisClient,
  type Replicas,
  type SecretBox,
  withDeadline,
} from '@ponte/state'
import { testConnection } from '../calls/test-connection.ts'
import { startGoingLive } from '../shadow/go-live.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import { openRound } from '../upkeep/in-turn.ts'
import { createPruner, queuesInTurn, startHousekeeping } from '../upkeep/start-housekeeping.ts'
import { type BackendDeps, closeWorkers, openQueueBackends } from './create-worker.ts'
import { startHeartbeat } from './heartbeat.ts'
import { type ServedTenant, serveTenant, startHolds } from './serve-tenant.ts'
import { createJobGate } from './job-gate.ts'
import { createProgress } from './progress.ts'
import { createWatch } from './watch-queues.ts'

/** When a shutdown begins, tokens that RD Station has just issued must be stored within this time. */
const STORE_TOKENS_MS = 30_000
/** Redis may be away when a tenant is added. */
const AGAIN_MS = 1000
/** A tenant whose primary is away must not keep up the change of another one. */
const CLAIM_WAIT_MS = 2000

export interface WorkersDeps extends BackendDeps {
  /** That this worker serves. */
  readonly tenants: LiveTenants
  /** Of the whole file: one of all workers prunes all their queues. */
  readonly allTenants: LiveTenants
  /** For queues and Ponte's own state: commands give up after a while. */
  readonly stateRedis: RedisClient
  /** For maintenance of all queues. No job waits for this connection. */
  readonly maintenanceRedis: RedisClient
  /** Confirm what must not be lost. */
  readonly replicas: Replicas
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
  /** How often one of all workers prunes the queues. Default: ten minutes. */
  readonly pruneEveryMs?: number
}

/** Opens BullMQ's workers for the three queues of every tenant. They take no job before `run` is called. */
export function openWorkers(deps: WorkersDeps) {
  const { tenants, allTenants, stateRedis, maintenanceRedis, log } = deps
  const queues = openQueues([], stateRedis, log)
  const backends = openQueueBackends(maintenanceRedis, log)
  /** By name. */
  const serving = new Map<string, ServedTenant>()
  /** Tenants that are not served any more, until their last job has ended. */
  const leaving = new Set<ServedTenant>()
  const served = (): readonly ServedTenant[] => [...serving.values()]
  const connections = () => served().map(({ connection }) => connection)
  const gate = createJobGate({ maxJobs: deps.maxJobs, tenants: () => serving.size })
  const progress = createProgress()
  const watch = createWatch({
    tenants: () => [...serving.keys()],
    redis: maintenanceRedis,
    backends,
    log,
    wakeQuarantine: tenant => serving.get(tenant)?.wakeQuarantine(),
  })
  const shared = {
    ...{ ...deps, backends, gate, hasWaiting: watch.hasWaiting, onProgress: progress.moved },
    calendar: createCalendar(deps.timeZone),
    running: new Map<string, number>(),
  }
  let isClosing = false
  let isEachTried = false
  let isAnyServed = false

  function open(tenant: Tenant): ServedTenant {
    queues.add(tenant)
    const one = serveTenant(tenant, { ...shared, queues: queues.of(tenant.name) })
    serving.set(tenant.name, one)
    return one
  }
  for (const tenant of tenants.current()) open(tenant)

  function start({ workers }: ServedTenant): void {
    for (const worker of workers)
      void worker.run().catch((err: unknown) => log.debug({ err, queue: worker.name }, 'worker error'))
  }

  const heartbeat = startHeartbeat({
    connections,
    backends,
    checkProgress: () =>
      progress.check(
        served().flatMap(({ views }) => views),
        openRound(maintenanceRedis),
      ),
  })
  const goingLive = startGoingLive({ connections, redis: maintenanceRedis, log })
  const holds = startHolds({ served, redis: maintenanceRedis, log })
  const housekeeping = startHousekeeping({
    queues: queuesInTurn(() => allTenants.current(), maintenanceRedis, log),
    redis: maintenanceRedis,
    log,
    prune: createPruner(maintenanceRedis),
    ...(deps.pruneEveryMs !== undefined && { everyMs: deps.pruneEveryMs }),
  })

  /**
   * Starts to serve a tenant if Redis answers for it, and says whether it did. Rejects where another fingerprint key was used: locks would
   * have other names, so this worker could open a second lead beside another one.
   */
  async function enter(one: ServedTenant): Promise<boolean> {
    const { tenant, health } = one.connection
    try {
      const others = await claimFingerprintKey(stateRedis, [tenant], deps.fingerprint)
      if (others.length > 0) throw otherFingerprintKey(others)
      await readTenantTime(stateRedis, tenant)
      await one.hold.follow(await health.declareMode())
    } catch (err) {
      if (err instanceof ConfigurationError) throw err
      log.debug({ err, tenant: tenant.name }, 'a tenant waits for Redis')
      return false
    }
    if (isWanted(one)) start(one)
    isAnyServed = true
    return true
  }

  /** The tenants where another fingerprint key was used. One for which Redis does not answer is not among them: `enter` claims again. */
  async function findOtherKeys(of: readonly Tenant[]): Promise<readonly string[]> {
    const claim = (tenant: Tenant): Promise<readonly string[]> =>
      withDeadline(claimFingerprintKey(stateRedis, [tenant], deps.fingerprint), CLAIM_WAIT_MS).catch(() => [])
    return (await Promise.all(of.map(claim))).flat()
  }

  async function enterLater(one: ServedTenant): Promise<void> {
    log.warn({ tenant: one.connection.tenant.name }, 'a tenant is not served before Redis answers for it')
    do await sleep(AGAIN_MS, undefined, { ref: false })
    while (isWanted(one) && !(await enter(one)))
  }

  const isWanted = (one: ServedTenant): boolean => !isClosing && serving.get(one.connection.tenant.name) === one

  /** Takes no further job of a tenant. Those that run end, however long they take, with what they began with. */
  async function leave({ name }: Tenant): Promise<void> {
    const one = serving.get(name)
    if (one === undefined) return
    serving.delete(name)
    leaving.add(one)
    await Promise.all(one.workers.map(worker => worker.close()))
    await one.connection.account.allStored()
    leaving.delete(one)
  }

  async function storeTokens(all: readonly ServedTenant[], deadline: Promise<'late'>): Promise<void> {
    const stored = Promise.all(all.map(({ connection }) => connection.account.allStored()))
    if ((await Promise.race([stored, deadline])) === 'late') {
      log.error('a renewed token of RD Station could not be stored; if it rolls, the account has to be connected again')
    }
  }

  return {
    /**
     * Serves each tenant for which Redis answers. Resolves when each was tried; `rest` does when the others are served too. Both reject where
     * another fingerprint key was used.
     */
    async run(): Promise<{ readonly rest: Promise<unknown> }> {
      tenants.onChange(({ added, removed }) => {
        const onError = (err: unknown): void => log.error({ err }, 'a tenant could not be added or removed')
        for (const tenant of removed) void leave(tenant).catch(onError)
        for (const tenant of added) {
          const one = open(tenant)
          const entering = enter(one).then(async isServed => isServed || (await enterLater(one)))
          void entering.catch(onError)
        }
      })
      const all = served()
      // None is served before it is known of all.
      const others = await findOtherKeys(tenants.current())
      if (others.length > 0) throw otherFingerprintKey(others)
      const areServed = await Promise.all(all.map(enter))
      isEachTried = true
      watch.run()
      return { rest: Promise.all(all.filter((_one, index) => areServed[index] !== true).map(enterLater)) }
    },
    /** Whether each tenant was tried, and one is served if there is one. */
    isStarted: () => isEachTried && (isAnyServed || serving.size === 0),
    findOtherKeys,
    /** Names of queues in which jobs wait and nothing happens. */
    stuck: () => progress.stuck(),
    /** Names of tenants of which no job is started, because the tenants file and Redis say different modes. */
    held: () => served().flatMap(({ connection, hold }) => (hold.isHeld() ? [connection.tenant.name] : [])),
    queues,
    /** What the work beside jobs needs of each tenant that is served now. */
    served,
    /** Undefined for a tenant that this process does not serve. */
    testConnection: async (tenant: string, system: System, closing: AbortSignal) => {
      const one = serving.get(tenant)
      return one && (await testConnection(system, { ...one, closing }))
    },
    /** Takes no new jobs, lets running jobs finish for 25 s and hands the others back. Stores the last tokens of RD Station first. */
    async close(): Promise<void> {
      isClosing = true
      const all = [...served(), ...leaving]
      for (const { connection } of all) connection.account.stop()
      const deadline = sleep(STORE_TOKENS_MS, 'late' as const, { ref: false })
      heartbeat.stop()
      const watched = watch.stop()
      await closeWorkers(all.flatMap(({ workers }) => workers))
      await storeTokens(all, deadline)
      await watched
      await Promise.all([housekeeping.close(), goingLive.close(), holds.close()])
      await queues.close()
    },
  }
}
