import { type BreakerReason, systems } from '@ponte/contracts'
import { modeInUse, type QueueSnapshot, readBreakers, readOldestStartable, readQueueSnapshot } from '@ponte/operations'
import {
  createMetrics,
  isInShard,
  type JsonAnswer,
  type LiveTenants,
  missingNames,
  quarantineLimits,
  type QueueKind,
  queueKinds,
  type Queues,
  type Shard,
  shard as shardText,
  type Tenant,
} from '@ponte/runtime'
import { createTenantMode, type OpenBreaker, readDrift, readMemory, type RedisClient, withDeadline } from '@ponte/state'
import { Gauge, type Registry } from 'prom-client'

/** Prometheus stops waiting after 10 s by default, so the reading must end well before. */
const SCRAPE_BUDGET_MS = 3000

const reasons = ['down', 'throttled', 'revoked'] as const satisfies readonly BreakerReason[]

/** What Redis answers in time for a scrape; undefined when it fails or is late. Never rejects. */
const inTime = <Value>(work: Promise<Value>, budgetMs = SCRAPE_BUDGET_MS): Promise<Value | undefined> =>
  withDeadline(work, budgetMs).catch(() => undefined)

interface StartableDeps {
  /** The tenants of this moment. */
  readonly tenants: Pick<LiveTenants, 'current'>
  readonly redis: RedisClient
}

interface MetricsOptions extends StartableDeps {
  readonly queues: Queues
  /** Into how many parts workers divide the tenants. */
  readonly shards: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** How long a scrape waits for Redis, in milliseconds. */
  readonly budgetMs?: number
}

/**
 * Queues, quarantines, circuit breakers, drift, modes and the memory of Redis, read at each scrape. What Redis does not answer in time is left
 * out, so that no old value is taken for a new one; `ponte_queue_readable` says of which queues that is.
 */
export function createBoardMetrics(options: MetricsOptions): Registry {
  const { tenants, queues, redis, shards, now = Date.now, budgetMs } = options
  const registry = createMetrics('board')
  const gauges: Gauge[] = []
  let reading: Promise<void> | undefined
  // prom-client asks all gauges at the same time, so they share one reading.
  function gauge(name: string, help: string, labelNames: readonly string[]): Gauge {
    const collect = (): Promise<void> => (reading ??= read().finally(() => (reading = undefined)))
    const made = new Gauge({ name, help, labelNames, registers: [registry], collect })
    gauges.push(made)
    return made
  }
  const ofTenant = ['tenant']
  const ofQueue = [...ofTenant, 'queue']
  const ofSystem = [...ofTenant, 'system']
  const jobs = gauge('ponte_queue_jobs', 'Jobs of a queue by state.', [...ofQueue, 'state'])
  const ages = gauge(
    'ponte_queue_oldest_seconds',
    'How long the oldest event waits since it could run; since a delayed one came or last ran; since the first active job was started.',
    [...ofQueue, 'state'],
  )
  const paused = gauge('ponte_queue_paused', '1 when the queue is paused.', ofQueue)
  const readable = gauge('ponte_queue_readable', '0 when Redis did not tell about the queue in time.', ofQueue)
  const deliveries = gauge(
    'ponte_quarantine_deliveries',
    'Deliveries in quarantine that count towards its limit.',
    ofTenant,
  )
  const bytes = gauge('ponte_quarantine_bytes', 'Bytes of the deliveries in quarantine.', ofTenant)
  const used = gauge(
    'ponte_quarantine_used_ratio',
    'Share of the limit of deliveries or of bytes, the larger.',
    ofTenant,
  )
  const open = gauge('ponte_circuit_breaker_open', '1 while the circuit breaker of a system is open for this reason.', [
    ...ofSystem,
    'reason',
  ])
  const openSeconds = gauge(
    'ponte_circuit_breaker_open_seconds',
    'How long the circuit breaker of a system has been open; 0 when it is closed.',
    ofSystem,
  )
  const secondsLeft = gauge(
    'ponte_circuit_breaker_next_probe_seconds',
    'Time until one job probes the system; 0 when the circuit breaker is closed.',
    ofSystem,
  )
  const drift = gauge('ponte_drift', '1 for what a vendor changed in an answer or a webhook.', [
    ...ofTenant,
    ...['kind', 'member', 'what'],
  ])
  const shadow = gauge('ponte_shadow', '1 while a tenant is in the shadow, where nothing is written; else 0.', ofTenant)
  const usedMemory = gauge(
    'ponte_redis_used_memory_bytes',
    'Memory that Redis uses; of a Cluster, its fullest primary.',
    [],
  )
  const maxMemory = gauge(
    'ponte_redis_max_memory_bytes',
    'Memory that Redis may use, or that primary; 0: all there is.',
    [],
  )
  const startable = gauge(
    'ponte_oldest_startable_seconds',
    'How long the oldest event waits that another worker could start. What is paused, held by an open circuit breaker or waits for quota does not count.',
    ['shard'],
  )

  async function read(): Promise<void> {
    for (const each of gauges) each.reset()
    // A gauge without labels comes back from `reset` as 0, which would be taken for a measurement.
    for (const each of [usedMemory, maxMemory]) each.set(Number.NaN)
    await Promise.all([
      ...tenants
        .current()
        .flatMap(tenant => [
          ...queueKinds.map(kind => readQueue(tenant, kind)),
          ...[readQuarantine(tenant), readTenant(tenant)],
        ]),
      ...[readRedisMemory(), readStartable()],
    ])
  }

  async function readQueue(tenant: Tenant, kind: QueueKind): Promise<void> {
    const labels = { tenant: tenant.name, queue: kind }
    const queueRef = { tenant, kind, queue: queues.of(tenant.name)[kind] }
    const snapshot = await inTime(readQueueSnapshot(redis, queueRef, { now: now() }), budgetMs)
    readable.set(labels, snapshot === undefined ? 0 : 1)
    if (snapshot !== undefined) showQueue(labels, snapshot)
  }

  function showQueue(labels: { tenant: string; queue: string }, snapshot: QueueSnapshot): void {
    const { counts, oldestWaitingMs: waiting, oldestDelayedMs: delayed, longestActiveMs: active } = snapshot
    for (const [state, count] of Object.entries(counts)) jobs.set({ ...labels, state }, count)
    paused.set(labels, snapshot.paused ? 1 : 0)
    for (const [state, ageMs = 0] of Object.entries({ waiting, delayed, active }))
      ages.set({ ...labels, state }, ageMs / 1000)
  }

  async function readQuarantine(tenant: Tenant): Promise<void> {
    const labels = { tenant: tenant.name }
    const use = await inTime(queues.of(tenant.name).quarantineSize.use(quarantineLimits(tenant)), budgetMs)
    if (use === undefined) return
    deliveries.set(labels, use.deliveries)
    bytes.set(labels, use.bytes)
    used.set(labels, use.share)
  }

  async function readTenant({ name: tenant, settings }: Tenant): Promise<void> {
    const [breakers, changes = [], record] = await Promise.all([
      inTime(readBreakers(redis, tenant, Date.now()), budgetMs),
      inTime(readDrift(redis, tenant, Date.now()), budgetMs),
      inTime(createTenantMode(redis, tenant).read(), budgetMs),
    ])
    if (record !== undefined) shadow.set({ tenant }, modeInUse(record, settings.mode) === 'shadow' ? 1 : 0)
    for (const { kind, member, what } of changes) drift.set({ tenant, kind, member, what }, 1)
    for (const system of breakers === undefined ? [] : systems) {
      const current = breakers?.find(breaker => breaker.system === system)
      showBreaker({ tenant, system }, current)
    }
  }

  function showBreaker(labels: { tenant: string; system: string }, current: OpenBreaker | undefined): void {
    for (const reason of reasons) open.set({ ...labels, reason }, current?.reason === reason ? 1 : 0)
    const seconds = (from: number, to: number): number => Math.max(0, to - from) / 1000
    openSeconds.set(labels, current === undefined ? 0 : seconds(current.since, Date.now()))
    secondsLeft.set(labels, current === undefined ? 0 : seconds(Date.now(), current.until))
  }

  async function readRedisMemory(): Promise<void> {
    const fullest = await inTime(readMemory(redis), budgetMs)
    if (fullest === undefined) return
    usedMemory.set(fullest.used)
    maxMemory.set(fullest.max)
  }

  /** A part of which Redis does not tell in time is left out: 0 would end workers. */
  async function readStartable(): Promise<void> {
    const startableAges = await inTime(readAges(redis, tenants.current()), budgetMs)
    for (let number = 1; startableAges !== undefined && number <= shards; number += 1) {
      const oldest = oldestOf(startableAges, { number, of: shards })
      if (oldest.isKnown) startable.set({ shard: `${number}/${shards}` }, oldest.seconds)
    }
  }

  return registry
}

