import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, type QueueKind, queueKinds, queueName, queuePrefix } from '@ponte/runtime'
import { QueueKeys } from 'bullmq'
import type { ChainableCommander, Redis } from 'ioredis'
import type { QueueBackends } from './queue-backends.ts'

/** Together with a job's lock of 5 s, two rounds must stay below 10 s (docs/behaviour.md#shutdown-and-crashes). */
const EVERY_MS = 1500
/** A pipeline for all tenants at once would keep Redis from others for too long. */
const TENANTS_AT_ONCE = 200

export interface WatchOptions {
  readonly tenants: readonly string[]
  /** For maintenance: no job waits for it. */
  readonly redis: Redis
  readonly backends: QueueBackends
  readonly log: Logger
  /** There may be jobs in the tenant's quarantine, whose worker does not wait for them itself. */
  readonly wakeQuarantine: (tenant: string) => void
}

interface WatchedQueue {
  readonly tenant: string
  readonly kind: QueueKind
  readonly name: string
  readonly keys: { readonly wait: string; readonly active: string; readonly delayed: string }
}

/**
 * Looks at all queues every 1.5 s once it runs: jobs of workers that are gone are taken over, the worker of a quarantine is woken, and queues in
 * which jobs wait are known. As long as no job waits or runs, that is one read for each tenant.
 */
export function createWatch({ tenants, redis, backends, log, wakeQuarantine }: WatchOptions) {
  const closing = new AbortController()
  const watched = tenants.map(tenant => queueKinds.map(kind => watchedQueue(tenant, kind)))
  let waiting: ReadonlySet<string> = new Set()

  async function look(): Promise<void> {
    const busy = (await findBusy(redis, watched)).flat()
    const counts = await countAll(redis, busy, (commands, { keys }) => {
      commands.llen(keys.wait).llen(keys.active).zcard(keys.delayed)
    })
    const states = busy.map((queue, index) => {
      const [waits = 0, runs = 0, delayed = 0] = counts.slice(index * 3)
      return { ...queue, waits, runs, delayed }
    })
    waiting = new Set(states.flatMap(({ name, waits }) => (waits > 0 ? [name] : [])))
    for (const { tenant, kind, waits, delayed } of states) {
      if (kind === 'quarantine' && waits + delayed > 0) wakeQuarantine(tenant)
    }
    await Promise.all(states.filter(({ runs }) => runs > 0).map(queue => takeOver(queue)))
  }

  /** Puts jobs back whose worker is gone. BullMQ finds them in two checks: jobs that were active, and then have no lock. */
  async function takeOver({ tenant, kind, name }: WatchedQueue): Promise<void> {
    const jobIds = await backends(tenant, kind).moveStalledJobsToWait()
    for (const jobId of jobIds) log.warn({ jobId, queue: name }, 'a job was taken over from a worker that is gone')
  }

  async function lookAgainAndAgain(): Promise<void> {
    while (!closing.signal.aborted) {
      await look().catch((err: unknown) => log.debug({ err }, 'the queues could not be watched'))
      await sleep(EVERY_MS, undefined, { signal: closing.signal, ref: false }).catch(() => undefined)
    }
  }

  let running: Promise<void> | undefined
  return {
    run(): void {
      running = lookAgainAndAgain()
    },
    /** Whether jobs waited in the queue at the last look. */
    hasWaiting: (queue: string): boolean => waiting.has(queue),
    async stop(): Promise<void> {
      closing.abort()
      await running
    },
  }
}

/** The queues of tenants that have any job to run. A delayed job counts in quarantine only: other workers wait for it themselves. */
async function findBusy(redis: Redis, watched: readonly WatchedQueue[][]): Promise<WatchedQueue[][]> {
  const found: WatchedQueue[][] = []
  for (let done = 0; done < watched.length; done += TENANTS_AT_ONCE) {
    const some = watched.slice(done, done + TENANTS_AT_ONCE)
    const counts = await countAll(redis, some, (commands, queues) => {
      commands.exists(
        queues.flatMap(({ kind, keys }) => [keys.wait, keys.active, ...(kind === 'quarantine' ? [keys.delayed] : [])]),
      )
    })
    found.push(...some.filter((_queues, index) => counts[index] !== 0))
  }
  return found
}

/** The answers of all commands, in one round trip. */
async function countAll<Item>(
  redis: Redis,
  items: readonly Item[],
  ask: (commands: ChainableCommander, item: Item) => void,
): Promise<number[]> {
  if (items.length === 0) return []
  const commands = redis.pipeline()
  for (const item of items) ask(commands, item)
  const answers = (await commands.exec()) ?? []
  return answers.map(([error, count]) => {
    if (error !== null) throw error
    return Number(count)
  })
}

function watchedQueue(tenant: string, kind: QueueKind): WatchedQueue {
  const name = queueName(tenant, kind)
  const keys = new QueueKeys(queuePrefix(tenant))
  const key = (type: string): string => keys.toKey(name, type)
  return { tenant, kind, name, keys: { wait: key('wait'), active: key('active'), delayed: key('delayed') } }
}
