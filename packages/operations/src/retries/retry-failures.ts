import type { ReasonCode } from '@ponte/contracts'
import type { RetryAnswer, RetryDocument } from '../documents.ts'
import { sumCounts } from '../failures/failed-jobs.ts'
import type { ChosenFailures } from '../failures/read-failures.ts'
import { allQueues, findQueue, type OperationsDeps } from '../operations-deps.ts'
import type { User } from '../users/user.ts'
import { failedOf, readRetry } from './read-retries.ts'
import type { RetryQueue } from './begin-retry.ts'

/** `all`: everything that is chosen. `trial`: the newest of each, to see whether the cause is fixed. */
export type RetryKind = RetryDocument['kind']

/** The failed events, as a retry takes them: oldest first, so that they keep their order as far as they had one. */
export async function chosenToRetry(
  { failedJobs }: Pick<OperationsDeps, 'failedJobs'>,
  kind: RetryKind,
  chosen: readonly ChosenFailures[],
): Promise<readonly RetryQueue[]> {
  const queues = await Promise.all(
    chosen.map(async ({ queueRef, code, choice: within }) => {
      const choice = { ...within, code }
      const counts = await failedJobs.count(queueRef, choice)
      if (kind === 'all') return { queueRef, code, ids: await failedJobs.ids(queueRef, counts, choice) }
      const newest = await failedJobs.newest(queueRef, counts, { ...choice, most: 1 })
      return { queueRef, code, ids: newest.map(({ id }) => id) }
    }),
  )
  return queues.filter(({ ids }) => ids.length > 0)
}

interface RetryOrder {
  readonly kind: RetryKind
  readonly queues: readonly RetryQueue[]
  /** Only says what would be retried. */
  readonly dryRun: boolean
}

/** Begins a retry of these, unless there is nothing to retry. */
export async function beginRetryOf(
  { redis, retries }: Pick<OperationsDeps, 'redis'> & { readonly retries: Pick<OperationsDeps['retries'], 'start'> },
  user: User,
  { kind, queues, dryRun }: RetryOrder,
): Promise<RetryAnswer> {
  const counts = queues.map(({ queueRef: { tenant, kind: queue }, ids }) => ({
    ...{ tenant: tenant.name, queue, count: ids.length },
  }))
  if (dryRun || queues.length === 0) return { dryRun, queues: counts, retry: null }
  const id = await retries.start(user, kind, queues)
  const tenants = queues.map(({ queueRef }) => queueRef.tenant)
  const read = await readRetry({ redis, tenants: [...new Set(tenants)] }, id)
  return { dryRun, queues: counts, retry: read ?? withoutRecord({ id, by: user.name, kind }, queues) }
}

/** A retry whose record is gone again: it was begun, and no more is known of its events. */
const withoutRecord = (
  begun: Pick<RetryDocument, 'id' | 'by' | 'kind'>,
  queues: readonly RetryQueue[],
): RetryDocument => ({
  ...begun,
  ...{ at: Date.now(), state: 'sent', ended: false },
  queues: queues.map(({ queueRef: { tenant, kind: queue }, code = null, ids: { length: asked } }) => ({
    ...{ tenant: tenant.name, queue, code, asked, underWay: asked },
    ...{ delivered: 0, unchanged: 0, failed: [], left: 0, notRetried: 0, removed: 0 },
  })),
})

export async function retryCause(
  deps: Pick<OperationsDeps, 'tenants' | 'queues' | 'redis' | 'failedJobs' | 'retries'>,
  user: User,
  { code, dryRun }: { readonly code: ReasonCode; readonly dryRun: boolean },
): Promise<RetryAnswer> {
  const queues = await chosenToRetry(
    deps,
    'all',
    allQueues(deps).map(queueRef => ({ queueRef, code })),
  )
  return await beginRetryOf(deps, user, { kind: 'all', queues, dryRun })
}

/** Whether all that was tried of a cause ended well. */
export const isTrialPassed = (own: RetryDocument['queues'][number]): boolean =>
  own.delivered + own.unchanged > 0 && failedOf({ queues: [own] }) + own.underWay === 0

/** Other failures with the cause of a trial that has passed, which is once all that came of it ended well: they can be retried now. */
export async function failuresLikeTrial(
  deps: OperationsDeps,
  { kind, queues }: RetryDocument,
): Promise<readonly (ChosenFailures & { readonly count: number })[]> {
  if (kind !== 'trial') return []
  const passed = queues.filter(isTrialPassed)
  const found = await Promise.all(
    passed.map(async ({ tenant, queue, code }) => {
      const queueRef = findQueue(deps, { tenant, kind: queue })
      if (queueRef === undefined || code === null) return []
      return { queueRef, code, count: sumCounts(await deps.failedJobs.count(queueRef, { code })) }
    }),
  )
  return found.flat().filter(({ count }) => count > 0)
}
