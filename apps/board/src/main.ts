import {
  countReplicasMissing,
  createLiveTenants,
  createLogger,
  createProcessRecorder,
  onShutdown,
  openQueues,
  openRedis,
  runMain,
  startOpsServer,
  warnOfOtherKey,
  watchReplicas,
  watchTenantsFile,
} from '@ponte/runtime'
import { createFingerprint } from '@ponte/state'
import { buildBoard, readReadiness } from './app.ts'
import { readConfig, useTimeZone } from './config.ts'
import { answerStartable, createBoardMetrics } from './metrics/board-metrics.ts'

/** Pages share a connection, so each waits while new tokens wait for replicas. */
const REPLICAS_WAIT_MS = 200

await runMain(async env => {
  const { board, fingerprintKey, logLevel, ops, redisTarget, shards, timeZone, waitReplicas, ...config } =
    await readConfig(env)
  useTimeZone(env, timeZone)
  const log = createLogger({ level: logLevel, process: 'board' })
  const connections = openRedis(redisTarget, log)
  const redis = connections.producer()
  const tenants = createLiveTenants(config.tenants)
  const queues = openQueues(config.tenants, redis, log)
  const fingerprint = createFingerprint(fingerprintKey)
  // The first to know: pages and metrics ask for the queues of each tenant.
  tenants.onChange(({ added }) => {
    for (const tenant of added) queues.add(tenant)
    for (const problem of config.findUnknownTenants(tenants.current()))
      log.warn({ problem }, 'an account names a tenant that is gone; the board does not start with it')
  })
  warnOfOtherKey(redis, { tenants, fingerprint, log })
  const metrics = createBoardMetrics({ tenants, queues, redis, shards })
  const missing = countReplicasMissing(metrics)
  const replicas = watchReplicas({ wanted: waitReplicas, waitMs: REPLICAS_WAIT_MS, missing, log })
  const app = await buildBoard({ ...config, tenants, queues, redis, replicas, fingerprint, log })
  // Listen before the other port says that the board is ready.
  log.info({ address: await app.listen(board) }, 'board listens')
  const more = { '/startable': answerStartable({ tenants, redis }) }
  const readiness = () => readReadiness(redis, { waitReplicas })
  const opsServer = await startOpsServer({ ...ops, metrics, readiness, more, log })
  const tenantsFile = watchTenantsFile({
    file: config.file,
    env,
    live: tenants,
    read: config.readTenantsAgain,
    use: createProcessRecorder({ redis, kind: 'board', fingerprint, tenants }),
    registry: metrics,
    log,
  })
  tenantsFile.run()
  onShutdown(log, [
    tenantsFile.stop,
    () => app.close(),
    opsServer.close,
    tenantsFile.close,
    () => queues.close(),
    connections.close,
  ])
})
