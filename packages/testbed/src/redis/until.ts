import { setTimeout as sleep } from 'node:timers/promises'

const DEADLINE_MS = 60_000

/** Looks until something is there. A look may fail: servers are away. */
export async function until<Value>(what: string, find: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = performance.now() + DEADLINE_MS
  for (;;) {
    const found = await find().catch(() => undefined)
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`there was not ${what} within ${DEADLINE_MS / 1000} s`)
    await sleep(50)
  }
}
