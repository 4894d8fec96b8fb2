import { setTimeout as sleep } from 'node:timers/promises'
import { PATIENCE_MS } from '../patience.ts'

/** Looks until something is there. A look may fail: servers are away. */
export async function until<Value>(what: string, find: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const found = await find().catch(() => undefined)
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`there was not ${what} within ${PATIENCE_MS / 1000} s`)
    await sleep(50)
  }
}
