import { Queue } from 'bullmq'
import { expect, vi } from 'vitest'
import { type Company, patience } from './company.ts'

export type QueueKind = 'totvs-crm' | 'rd-station' | 'quarantine'

const ended = ['completed', 'failed'] as const
const pending = ['waiting', 'active', 'delayed', 'prioritized'] as const

/** A job as an operator sees it. */
export interface JobView {
  readonly id: string
  readonly name: string
  readonly state: 'completed' | 'failed' | 'pending'
  /** Attempts that were spent; a delayed run spends none. */
  readonly attempts: number
  readonly failedReason: string | undefined
  readonly result: unknown
  readonly logs: readonly string[]
}

/** One HTTP attempt, as a job's log shows it. */
export interface LoggedCall {
  readonly system: string
  readonly method: string
  readonly path: string
  readonly status: number | null
  readonly code: string | undefined
}

/** Looks into the queues of one tenant, as an operator does; its connections stay open until `close`. */
export function openQueueView(redisUrl: string, tenant: string) {
  const { hostname, port } = new URL(redisUrl)
  const open = (kind: QueueKind): Queue => {
    const connection = { host: hostname, port: Number(port), retryStrategy: () => 100 }
    // The settings of the queue stay Ponte's own.
    const queue = new Queue(`${tenant}.${kind}`, { connection, prefix: `{${tenant}}`, skipMetasUpdate: true })
    queue.on('error', () => {})
    return queue
  }
  const queues = {
    'totvs-crm': open('totvs-crm'),
    'rd-station': open('rd-station'),
    quarantine: open('quarantine'),
  } satisfies Record<QueueKind, Queue>

  async function list(
    kind: QueueKind,
    states: readonly ((typeof ended)[number] | (typeof pending)[number])[],
    text: string,
  ): Promise<JobView[]> {
    const queue = queues[kind]
    const found = (await queue.getJobs([...states])).filter(job => JSON.stringify(job.data).includes(text))
    return await Promise.all(
      found.map(async job => {
        const id = job.id ?? ''
        const { logs } = await queue.getJobLogs(id)
        const { name, attemptsMade: attempts, returnvalue: result } = job
        // The reason of an attempt that failed stays with a job that then succeeded.
        const state = job.finishedOn === undefined ? 'pending' : result === null ? 'failed' : 'completed'
        const failedReason = state === 'failed' ? job.failedReason : undefined
        return { id, name, state, attempts, failedReason, result, logs }
      }),
    )
  }

  const view = {
    queues,
    /** Jobs whose data hold the text. */
    jobs: (kind: QueueKind, text = ''): Promise<JobView[]> => list(kind, [...ended, ...pending], text),
    failed: (kind: QueueKind, text = ''): Promise<JobView[]> => list(kind, ['failed'], text),

    /** Waits until every job whose data hold the text has ended, and there is one. */
    async ended(kind: QueueKind, text: string): Promise<readonly JobView[]> {
      // Tests that run at the same time have no `expect.poll` here.
      return await vi.waitFor(async () => {
        const left = await list(kind, pending, text)
        if (left.length > 0) throw new Error(`${left.length} jobs pending`)
        const found = await list(kind, ended, text)
        if (found.length === 0) throw new Error('there is no such job')
        return found
      }, patience)
    },

    /** The same for the only such job. */
    async endedJob(kind: QueueKind, text: string): Promise<JobView> {
      const [job, ...others] = await view.ended(kind, text)
      if (job === undefined || others.length > 0) throw new Error(`there are ${others.length + 1} such jobs`)
      return job
    },

    countPending: (kind: QueueKind): Promise<number> => queues[kind].getJobCountByTypes(...pending),

    /** Nothing waits, runs, or is to run later. */
    async untilQuiet(...kinds: readonly QueueKind[]): Promise<void> {
      const asked = kinds.length > 0 ? kinds : (['totvs-crm', 'rd-station', 'quarantine'] as const)
      await expect.poll(async () => Math.max(...(await Promise.all(asked.map(view.countPending)))), patience).toBe(0)
    },

    async close(): Promise<void> {
      await Promise.all(Object.values(queues).map(queue => queue.close()))
    },
  }
  return view
}

export type QueueView = ReturnType<typeof openQueueView>

/**
 * No webhook of the CRM is on its way, and no job is left. Each may become the other between two questions: it is over when no webhook
 * came since there was neither.
 */
export async function untilOver({ sandbox }: Company, view: QueueView): Promise<void> {
  let sentBefore: number | undefined
  await expect
    .poll(async () => {
      const deliveries = await sandbox.deliveries()
      const left = await Promise.all((['rd-station', 'totvs-crm'] as const).map(view.countPending))
      const isQuiet = deliveries.every(({ state }) => state === 'delivered') && Math.max(...left) === 0
      const isOver = isQuiet && deliveries.length === sentBefore
      sentBefore = isQuiet ? deliveries.length : undefined
      return isOver
    }, patience)
    .toBe(true)
}

/** The HTTP attempts in job logs, in the order of their times. */
export function loggedCalls(jobs: readonly { readonly logs: readonly string[] }[]): LoggedCall[] {
  return jobs
    .flatMap(({ logs }) => logs)
    .toSorted()
    .flatMap(line => {
      const [, system = '', method = '', path = '', status = '', code] =
        /^\S+ (totvs-crm|rd-station) (GET|POST) (\S+)(?: \[[^\]]+\])? → (no answer|\d{3}) \d+ ms(?: ([A-Z_]+))?/.exec(
          line,
        ) ?? []
      if (system === '') return []
      return [{ system, method, path, status: status === 'no answer' ? null : Number(status), code }]
    })
}
