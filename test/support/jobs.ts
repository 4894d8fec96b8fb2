import { isRecord } from '@ponte/contracts'
import { type Job, Queue } from 'bullmq'
import { inject } from 'vitest'

type QueueKind = 'totvs-crm' | 'rd-station' | 'quarantine'

/** Each queue that the tests of this file look into is opened once: they ask again and again until something has happened. */
const opened = new Map<string, Queue>()

/** After each file: `close-queues.ts`. */
export async function closeQueues(): Promise<void> {
  const queues = [...opened.values()]
  opened.clear()
  await Promise.all(queues.map(queue => queue.close()))
}

/** Looks into one of a tenant's queues, as an operator does. */
export async function withQueue<Result>(
  tenant: string,
  kind: QueueKind,
  read: (queue: Queue) => Promise<Result>,
  redisUrl: string = inject('redisUrl'),
): Promise<Result> {
  const name = `${tenant}.${kind}`
  const queue = opened.get(name) ?? openQueue(redisUrl, tenant, name)
  opened.set(name, queue)
  return await read(queue)
}

function openQueue(redisUrl: string, tenant: string, name: string): Queue {
  const { hostname, port } = new URL(redisUrl)
  // The settings of the queue stay Ponte's own.
  return new Queue(name, {
    connection: { host: hostname, port: Number(port) },
    prefix: `{${tenant}}`,
    skipMetasUpdate: true,
  })
}

export const failedJobs = (tenant: string, kind: QueueKind): Promise<Job[]> =>
  withQueue(tenant, kind, queue => queue.getFailed())

/** Nothing waits, runs, or is to run later. A job that only looks again, because a record was behind its event, is at rest. */
export const isQuiet = (tenant: string, kind: QueueKind): Promise<boolean> =>
  withQueue(tenant, kind, async queue => {
    // Counted in one moment: a job that is due goes from one state to the other between two questions.
    const counts = await queue.getJobCounts('waiting', 'active', 'prioritized', 'delayed')
    const { delayed: left = 0, ...others } = counts
    if (Object.values(others).some(count => count > 0)) return false
    const delayed = await queue.getDelayed()
    if (delayed.length !== left) return false
    return (await Promise.all(delayed.map(job => looksAgain(queue, job)))).every(Boolean)
  })

/** Ponte has read the record of its event, and will read it once more (docs/behaviour/marks.md#webhooks-that-come-too-soon). */
async function looksAgain(queue: Queue, { id = '' }: Job): Promise<boolean> {
  const { logs } = await queue.getJobLogs(id)
  return logs.at(-1)?.includes('record-behind-event') === true
}

/** What the last job about this e-mail ended with, once it has ended without a failure. */
export const resultOf = (
  tenant: string,
  email: string | undefined,
): Promise<{ outcome: unknown; summary: unknown } | undefined> =>
  withQueue(tenant, 'totvs-crm', async queue => {
    const done = await queue.getCompleted()
    const result: unknown = done.find(({ data }) => data?.lead?.email === email)?.returnvalue
    return isRecord(result) ? { outcome: result['outcome'], summary: result['summary'] } : undefined
  })
