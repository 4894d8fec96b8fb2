import {
  checkRedis,
  createLiveTenants,
  createLogger,
  createProcessRecorder,
  filterTenants,
  missingNames,
  onShutdown,
  openRedis,
  openTracer,
  otherFingerprintKey,
  runMain,
  startOpsServer,
  warnOfWeakRedis,
  waitReplicasOf,
  watchReplicas,
  watchTenantsFile,
} from '@ponte/runtime'
import { createFingerprint, createSecretBox, keepTenantTimes } from '@ponte/state'
import { openChannels } from './alerts/channels.ts'
import { startAlerts } from './alerts/start-alerts.ts'
import { readConfig } from './config.ts'
import { startReconciles } from './reconcile/start-reconciles.ts'
import { startSelfTests } from './self-tests/start-self-tests.ts'
import { startSummaries } from './summary/start-summaries.ts'
import { createWorkerMetrics } from './telemetry/metrics.ts'
import { createReadiness } from './workers/progress.ts'
import { openWorkers } from './workers/workers.ts'

/** Jobs share a connection, so each waits while one waits for replicas. */
const REPLICAS_WAIT_MS = 200

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
  const allTenants = createLiveTenants(config.tenants)
  const tenants = filterTenants(allTenants, config.isServed)
  keepTenantTimes(stateRedis, tenants)
  const box = createSecretBox(config.PONTE_SECRET_KEY, config.PONTE_OTHER_SECRET_KEYS)
  const fingerprint = createFingerprint(config.PONTE_FINGERPRINT_KEY)
  const { WORKER_CONCURRENCY: concurrency, WORKER_MAX_JOBS: maxJobs } = config
  const waitReplicas = waitReplicasOf(config)
  const shared = { tenants, timeZone: config.BOARD_TIME_ZONE, metrics, log }
  const workers = openWorkers({
    ...{ ...shared, allTenants, box, fingerprint, concurrency, maxJobs, tracer },
    ...{ workerRedis, openWaiting: redis.waiting, stateRedis, maintenanceRedis },
    replicas: watchReplicas({ wanted: waitReplicas, waitMs: REPLICAS_WAIT_MS, missing: metrics.replicasMissing, log }),
  })
  const deps = { ...shared, settings: config.alerts, redis: stateRedis }
  const alerts = startAlerts(deps)
  const selfTests = startSelfTests({
    ...{ ...deps, boardUrl: config.alerts.boardUrl },
    testConnection: workers.testConnection,
    channels: openChannels(config.alerts),
  })
  const summaries = startSummaries({ ...deps, stuckAfterMs: config.BOARD_STUCK_SECONDS * 1000 })
  const reconciles = startReconciles({ ...deps, served: workers.served, checkMs: config.alerts.checkMs })
  const missing = missingNames(config.WORKER_SHARD, config.tenants)
  if (missing.length > 0)
    log.warn({ tenants: missing }, 'WORKER_SHARD names tenants that the tenants file does not have')
  const readiness = createReadiness({ workers, checkRedis: () => checkRedis(stateRedis, { waitReplicas }) })
  const { OPS_HOST: host, OPS_PORT: port } = config
  const ops = await startOpsServer({ host, port, metrics: metrics.registry, readiness, log })
  const tenantsFile = watchTenantsFile({
    file: config.PONTE_CONFIG,
    env,
    live: allTenants,
    async read() {
      const next = await config.readTenantsAgain()
      const known = new Set(tenants.current().map(({ name }) => name))
      const added = next.filter(tenant => config.isServed(tenant) && !known.has(tenant.name))
      const others = await workers.findOtherKeys(added)
      if (others.length > 0) throw otherFingerprintKey(others)
      return next
    },
    use: createProcessRecorder({ redis: stateRedis, kind: 'worker', fingerprint, tenants }),
    registry: metrics.registry,
    log,
  })
  onShutdown(log, [
    tenantsFile.stop,
    // Together: where Redis is away, each of them waits for a while, and the running jobs must not lose that time.
    [alerts.close, selfTests.close, summaries.close, reconciles.close, workers.close],
    tracer.close,
    ops.close,
    tenantsFile.close,
    redis.close,
  ])
  const { rest } = await workers.run()
  tenantsFile.run()
  log.info({ tenants: tenants.current().map(({ name }) => name) }, 'worker runs')
  await rest
})
