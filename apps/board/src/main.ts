import {
  createLogger,
  onShutdown,
  openQueues,
  openRedis,
  runMain,
  startOpsServer,
  warnOfOtherKey,
} from '@ponte/runtime'
import { claimFingerprintKey, createFingerprint } from '@ponte/state'
import { buildBoard } from './app.ts'
import { createBoardMetrics } from './metrics/queue-metrics.ts'
import { readConfig, useTimeZone } from './config.ts'
import { readReadiness } from './metrics/readiness.ts'
import { addBreakerMetrics } from './metrics/breaker-metrics.ts'
import { addStartableMetrics, answerStartable } from './metrics/startable-metrics.ts'

await runMain(async env => {
  const { board, fingerprintKey, logLevel, ops, redisTarget, shards, tenants, timeZone, ...settings } =
    await readConfig(env)
  useTimeZone(env, timeZone)
  const log = createLogger({ level: logLevel, process: 'board' })
  const connections = openRedis(redisTarget, log)
  const redis = connections.producer()
  const queues = openQueues(tenants, redis, log)
  const fingerprint = createFingerprint(fingerprintKey)
  void warnOfOtherKey(log, claimFingerprintKey(redis, tenants, fingerprint))
  const app = await buildBoard({ ...settings, tenants, queues, redis, fingerprint, log })
  const metrics = createBoardMetrics({ tenants, queues, redis })
  addBreakerMetrics(metrics, { tenants, redis })
  const startable = { tenants: { current: () => tenants }, redis }
  addStartableMetrics(metrics, { ...startable, shards })
  // Listen before the other port says that the board is ready.
  log.info({ address: await app.listen(board) }, 'board listens')
  const more = { '/startable': answerStartable(startable) }
  const opsServer = await startOpsServer({ ...ops, metrics, readiness: () => readReadiness(redis), more, log })
  onShutdown(log, [() => app.close(), opsServer.close, () => queues.close(), connections.close])
})