/**
 * The age of the oldest event that another worker could start, as JSON for a scaler that reads no Prometheus: `?shard=2/8`, or names of tenants;
 * without it all tenants. A wrong part is refused: a scaler would take 0 for an answer.
 */
export function answerStartable({ tenants, redis }: StartableDeps) {
  return async (query: URLSearchParams): Promise<JsonAnswer> => {
    const asked = query.get('shard') ?? undefined
    const part = asked === undefined ? undefined : shardText.safeParse(asked)
    if (part?.success === false)
      return { status: 400, value: { problem: part.error.issues.map(({ message }) => `shard: ${message}`).join('; ') } }
    const all = tenants.current()
    if (missingNames(part?.data, all).length > 0)
      return { status: 404, value: { problem: 'shard: the tenants file has not all of these tenants' } }
    const own = all.filter(({ name }) => isInShard(name, part?.data))
    const ages = await inTime(readAges(redis, own))
    const oldest = ages && oldestOf(ages, part?.data)
    if (oldest === undefined || !oldest.isKnown) return { status: 503, value: { problem: 'redis does not answer' } }
    return { status: 200, value: { oldestStartableSeconds: oldest.seconds, tenants: oldest.tenants } }
  }
}

type Ages = Awaited<ReturnType<typeof readOldestStartable>>

const readAges = (redis: RedisClient, tenants: readonly Tenant[]): Promise<Ages> =>
  readOldestStartable(redis, tenants, { now: Date.now() })

/** Not known when Redis answered for none of the part's tenants. A single one that cannot be read must not hide the others. */
function oldestOf({ ageMs, unreadable }: Ages, part: Shard | undefined) {
  const own = [...ageMs].filter(([tenant]) => isInShard(tenant, part))
  const seconds = own.reduce((oldest, [, age]) => Math.max(oldest, age), 0) / 1000
  const isKnown = own.length > 0 || !unreadable.some(tenant => isInShard(tenant, part))
  return { seconds, tenants: own.length, isKnown }
}
