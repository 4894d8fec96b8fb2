import { jobOptions, queuePrefix } from '@ponte/runtime'
import {
  acquireLock,
  type AuditRecord,
  createStatusLedger,
  opportunityLock,
  readOne,
  runStep,
  stateKey,
} from '@ponte/state'
import { type Job, type Queue, UnrecoverableError, Worker } from 'bullmq'
import type { LightMyRequestResponse } from 'fastify'
import { Redis } from 'ioredis'
import { PATIENCE_MS } from '@ponte/testbed'
import { expect, inject, vi } from 'vitest'
import { textOf } from './documents.ts'
import type { OpenBoard } from './open-board.ts'

export { textOf } from './documents.ts'

export const rejected = 'CRM_REJECTED: TOTVS CRM refused the data. (status=422)'
export const person = {
  name: 'Maria Souza',
  email: 'maria.souza@padaria.com.br',
  mobilePhone: '48 99999-1234',
  city: 'Floripa',
}
export const receivedAt = '2026-01-02T03:04:05.000Z'
export const leadData = (key: string) => ({ v: 1, key, receivedAt, lead: { ...person } })
/** What a queue keeps of it: the step that adds a job writes into it whose it is. */
export const keptLeadData = (key: string) => ({ owner: 'ponte', ...leadData(key) })
export const options = jobOptions({ attempts: 3, firstDelaySeconds: 0, maxDelaySeconds: 0 })

/** Leads `job-0`, `job-1`, … that are to fail. */
export const leads = (count: number, reason: string, from = 0) =>
  Array.from({ length: count }, (_, index) => ({
    name: 'lead.registered',
    id: `job-${from + index}`,
    reason,
    data: leadData(`key-${from + index}`),
  }))

/** A mark that is to fail. */
export const mark = (
  key: string,
  opportunityId: string,
  reason = 'RD_REJECTED: RD Station refused the data. (status=400)',
) => ({
  name: 'opportunity.won',
  id: `job-${key}`,
  reason,
  data: { v: 1, key, receivedAt, opportunityId, contextUrl: '/x' },
})

/** What a person does at a board: pages, forms, and the trail that this leaves. */
export function operate(board: () => OpenBoard) {
  const visit = (
    url: string,
    { as, language = 'en', accept = '*/*' }: { as?: string; language?: string; accept?: string } = {},
  ): Promise<LightMyRequestResponse> =>
    board().ask('GET', url, undefined, { 'accept-language': language, accept, ...(as && { authorization: as }) })
  return {
    visit,

    /** What a person reads of a page. */
    read: async (...of: Parameters<typeof visit>): Promise<string> => textOf((await visit(...of)).body),

    send: (
      url: string,
      fields: Record<string, string> | URLSearchParams,
      as?: string,
      language = 'en',
    ): Promise<LightMyRequestResponse> =>
      board().ask('POST', url, new URLSearchParams(fields).toString(), {
        ...{ 'accept-language': language, 'content-type': 'application/x-www-form-urlencoded' },
        ...(as && { authorization: as }),
      }),

    /** The records of this board's tenant, newest first. */
    ownAudit: async (): Promise<readonly AuditRecord[]> =>
      (await board().audit.read({ count: 1000 })).filter(({ tenant }) => tenant === board().name),

    /** Writes into the worker's ledger that a mark of this opportunity failed in a round. With `nextAt` another round follows. */
    async failRound(
      opportunityId: string,
      { round, failedJobs, nextAt }: { round: number; failedJobs: string[]; nextAt?: number },
    ): Promise<void> {
      const { redis, name } = board()
      const next = nextAt === undefined ? {} : { next: { jobId: 'round', at: nextAt } }
      const failing = { round, code: 'RD_REJECTED', fingerprint: 'b', failedJobs, ...next }
      const key = stateKey(name, 'lock', opportunityLock(opportunityId))
      const lock = await acquireLock(redis, [key], { waitMs: 0 })
      if (lock === undefined) throw new Error('nobody else holds the locks of the test')
      const ledger = createStatusLedger(redis, name, () => lock.fenceOf(key))
      await readOne(redis, ledger.readingOf(opportunityId))
      await runStep(redis, { fences: [lock.fenceOf(key)], changes: [ledger.writingOf(opportunityId, { failing })] })
      await lock.release()
    },

    /** Adds jobs and fails them permanently, as a worker does. */
    async fail(
      queue: Queue,
      jobs: readonly { name: string; id: string; data: unknown; reason: string }[],
    ): Promise<void> {
      const failedBefore = await queue.getFailedCount()
      const reasons = new Map(jobs.map(({ id, reason }) => [id, reason]))
      for (const job of jobs) await queue.add(job.name, job.data, { ...options, jobId: job.id })
      const connection = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null })
      const worker = new Worker(
        queue.name,
        async (job: Job) => {
          await job.log(`${new Date().toISOString()} totvs-crm POST /api → 422 9 ms for ${person.email}`)
          throw new UnrecoverableError(reasons.get(job.id ?? ''))
        },
        { connection, prefix: queue.opts.prefix ?? queuePrefix(board().name), concurrency: 20 },
      )
      await vi.waitFor(async () => expect(await queue.getFailedCount()).toBe(failedBefore + jobs.length), PATIENCE_MS)
      await worker.close()
      connection.disconnect()
    },
  }
}
