import { setTimeout as sleep } from 'node:timers/promises'
import { acquireLock, type Lock } from '@ponte/state'
import type { Redis } from 'ioredis'

/** Runs until it is closed. Closing waits for what is being done. */
export interface Loop {
  close(): Promise<void>
}

/**
 * Does this again and again, each time `everyMs` after the last one ended, so that it never overlaps itself. `task` does not reject;
 * `closing` asks it to end early. `beginsNow`: there is no pause before the first time.
 */
export function repeat(
  task: (closing: AbortSignal) => Promise<unknown>,
  { everyMs, beginsNow = false }: { readonly everyMs: number; readonly beginsNow?: boolean },
): Loop {
  const closing = new AbortController()
  const { signal } = closing

  async function run(): Promise<void> {
    for (let isFirst = beginsNow; !signal.aborted; isFirst = false) {
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

/** The same for each item, one after the other. What fails for one does not keep it from the others. */
export const repeatForEach = <Item>(
  items: readonly Item[],
  task: (item: Item) => Promise<void>,
  { everyMs, onError }: { readonly everyMs: number; readonly onError: (error: unknown, item: Item) => void },
): Loop =>
  repeat(
    async closing => {
      for (const item of items) {
        if (!closing.aborted) await task(item).catch((error: unknown) => onError(error, item))
      }
    },
    { everyMs },
  )

/**
 * What only one of all workers does at a time: nothing happens while another one does it. When that one dies, its turn is free after
 * four seconds. `lock` says whether the turn was lost meanwhile, as by a worker that stood still.
 */
export async function inTurn(redis: Redis, key: string, work: (lock: Lock) => Promise<void>): Promise<void> {
  const lock = await acquireLock(redis, [key], { waitMs: 0 })
  if (lock === undefined) return
  try {
    await work(lock)
  } finally {
    await lock.release()
  }
}
