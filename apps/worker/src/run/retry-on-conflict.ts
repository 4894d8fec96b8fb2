import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, failures } from '@ponte/contracts'

/** Random, so that jobs that met the same change do not meet again. Short, because the record must be read again within a second. */
const PAUSE_MS = { min: 200, max: 500 }

/**
 * Runs the work again, from its first read on, when another change came between its read and its write. It does so as often as the
 * failure's row allows (`maxTries`). All tries belong to one attempt, so a record that changes often does not wait for the queue's backoff.
 */
export async function retryOnConflict<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      const maxTries = error instanceof Failure ? (failures[error.code].maxTries ?? 1) : 1
      if (tries >= maxTries) throw error
      await sleep(PAUSE_MS.min + Math.random() * (PAUSE_MS.max - PAUSE_MS.min))
    }
  }
}
