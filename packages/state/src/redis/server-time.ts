import { loadScript } from './load-script.ts'
import type { RedisClient } from './redis-client.ts'

const run = loadScript(import.meta.dirname, 'server-time.lua')

/** Milliseconds since 1970, by the clock of the server that has this key: on a Cluster the clocks may differ. */
export const serverTime = async (redis: RedisClient, key: string): Promise<number> => Number(await run(redis, [key]))
