import { createLogger, openQueues, openWorkerRedis, type Tenant } from '@ponte/runtime'
import {
  createDriftObserver,
  createFingerprint,
  createLook,
  createSecretBox,
  type ModeRecord,
  noReplicas,
  type RedisClient,
  type Replicas,
} from '@ponte/state'
import type { Job } from 'bullmq'
import { afterAll, inject } from 'vitest'
import { type Connection, openConnection } from '../calls/connection.ts'
import { createRunFigures } from '../run/record-run-end.ts'
import { createJobContext, type JobContext, type JobResult, type Run } from '../run/job-context.ts'
import type { JobLocks } from '../run/job-locks.ts'
import { createModeRunner } from '../shadow/run-by-mode.ts'
import { createWorkerMetrics } from '../telemetry/metrics.ts'

const log = createLogger({ level: 'silent', process: 'test' })

/** The Redis of a test file, as a worker opens it. Call it once, where the file begins. */
export function openTestRedis(): ReturnType<typeof openWorkerRedis> {
  const redis = openWorkerRedis(inject('redisUrl'), log)
  afterAll(() => redis.disconnect())
  return redis
}
const metrics = createWorkerMetrics()

/** The connection of a tenant. It calls nobody before one of its clients is used. */
export function testConnection(
  redis: RedisClient,
  tenant: Tenant,
  redisOfQueues = redis,
  replicas: Replicas = noReplicas,
): Connection {
  const queues = openQueues([tenant], redisOfQueues, log).of(tenant.name)
  const box = createSecretBox(Buffer.alloc(32, 1))
  const fingerprint = createFingerprint(Buffer.alloc(32, 2))
  return openConnection({ tenant, queues, redis, replicas, box, fingerprint, onUnreadableTokens: () => undefined })
}

const liveRun = { isShadow: false, isLate: false, mayWrite: () => true, packageUntil: undefined }

type Clients = ReturnType<Connection['clients']>

export const clientsOf = (connection: Connection): Clients =>
  connection.clients({ before: () => Promise.resolve(), after: () => Promise.resolve() })

/** What the processors get in one run. */
export function testContext(
  connection: Connection,
  locks: Omit<JobLocks, 'areHeld' | 'releaseAll'>,
  run: Clients & Partial<Run>,
): JobContext {
  return createJobContext(connection, locks, {
    spareRd: () => run.rd,
    metrics,
    figures: createRunFigures(),
    drift: createDriftObserver(),
    look: createLook(),
    jobId: 'job',
    retry: undefined,
    mode: () => liveRun,
    note: () => undefined,
    ...run,
  })
}

/** Runs a job as `runJob` does, with `work` in place of its processor. */
export function openTestRuns(deps: Parameters<typeof createModeRunner>[0]) {
  const runByMode = createModeRunner(deps)
  return (job: Job, record: ModeRecord, work: () => Promise<JobResult>) =>
    runByMode(job, record, { work, isPermanent: () => false })
}
