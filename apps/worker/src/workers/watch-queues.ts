import { withDeadline } from '@ponte/state'
import { type Logger, type QueueKind, queueKinds, queueName, queuePrefix } from '@ponte/runtime'
import { QueueKeys } from 'bullmq'
import type { ChainableCommander } from 'ioredis'
import type { RedisClient } from '@ponte/state'
import { type Loop, repeat } from '../upkeep/in-turn.ts'
import type { QueueBackends } from './create-worker.ts'

/** A job's lock of 5 s and two rounds must stay below 10 s together (docs/behaviour/queues.md#shutdown-and-crashes). */
const EVERY_MS = 1500
/** BullMQ puts a job that is due a little later than this itself. */
const OVERDUE_MS = 1000
/** A tenant whose primary is away must not keep up the others. */
const ANSWER_MS = 1000
/** Commands for all queues at once would keep Redis from others for too long. */
const AT_ONCE = 200

export interface WatchOptions {
  /** That are served now. */
  readonly tenants: () => readonly string[]
  /** The connection for maintenance: no job waits for it. */
  readonly redis: RedisClient
  readonly backends: QueueBackends
  readonly log: Logger
  /** Called when the tenant's quarantine has jobs, because its worker does not wait for them itself. */
  readonly wakeQuarantine: (tenant: string) => void
}

interface WatchedQueue {
  readonly tenant: string
  readonly kind: QueueKind
  readonly name: string
  readonly keys: Readonly<Record<'wait' | 'prioritized' | 'active' | 'delayed' | 'marker', string>>
}

/**
 * Looks at all queues every 1.5 s once it runs. It takes over jobs of workers that are gone, wakes the worker of a quarantine, and
 * remembers in which queues jobs wait. While no job waits or runs, that is one read for each tenant.
 */
export function createWatch({ tenants, redis, backends, log, wakeQuarantine }: WatchOptions) {
  const known = new Map<string, WatchedQueue[]>()
  function queuesOf(tenant: string): WatchedQueue[] {
    const own = known.get(tenant) ?? queueKinds.map(kind => watchedQueue(tenant, kind))
    known.set(tenant, own)
    return own
  }
  let waiting: ReadonlySet<string> = new Set()
  /** The queues that had a job to start at the last look. */
  let startable: ReadonlySet<string> = new Set()

  async function look(): Promise<void> {
    const { busy, unknown } = await findBusy(redis, tenants().map(queuesOf))
    const counts = await countAll(redis, busy, (commands, { keys }) => {
      commands.llen(keys.wait).zcard(keys.prioritized).llen(keys.active)
      commands.zcard(keys.delayed).zcount(keys.delayed, '-inf', overdueScore())
    })
    const states = busy.map((queue, index) => {
      const found = counts.slice(index * 5, (index + 1) * 5)
      const [listed = 0, prioritized = 0, runs = 0, delayed = 0, overdue = 0] = found
      const waits = listed + prioritized
      return { ...queue, waits, runs, delayed, isStartable: waits + overdue > 0, isKnown: found[0] !== undefined }
    })
    const overlooked = states.filter(({ name, isStartable }) => isStartable && startable.has(name))
    startable = new Set(states.flatMap(({ name, isStartable }) => (isStartable ? [name] : [])))
    // Of a tenant whose primary is away, what was known stays.
    const kept = [...unknown, ...states.filter(({ isKnown }) => !isKnown)].filter(({ name }) => waiting.has(name))
    waiting = new Set([...kept, ...states.filter(({ waits }) => waits > 0)].map(({ name }) => name))
    for (const { tenant, kind, waits, delayed } of states) {
      if (kind === 'quarantine' && waits + delayed > 0) wakeQuarantine(tenant)
    }
    const running = states.filter(({ runs }) => runs > 0)
    await Promise.all([
      ...running.map(queue => takeOver(queue).catch(onError)),
      ...overlooked.map(queue => wakeOne(queue).catch(onError)),
    ])
  }

  /**
   * Wakes one worker that waits for jobs of the queue. BullMQ does this with each job. But a worker that was just woken, or that waited for
   * the time of a delayed job, may have died, and the others would sleep for `drainDelay`.
   */
  const wakeOne = async ({ keys }: WatchedQueue): Promise<void> => void (await redis.zadd(keys.marker, 0, '0'))

  /** Puts jobs of vanished workers back. BullMQ needs two checks: the first notes active jobs, the second finds those without a lock. */
  async function takeOver({ tenant, kind, name }: WatchedQueue): Promise<void> {
    const jobIds = await backends(tenant, kind).moveStalledJobsToWait()
    for (const jobId of jobIds) log.warn({ jobId, queue: name }, 'a job was taken over from a worker that is gone')
  }

  /** An error with one tenant must not keep the others' jobs from being taken over. */
  const onError = (err: unknown): void => log.debug({ err }, 'a queue could not be watched')

  let loop: Loop | undefined
  return {
    run(): void {
      loop = repeat(() => look().catch(onError), { everyMs: EVERY_MS, runsImmediately: true })
    },
    /** Whether jobs waited in the queue at the last look. */
    hasWaiting: (queue: string): boolean => waiting.has(queue),
    async stop(): Promise<void> {
      await loop?.close()
    },
  }
}

