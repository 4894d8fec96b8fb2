import {
  checkRedis,
  createLogger,
  missingNames,
  onShutdown,
  openRedis,
  openTracer,
  otherFingerprintKey,
  runMain,
  startOpsServer,
  warnOfWeakRedis,
} from '@ponte/runtime'
import { claimFingerprintKey, createFingerprint, createSecretBox, keepTenantStarts } from '@ponte/state'
import { openChannels } from './alerts/channels.ts'
import { startAlerts } from './alerts/start-alerts.ts'
import { readConfig } from './config.ts'
import { startReconciles } from './reconcile/start-reconciles.ts'
import { startSelfTests } from './self-tests/start-self-tests.ts'
import { startSummaries } from './summary/start-summaries.ts'
import { createWorkerMetrics } from './telemetry/metrics.ts'
import { createReadiness } from './workers/progress.ts'
import { openWorkers } from './workers/workers.ts'

await runMain(async env => {
  const config = await readConfig(env)
  const log = createLogger({ level: config.LOG_LEVEL, process: 'worker' })
  const metrics = createWorkerMetrics()
  const tracer = await openTracer({ endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT, process: 'worker', log })
  const redis = openRedis(config.REDIS, log)
  const workerRedis = redis.worker()
  const stateRedis = redis.state()
  const maintenanceRedis = redis.state()
  warnOfWeakRedis(stateRedis, log)
  keepTenantStarts(stateRedis, config.served)
  const box = createSecretBox(config.PONTE_SECRET_KEY, config.PONTE_OTHER_SECRET_KEYS)
  const fingerprint = createFingerprint(config.PONTE_FINGERPRINT_KEY)
  const { served: tenants, WORKER_CONCURRENCY: concurrency, WORKER_MAX_JOBS: maxJobs } = config
  const workers = openWorkers({
    tenants,
    allTenants: config.tenants,
    workerRedis,
    openWaiting: redis.waiting,
    stateRedis,
    maintenanceRedis,
    box,
    fingerprint,
    timeZone: config.BOARD_TIME_ZONE,
    concurrency,
    maxJobs,
    metrics,
    tracer,
    log,
  })
  const alerts = startAlerts({
    settings: config.alerts,
    tenants,
    queues: workers.queues,
    redis: stateRedis,
    metrics,
    log,
  })
  const selfTests = startSelfTests({
    redis: stateRedis,
    tenants,
    testConnection: workers.testConnection,
    channels: openChannels(config.alerts),
    boardUrl: config.alerts.boardUrl,
    log,
  })
  const summaries = startSummaries({
    settings: config.alerts,
    timeZone: config.BOARD_TIME_ZONE,
    tenants,
    redis: stateRedis,
    metrics,
    log,
  })
  const reconciles = startReconciles({
    served: workers.served,
    timeZone: config.BOARD_TIME_ZONE,
    checkMs: config.alerts.checkMs,
    metrics,
    log,
  })
  const missing = missingNames(config.WORKER_SHARD, config.tenants)
  if (missing.length > 0)
    log.warn({ tenants: missing }, 'WORKER_SHARD names tenants that the tenants file does not have')
  const readiness = createReadiness({ workers, checkRedis: () => checkRedis(stateRedis) })
  const ops = await startOpsServer({
    host: config.OPS_HOST,
    port: config.OPS_PORT,
    metrics: metrics.registry,
    readiness,
    log,
  })
  onShutdown(log, [
    alerts.close,
    selfTests.close,
    summaries.close,
    reconciles.close,
    workers.close,
    tracer.close,
    ops.close,
    redis.close,
  ])
  const others = await claimFingerprintKey(stateRedis, tenants, fingerprint)
  // With another fingerprint key its locks have other names, so this worker could open a second lead beside another worker.
  if (others.length > 0) throw otherFingerprintKey(others)
  await workers.run()
  log.info({ tenants: tenants.map(({ name }) => name) }, 'worker runs')
})
