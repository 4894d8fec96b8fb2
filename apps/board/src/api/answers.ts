import { eventOfJob } from '@ponte/contracts'
import {
  type FailedJob,
  findFailedOf,
  groupAnsweredJobs,
  readBridge,
  readOnce,
  readResultsDocument,
  readStatus,
  resultFigures,
  type RetryAnswer,
  sumCounts,
  toFailuresDocument,
  toHealthDocument,
  toRetryDocument,
  toStatusDocument,
  readersOf,
  seesAll,
  type User,
  allQueues,
  type QueueRef,
  pageBudget,
  readJobs,
  type RetryQueue,
} from '@ponte/operations'
import { type FailedCount, readRetry } from '@ponte/state'
import { type BoardDeps, depsFor } from '../board-deps.ts'
import { timeZone } from '../ui/moment.ts'
import { ApiProblem } from './problems.ts'
import type { ApiAnswers, Asking } from './routes.ts'

const PAGE_SIZE = 50

/** What the API answers, from what the board's pages read. A tenant that a token may not see does not exist for it. */
export function createApiAnswers(all: BoardDeps): ApiAnswers {
  return {
    async status({ user, language }, { tenant }) {
      const deps = depsOf(all, user, tenant)
      const failedJobs = readOnce(deps.failedJobs)
      const reading = await readStatus({ ...deps, failedJobs }, { now: Date.now() })
      requireRedis(deps, reading.state.unreadable)
      const document = toStatusDocument(reading, language)
      if (seesAll(user)) return document
      return { ...document, refusedFile: document.refusedFile.map(each => ({ ...each, problems: [] })) }
    },

    async health({ user, language }) {
      const deps = depsFor(all, user)
      const now = Date.now()
      const state = await readBridge(deps, { now })
      requireRedis(deps, state.unreadable)
      return toHealthDocument(state, language, now)
    },

    async failures({ user, language }, { tenant }) {
      const deps = depsOf(all, user, tenant)
      const read = await Promise.all(
        deps.tenants.map(async own => ({
          name: own.name,
          groups: await groupAnsweredJobs({ ...deps, tenants: [own] }, user).catch(() => undefined),
        })),
      )
      const unreadable = read.flatMap(({ name, groups }) => (groups === undefined ? name : []))
      requireRedis(deps, unreadable)
      const groups = read.flatMap(({ groups: own = [] }) => own).toSorted((one, other) => other.count - one.count)
      return toFailuresDocument(groups, { language, notes: user.role === 'operator', unreadable })
    },

    async failedEvents({ user }, { code, tenant, queue, page }) {
      const deps = depsOf(all, user, tenant)
      const found = await countFailed(deps, { code, queue })
      const total = sumCounts(found.flatMap(({ counts }) => counts))
      const shown = await readPage(deps, found, page)
      const keys = await readKeys(deps, shown)
      return {
        ...{ code, total, page, pages: Math.max(1, Math.ceil(total / PAGE_SIZE)) },
        events: shown.flatMap(({ queueRef, job }) => {
          const key = keys.get(keyOf(queueRef, job.id))
          return key === undefined ? [] : toEvent(queueRef, job, key)
        }),
      }
    },

    async retryCause({ user }, { code, tenant, dryRun }) {
      const deps = depsOf(all, user, tenant)
      const found = await countFailed(deps, { code })
      const queues = await Promise.all(
        found.map(async ({ queueRef, counts }) => {
          return { queueRef, code, ids: await deps.failedJobs.ids(queueRef, counts, { code }) }
        }),
      )
      return await begin(deps, user, { kind: 'all', queues, dryRun })
    },

    async retryEvent({ user }, { tenant, key, dryRun }) {
      const deps = depsOf(all, user, tenant)
      const queues = await findFailedOf(deps, tenant, key)
      if (queues === undefined) throw new ApiProblem('API_EVENT_UNKNOWN')
      return await begin(deps, user, { kind: 'trial', queues, dryRun })
    },

    async retry({ user }, id) {
      const { redis, tenants } = depsFor(all, user)
      const retry = await readRetry(
        redis,
        id,
        tenants.map(({ name }) => name),
      )
      if (retry === undefined) throw new ApiProblem('API_RETRY_UNKNOWN')
      return toRetryDocument(retry)
    },

    async results({ user }, { tenant, period }) {
      const { redis, tenants } = depsOf(all, user, tenant)
      const readers = readersOf(user)
      const request = { period, now: Date.now(), timeZone: timeZone(), readers, kept: all.keptFigures }
      const figures = user.role === 'manager' ? resultFigures : undefined
      return await readResultsDocument(redis, tenants, { ...request, figures })
    },
  }
}