interface Found {
  /** The queues of all tenants that have a job to run, now or later. */
  readonly busy: readonly WatchedQueue[]
  /** Those of which Redis did not say whether they have one. */
  readonly unknown: readonly WatchedQueue[]
}

async function findBusy(redis: RedisClient, watched: readonly WatchedQueue[][]): Promise<Found> {
  const counts = await countAll(redis, watched, (commands, queues) => {
    commands.exists(queues.flatMap(({ keys }) => [keys.wait, keys.prioritized, keys.active, keys.delayed]))
  })
  return {
    busy: watched.filter((_queues, index) => (counts[index] ?? 0) > 0).flat(),
    unknown: watched.filter((_queues, index) => counts[index] === undefined).flat(),
  }
}

/**
 * The answers to all commands. Undefined for one that Redis refuses, or does not answer in time: on a Cluster one primary may be away.
 * Each item is of one tenant and has a pipeline of its own, because on a Cluster no pipeline may span tenants.
 */
async function countAll<Item>(
  redis: RedisClient,
  items: readonly Item[],
  ask: (commands: ChainableCommander, item: Item) => void,
): Promise<(number | undefined)[]> {
  const counts: (number | undefined)[] = []
  for (let done = 0; done < items.length; done += AT_ONCE) {
    const some = items.slice(done, done + AT_ONCE).map(item => {
      const commands = redis.pipeline()
      ask(commands, item)
      return answersOf(commands)
    })
    counts.push(...(await Promise.all(some)).flat())
  }
  return counts
}

async function answersOf(commands: ChainableCommander): Promise<(number | undefined)[]> {
  const none = Array.from({ length: commands.length }, () => undefined)
  const answers = await withDeadline(commands.exec(), ANSWER_MS).catch(() => null)
  return answers?.map(([error, count]) => (error === null ? Number(count) : undefined)) ?? none
}

function watchedQueue(tenant: string, kind: QueueKind): WatchedQueue {
  const name = queueName(tenant, kind)
  const keys = new QueueKeys(queuePrefix(tenant))
  const key = (type: string): string => keys.toKey(name, type)
  const [wait, prioritized, active] = [key('wait'), key('prioritized'), key('active')]
  return { tenant, kind, name, keys: { wait, prioritized, active, delayed: key('delayed'), marker: key('marker') } }
}

/** BullMQ's scores of delayed jobs are times in milliseconds, shifted by 12 bits. */
const overdueScore = (): number => (Date.now() - OVERDUE_MS) * 0x1000
