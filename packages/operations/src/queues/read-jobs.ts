import { parseJson } from '@ponte/contracts'
import { isJobId } from '@ponte/runtime'
import { loadScript, type RedisClient } from '@ponte/state'
import { Job, type JobType, type Queue } from 'bullmq'
import { z } from 'zod'

/** In bytes: the longest data that are read of one job, and of all jobs of a page. In place of longer data stands their length. */
const MAX_JOB = 64 * 1024
const MAX_PAGE = 1024 * 1024
/** In bytes: the longest text that is read beside the data. */
const MAX_TEXT = 16 * 1024

/** How many bytes may still be read for a page. Jobs are read one after the other, however many are asked for together. */
export interface ByteBudget {
  left: number
  readonly inTurn: ReturnType<typeof createOneByOne>
}

export const budgetOf = (left: number): ByteBudget => ({ left, inTurn: createOneByOne() })
export const pageBudget = (): ByteBudget => budgetOf(MAX_PAGE)
/** For callers that need only when a job came and how it ended. */
export const withoutData = (): ByteBudget => budgetOf(0)

/** Sends no long data, and of other long members only the beginning. */
const read = loadScript(import.meta.dirname, 'read-job.lua')

const answer = z.tuple([z.coerce.number()]).rest(z.string())
const number = z.coerce.number().catch(0)
const time = z.coerce.number().positive().optional().catch(undefined)
const text = z.string().optional()

/** BullMQ's own names of the members of a job (6.7.0, rawToJobJson). */
const members = z.object({
  name: z.string(),
  data: text,
  opts: text,
  deid: text,
  pb: text,
  timestamp: number,
  delay: number,
  priority: number,
  atm: number,
  ats: number,
  stc: number,
  processedOn: time,
  finishedOn: time,
  failedReason: text,
  stacktrace: text,
  progress: text,
  returnvalue: text,
})

/**
 * A job of a queue, for what is shown, not for what runs or edits a job. Its data are read only as far as the page may still read. In place
 * of longer data stands `{ key, tooLarge }`, so that its event can be found and its size shown. Undefined when there is no such job.
 */
export async function readJob(
  redis: RedisClient,
  queue: Queue,
  id: string,
  budget: ByteBudget,
): Promise<Job | undefined> {
  if (!isJobId(id)) return undefined
  const [size, job] = await budget.inTurn(async () => {
    const [length, ...pairs] = answer.parse(
      await read(redis, [queue.toKey(id)], [Math.min(MAX_JOB, budget.left), MAX_TEXT]),
    )
    const found = members.safeParse(toRecord(pairs)).data
    if (found?.data !== undefined) budget.left -= length
    return [length, found]
  })
  // The remains of a job that was removed while it ran have no name.
  if (job === undefined) return undefined
  const { name, opts, deid, pb, processedOn, finishedOn, returnvalue } = job
  return Job.fromJSON(
    queue,
    {
      id,
      name,
      opts: Job.optsFromJSON(opts),
      data: job.data ?? JSON.stringify({ ...(deid !== undefined && { key: deid }), tooLarge: size }),
      timestamp: job.timestamp,
      delay: job.delay,
      priority: job.priority,
      attemptsMade: job.atm,
      attemptsStarted: job.ats,
      stalledCounter: job.stc,
      ...(processedOn !== undefined && { processedOn }),
      ...(finishedOn !== undefined && { finishedOn }),
      ...(deid !== undefined && { deduplicationId: deid }),
      ...(pb !== undefined && { processedBy: pb }),
      failedReason: job.failedReason ?? '',
      stacktrace: job.stacktrace ?? '[]',
      progress: progress.parse(parseJson(job.progress ?? '0')),
      // JSON that was cut cannot be parsed.
      returnvalue: returnvalue !== undefined && parseJson(returnvalue) !== undefined ? returnvalue : 'null',
    },
    id,
  )
}

const progress = z.union([z.string(), z.boolean(), z.number(), z.looseObject({})]).catch(0)

/** Reads several jobs. Jobs that are gone are left out. */
export async function readJobs(
  redis: RedisClient,
  queue: Queue,
  ids: readonly string[],
  budget: ByteBudget,
): Promise<readonly Job[]> {
  const jobs: Job[] = []
  for (const id of ids) {
    const job = await readJob(redis, queue, id, budget)
    if (job !== undefined) jobs.push(job)
  }
  return jobs
}

/** Reads a part of the jobs in some states, with the arguments of `Queue.getJobs`. */
export async function readJobsOf(
  redis: RedisClient,
  queue: Queue,
  { states, start, end, oldest }: { states: readonly JobType[]; start: number; end: number; oldest: boolean },
  budget: ByteBudget,
): Promise<readonly Job[]> {
  return readJobs(redis, queue, await queue.getRanges([...states], start, end, oldest), budget)
}

export const toRecord = (pairs: readonly string[]): Partial<Record<string, string>> =>
  Object.fromEntries(
    Array.from(
      { length: pairs.length / 2 },
      (_, index) => [pairs[index * 2] ?? '', pairs[index * 2 + 1] ?? ''] as const,
    ),
  )

/** Runs tasks one after the other, so that many requests together read no more at a time than one. */
export function createOneByOne() {
  let last: Promise<unknown> = Promise.resolve()
  return <Value>(work: () => Promise<Value>): Promise<Value> => {
    const next = last.then(work)
    last = next.catch(() => undefined)
    return next
  }
}
