import {
  beginRetryOf,
  findFailedOf,
  readBridge,
  readFailedEvents,
  readFailures,
  readOnce,
  readersOf,
  readResultsDocument,
  readRetry,
  readStatus,
  resultFigures,
  retryCause,
  seesAll,
  toFailedEventsDocument,
  toFailuresDocument,
  toHealthDocument,
  toStatusDocument,
} from '@ponte/operations'
import { type BoardDeps, depsFor } from '../board-deps.ts'
import { timeZone } from '../ui/moment.ts'
import { ApiProblem } from './problems.ts'
import type { ApiAnswers, Asking } from './routes.ts'

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
      const state = await readBridge(deps, { now: Date.now() })
      requireRedis(deps, state.unreadable)
      return toHealthDocument(state, language)
    },

    async failures({ user, language }, { tenant }) {
      const deps = depsOf(all, user, tenant)
      const reading = await readFailures(deps, user)
      const document = toFailuresDocument(reading, { language, notes: user.role === 'operator' })
      requireRedis(deps, document.unreadable)
      return document
    },

    async failedEvents({ user }, { tenant, ...asked }) {
      return toFailedEventsDocument(await readFailedEvents(depsOf(all, user, tenant), asked))
    },

    async retryCause({ user }, { tenant, ...asked }) {
      return await retryCause(depsOf(all, user, tenant), user, asked)
    },

    async retryEvent({ user }, { tenant, key, dryRun }) {
      const deps = depsOf(all, user, tenant)
      const queues = await findFailedOf(deps, tenant, key)
      if (queues === undefined) throw new ApiProblem('API_EVENT_UNKNOWN')
      return await beginRetryOf(deps, user, { kind: 'trial', queues, dryRun })
    },

    async retry({ user }, id) {
      const retry = await readRetry(depsFor(all, user), id)
      if (retry === undefined) throw new ApiProblem('API_RETRY_UNKNOWN')
      return retry
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
