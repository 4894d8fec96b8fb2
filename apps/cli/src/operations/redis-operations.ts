import {
  createFailedJobs,
  createRetries,
  createVendorAnswers,
  readFailures,
  readOnce,
  readResultsDocument,
  readRetry,
  readStatus,
  retryCause,
  toFailuresDocument,
} from '@ponte/operations'
import { cliUser } from '../redis/record-action.ts'
import { withQueues, withRedis } from '../redis/with-redis.ts'
import type { Session } from '../session.ts'
import {
  chooseTenants,
  readProcessDeps,
  readSettings,
  readSettingsWithFingerprints,
} from '../settings/read-settings.ts'
import type { Operations, OperationsOptions } from './operations.ts'

const POLL_MS = 500

/** The command line shows what an operator sees on the board: no words of a person. */
const user = { name: cliUser(), role: 'operator' } as const

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
      const stuckAfterMs = settings.BOARD_STUCK_SECONDS * 1000
      return await withRedis(target, redis =>
        readStatus(
          { redis, tenants, failedJobs: readOnce(createFailedJobs(redis)), stuckAfterMs, ...processes },
          { now: Date.now() },
        ),
      )
    },
    readFailures: () =>
      withRedis(target, async redis => {
        const deps = { redis, tenants, failedJobs: createFailedJobs(redis), vendorAnswers: createVendorAnswers(redis) }
        return toFailuresDocument(await readFailures(deps, user), { language: session.language, notes: true })
      }),
    readResults: period =>
      withRedis(target, redis => {
        const request = { period, now: Date.now(), timeZone: settings.BOARD_TIME_ZONE, readers: 'operators' } as const
        return readResultsDocument(redis, tenants, request)
      }),
    async withRetries(work) {
      const keyed = await readSettingsWithFingerprints(session)
      return await withQueues({ settings: keyed, tenants, session }, async ({ redis, queues }) => {
        const { fingerprint } = keyed
        const stopped = new AbortController()
        const retries = createRetries({ redis, fingerprint }, error => stopped.abort(error), { outcomeWaitMs: 0 })
        const deps = { redis, tenants, queues, failedJobs: createFailedJobs(redis), retries }
        try {
          return await work({
            everyMs: POLL_MS,
            stopped: stopped.signal,
            retryCause: asked => retryCause(deps, user, asked),
            readRetry: id => readRetry(deps, id),
          })
        } finally {
          await retries.close()
        }
      })
    },
  }
}
