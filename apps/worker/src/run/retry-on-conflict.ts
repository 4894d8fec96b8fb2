import { setTimeout as sleep } from 'node:timers/promises'
import { ConflictFailure } from '@ponte/contracts'

const TRIES = 3
/** Together with the look-up that follows it well under a second, and not the same for all who met the same change. */
const PAUSE_MS = { least: 200, most: 500 }

/**
 * Runs the work again, from its first read on, when another change came between its read and its write: what it had read is
 * old. At most three times within one attempt, so that a record that is in use does not wait for the queue's backoff.
 */
export async function retryOnConflict<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ConflictFailure) || tries >= TRIES) throw error
      await sleep(PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least))
    }
  }
}
