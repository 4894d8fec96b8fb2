import { loadScript, type RedisClient } from '@ponte/state'
import type { Job } from 'bullmq'

/** A job that finds no room in a process goes back to its queue for this long at most. */
export const NO_ROOM_PAUSE_MS = 2000

const remember = loadScript(import.meta.dirname, 'no-room.lua')

/**
 * Records that a worker took this job, had no room for it and is about to put it back. Without that, the job would seem to have waited only
 * since its last pause, however long it goes from one full process to the next.
 */
export async function recordNoRoom(redis: RedisClient, jobKey: string, job: Job): Promise<void> {
  const { attemptsStarted: run, timestamp, processedOn = timestamp } = job
  const isFresh = run === 1 && !job.opts.delay
  await remember(redis, [jobKey], [run, isFresh ? timestamp : processedOn])
}
