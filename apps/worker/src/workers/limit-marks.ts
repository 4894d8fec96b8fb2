import type { Tenant } from '@ponte/runtime'
import type { Queue } from 'bullmq'

/** How long a mark may wait for its turn at the quota once it runs. Enough for slow answers of both systems to leave no turn unused. */
const SECONDS_IN_LINE = 6
const LEAST = 4

/** How many marks may run at a time, over all workers: as many as the quota has turns for within seconds. */
const marksAtATime = (callsPerMinute: number): number =>
  Math.max(LEAST, Math.ceil((callsPerMinute * SECONDS_IN_LINE) / 60))

/**
 * Lets the workers take marks only as fast as the quota has turns: a job that runs reads TOTVS CRM before it needs a turn, and one
 * that gets none reads again later. The queue itself counts what runs, so that whoever is killed gives its share back with its jobs.
 */
export const limitMarks = (queue: Queue, { settings }: Tenant): Promise<unknown> =>
  queue.setGlobalConcurrency(marksAtATime(settings.rdStation.callsPerMinute))
