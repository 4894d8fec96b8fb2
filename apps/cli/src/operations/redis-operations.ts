import type { ReasonCode } from '@ponte/contracts'
import {
  createFailedJobs,
  createVendorAnswers,
  type FailedEvents,
  findFailedEvents,
  groupAnsweredJobs,
  readOnce,
  readResultsDocument,
  readStatus,
} from '@ponte/operations'
import { type Queues, retryInFull } from '@ponte/runtime'
import { awaitRetry, beginRetry, type RedisClient, type RetryJobs } from '@ponte/state'
import type { Job } from 'bullmq'
import { cliUser } from '../redis/record-action.ts'
import { withQueues, withRedis } from '../redis/with-redis.ts'
import type { Session } from '../session.ts'
import {
  chooseTenants,
  readProcessDeps,
  readSettings,
  readSettingsWithFingerprints,
} from '../settings/read-settings.ts'
import type { Operations, OperationsOptions, Retried, RetryRequest } from './operations.ts'

const POLL_MS = 500

/** The command line shows what an operator sees on the board: no words of a person. */
const reader = { role: 'operator' }

/** With the settings of the processes, at the Redis that they use. */
export async function operationsOfRedis(
  { tenant }: Pick<OperationsOptions, 'tenant'>,
  session: Session,
): Promise<Operations> {
  const settings = await readSettings(session)
  const tenants = chooseTenants(settings.tenants, tenant, session)
  const target = { target: settings.REDIS, session }
  return {
    timeZone: settings.BOARD_TIME_ZONE,
    async readStatus() {
      const processes = await readProcessDeps(session)
      return await withRedis(target, redis =>
        readStatus(
          { redis, tenants, failedJobs: readOnce(createFailedJobs(redis)), ...processes },
          { now: Date.now() },
        ),
      )
    },
    readFailures: () =>
      withRedis(target, redis =>
        groupAnsweredJobs(
          { redis, tenants, failedJobs: readOnce(createFailedJobs(redis)), vendorAnswers: createVendorAnswers(redis) },
          reader,
        ),
      ),
    readResults: period =>
      withRedis(target, redis => {
        const request = { period, now: Date.now(), timeZone: settings.BOARD_TIME_ZONE, readers: 'operators' } as const
        return readResultsDocument(redis, tenants, request)
      }),
    async retry(request) {
      const keyed = await readSettingsWithFingerprints(session)
      return await withQueues({ settings: keyed, tenants, session }, ({ redis, queues }) =>
        retryAll(request, { redis, queues, tenants, fingerprint: keyed.fingerprint }),
      )
    },
  }
}

interface Where {
  readonly redis: RedisClient
  readonly queues: Queues
  readonly tenants: Parameters<typeof findFailedEvents>[0]['tenants']
  readonly fingerprint: Awaited<ReturnType<typeof readSettingsWithFingerprints>>['fingerprint']
}

async function retryAll<Ended>(
  { code, dryRun, onProgress, wait }: RetryRequest<Ended>,
  { redis, queues, tenants, fingerprint }: Where,
): Promise<Retried<Ended>> {
  // Collect all events first: one that fails again at once would otherwise be found again, without end.
  const found = await findFailedEvents({ tenants, failedJobs: createFailedJobs(redis) }, code)
  if (dryRun || found.length === 0)
    return { counts: found.map(({ tenant, queue, ids }) => ({ tenant, queue, retried: ids.length, left: 0 })) }
  const { id, run } = await beginRetry<Job>(
    { redis, fingerprint },
    { user: cliUser(), kind: 'all', parts: found.map(events => toPart(events, code, queues)) },
  )
  const done = await run({
    onProgress({ part, looked, asked }) {
      const of = found[part]
      if (of !== undefined) onProgress({ tenant: of.tenant, queue: of.queue, done: looked, all: asked })
    },
  })
  const own = [...new Set(found.map(each => each.tenant))]
  return {
    retry: id,
    counts: found.map(({ tenant, queue }, index) => ({ tenant, queue, ...(done[index] ?? { retried: 0, left: 0 }) })),
    ...(wait && {
      ended: await wait(options => awaitRetry(redis, id, { tenants: own, everyMs: POLL_MS, ...options })),
    }),
  }
}

function toPart({ tenant, queue: kind, ids }: FailedEvents, code: ReasonCode, queues: Queues): RetryJobs<Job> {
  const queue = queues.of(tenant)[kind]
  return {
    tenant,
    queue: kind,
    code,
    queueKeys: queue.toKey(''),
    ids,
    find: id => queue.getJob(id),
    retry: retryInFull,
  }
}