/** These deps with the tenants that are asked for. Throws when there are none for this user. */
function depsOf(all: BoardDeps, user: Asking['user'], tenant: string | undefined): BoardDeps {
  const deps = depsFor(all, user)
  if (tenant === undefined) return deps
  const tenants = deps.tenants.filter(({ name }) => name === tenant)
  if (tenants.length === 0) throw new ApiProblem('API_TENANT_UNKNOWN')
  return { ...deps, tenants }
}

/** Of some tenants Redis may say nothing; when it says nothing at all there is no answer. */
function requireRedis({ tenants }: BoardDeps, unreadable: readonly string[]): void {
  if (tenants.length > 0 && unreadable.length === tenants.length)
    throw new ApiProblem('API_REDIS_UNAVAILABLE', { headers: { 'retry-after': '5' } })
}

interface Failed {
  readonly queueRef: QueueRef
  readonly counts: readonly FailedCount[]
}

/** The queues in which events have failed with a code. */
async function countFailed(
  deps: BoardDeps,
  { code, queue }: { readonly code: FailedJob['code']; readonly queue?: QueueRef['kind'] | undefined },
): Promise<readonly Failed[]> {
  const asked = allQueues(deps).filter(({ kind }) => queue === undefined || kind === queue)
  const counted = await Promise.all(
    asked.map(async queueRef => ({ queueRef, counts: await deps.failedJobs.count(queueRef, { code }) })),
  )
  return counted.filter(({ counts }) => counts.length > 0)
}

/** A page of all of them, the newest first. */
async function readPage({ failedJobs }: BoardDeps, found: readonly Failed[], page: number) {
  const [skip, most] = [(page - 1) * PAGE_SIZE, PAGE_SIZE]
  // Of one queue its own page; of several nobody knows before which of them has it.
  const part = found.length === 1 ? { skip, most } : { most: skip + most }
  const read = await Promise.all(
    found.map(async ({ queueRef, counts }) => {
      const newest = await failedJobs.newest(queueRef, counts, part)
      return newest.map(member => ({ queueRef, member }))
    }),
  )
  const sorted = read.flat().toSorted((one, other) => other.member.failedAt - one.member.failedAt)
  const shown = found.length === 1 ? sorted : sorted.slice(skip, skip + most)
  const jobs = shown.map(async ({ queueRef, member }) =>
    (await failedJobs.read(queueRef, [member])).map(job => ({ queueRef, job })),
  )
  return (await Promise.all(jobs)).flat()
}

const keyOf = ({ queue }: QueueRef, jobId: string): string => `${queue.name}/${jobId}`

/** The event keys of jobs, by queue and job id. Jobs that are gone are left out. */
async function readKeys(
  { redis }: BoardDeps,
  shown: readonly { readonly queueRef: QueueRef; readonly job: FailedJob }[],
): Promise<ReadonlyMap<string, string>> {
  const budget = pageBudget()
  const keys = new Map<string, string>()
  for (const own of Map.groupBy(shown, ({ queueRef }) => queueRef.queue.name).values()) {
    const [first] = own
    if (first === undefined) continue
    const ids = own.map(({ job }) => job.id)
    for (const job of await readJobs(redis, first.queueRef.queue, ids, budget))
      keys.set(keyOf(first.queueRef, job.id ?? ''), eventOfJob(job).key)
  }
  return keys
}

const toEvent = (
  { tenant, kind: queue }: QueueRef,
  { id, event, failedAt, opportunityId }: FailedJob,
  key: string,
) => ({
  ...{ tenant: tenant.name, queue, key, event, job: id },
  failedAt: new Date(failedAt).toISOString(),
  ...(opportunityId !== undefined && { opportunityId }),
})

async function begin(
  deps: BoardDeps,
  user: User,
  { kind, queues, dryRun }: { kind: 'all' | 'trial'; queues: readonly RetryQueue[]; dryRun: boolean },
): Promise<RetryAnswer> {
  const counts = queues.map(({ queueRef: { tenant, kind: queue }, ids }) => ({
    ...{ tenant: tenant.name, queue, count: ids.length },
  }))
  if (dryRun || queues.length === 0) return { dryRun, queues: counts, retry: null }
  const id = await deps.retries.start(user, kind, queues)
  const names = [...new Set(counts.map(({ tenant }) => tenant))]
  const retry = await readRetry(deps.redis, id, names)
  return { dryRun, queues: counts, retry: retry === undefined ? null : toRetryDocument(retry) }
}
