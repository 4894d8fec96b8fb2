import { setTimeout as sleep } from 'node:timers/promises'
import { type Job, Queue } from 'bullmq'

/** Looks into a queue, Ponte's or the bare one's. */
export function openQueue(redisUrl: string, name: string, prefix?: string): Queue {
  const { hostname, port } = new URL(redisUrl)
  const connection = { host: hostname, port: Number(port) }
  return new Queue(name, { connection, skipMetasUpdate: true, ...(prefix !== undefined && { prefix }) })
}

/**
 * Lets what waits in a paused queue run, and waits until nothing is left, asking every `lookMs`. Seconds that it took; throws when a
 * job failed.
 */
export async function drain(queue: Queue, { lookMs = 5 } = {}): Promise<number> {
  const startedAt = performance.now()
  await queue.resume()
  while ((await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized')) > 0) await sleep(lookMs)
  const seconds = (performance.now() - startedAt) / 1000
  const [failed] = await queue.getFailed(0, 0)
  if (failed !== undefined) throw new Error(`a job of ${queue.name} failed: ${failed.failedReason}`)
  return seconds
}

/** Milliseconds from a job's arrival in the queue to its end. */
export const timeOf = ({ timestamp, finishedOn = Number.NaN }: Job): number => finishedOn - timestamp
