import { setTimeout as sleep } from 'node:timers/promises'
import { acquireLock, type Lock, primaryNameOf, type RedisClient, stateKey, withDeadline } from '@ponte/state'

/** A task that repeats until it is closed. Closing waits for the run that is under way. */
export interface Loop {
  close(): Promise<void>
}

/**
 * Runs `task` again and again, each time `everyMs` after the last run ended, so that runs never overlap. `task` must not reject, and should
 * end early once `closing` is aborted. `runsImmediately`: the first run comes without a pause.
 */
export function repeat(
  task: (closing: AbortSignal) => Promise<unknown>,
  { everyMs, runsImmediately = false }: { readonly everyMs: number; readonly runsImmediately?: boolean },
): Loop {
  const closing = new AbortController()
  const { signal } = closing

  async function run(): Promise<void> {
    for (let isFirst = runsImmediately; !signal.aborted; isFirst = false) {
      if (!isFirst) await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
      if (!signal.aborted) await task(signal)
    }
  }

  const running = run()
  return {
    async close(): Promise<void> {
      closing.abort()
      await running
    },
  }
}

export interface ForEachOptions<Item> {
  readonly everyMs: number
  readonly redis: RedisClient
  /** The name of the tenant that an item belongs to. */
  readonly tenantOf: (item: Item) => string
  readonly onError: (error: unknown, item: Item) => void
}

/**
 * Repeats a task for each item that there is then, one after the other. A failure for one item does not stop the others, unless the primary
 * that they share is away. An item that is gone when its turn comes is left out, so an item must stay the same object.
 */
export const repeatForEach = <Item>(
  items: () => readonly Item[],
  task: (item: Item, closing: AbortSignal) => Promise<void>,
  { everyMs, redis, tenantOf, onError }: ForEachOptions<Item>,
): Loop =>
  repeat(
    async closing => {
      const round = openRound(redis)
      for (const item of items()) {
        if (closing.aborted) return
        if (!items().includes(item)) continue
        await round(tenantOf(item), () => task(item, closing)).catch((error: unknown) => onError(error, item))
      }
    },
    { everyMs },
  )

/**
 * Runs `work` in one of all workers at a time. Does nothing while another worker does it. When that worker dies, the lock is free after
 * four seconds. `lock` says whether this worker has lost it, for example because the process stood still.
 */
export async function inTurn(redis: RedisClient, key: string, work: (lock: Lock) => Promise<void>): Promise<void> {
  const lock = await acquireLock(redis, [key], { waitMs: 0 })
  if (lock === undefined) return
  try {
    await work(lock)
  } finally {
    await lock.release()
  }
}

/** A primary that says nothing for so long is taken for away. */
const ANSWER_MS = 1000

/** Does the work of one tenant. Rejects as the work does, or at once where the tenant's primary is away. */
export type Round = <Result>(tenant: string, work: () => Promise<Result>) => Promise<Result>

/**
 * One round through all tenants, one after the other. A command to a primary that is away takes seconds to fail. So a tenant whose work
 * failed has its primary asked whether it is there, and if it is not, its other tenants are left out until the next round.
 */
export function openRound(redis: RedisClient): Round {
  /** By name. A Redis without a Cluster has one, without a name. */
  const away = new Set<string | undefined>()
  return async (tenant, work) => {
    const key = stateKey(tenant, 'start')
    const primary = primaryNameOf(redis, key)
    if (away.has(primary)) throw new Error('the primary of this tenant did not answer in this round')
    try {
      return await work()
    } catch (error) {
      await withDeadline(redis.exists(key), ANSWER_MS).catch(() => away.add(primary))
      throw error
    }
  }
}
