import { loadScript } from './load-script.ts'
import type { RedisClient } from './redis-client.ts'

/** The two clocks of a machine. */
export interface Clock {
  /** Is never adjusted, but on Linux it stops while the machine is suspended. */
  monotonicMs(): number
  /** Goes on while the machine is suspended, but may be adjusted. */
  wallMs(): number
}

export const systemClock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() }

/** Counts the milliseconds from now on, for times that must not be underestimated: the larger count of the two clocks. */
export function startStopwatch(clock: Clock): () => number {
  const monotonic = clock.monotonicMs()
  const wall = clock.wallMs()
  return () => Math.max(clock.monotonicMs() - monotonic, clock.wallMs() - wall)
}

const askServer = loadScript(import.meta.dirname, 'server-time.lua')

/** Milliseconds since 1970, by the clock of the server that has this key: on a Cluster the clocks may differ. */
export const serverTime = async (redis: RedisClient, key: string): Promise<number> =>
  Number(await askServer(redis, [key]))
