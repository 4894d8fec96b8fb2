import { setImmediate } from 'node:timers/promises'

/** One turn of the event loop may take this long; then others are served. */
const SLICE_MS = 15

/** Visits what takes long to make or to visit: a process answers others in between. */
export async function visitInSlices<Item>(items: Iterable<Item>, visit: (item: Item) => void): Promise<void> {
  let startedAt = performance.now()
  for (const item of items) {
    visit(item)
    if (performance.now() - startedAt < SLICE_MS) continue
    await setImmediate()
    startedAt = performance.now()
  }
}
