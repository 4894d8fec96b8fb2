import {
  createLogger,
  onShutdown,
  openProducerRedis,
  openQueues,
  openTracer,
  runMain,
  startOpsServer,
  warnOfOtherKey,
  warnOfWeakRedis,
} from '@ponte/runtime'
import { claimFingerprintKey, createFingerprint, createTimelines, keepTenantStarts } from '@ponte/state'
import { buildIngress } from './app.ts'
import { readConfig } from './config.ts'
import { createIngressMetrics } from './telemetry/ingress-metrics.ts'
import { createReadiness } from './health/readiness.ts'

await runMain(async env => {
  const { redisUrl, fingerprintKey, logLevel, listen, ops, tenants, showDocs, trustedProxies, traceEndpoint } =
    await readConfig(env)
  const log = createLogger({ level: logLevel, process: 'ingress' })
  const metrics = createIngressMetrics()
  const tracer = await openTracer({ endpoint: traceEndpoint, process: 'ingress', log })
  const redis = openProducerRedis(redisUrl, log)
  warnOfWeakRedis(redis, log)
  keepTenantStarts(redis, tenants)
  const queues = openQueues(tenants, redis, log)
  const readiness = createReadiness(redis)
  const fingerprint = createFingerprint(fingerprintKey)
  void warnOfOtherKey(log, claimFingerprintKey(redis, tenants, fingerprint))
  const timelinesOf = (tenant: string) => createTimelines(redis, tenant, fingerprint)
  const dependencies = { tenants, queues, timelinesOf, readiness, metrics, tracer, log }
  const app = await buildIngress({ ...dependencies, showDocs, trustedProxies })
  const opsServer = await startOpsServer({ ...ops, metrics: metrics.registry, readiness, log })
  onShutdown(log, [
    () => app.close(),
    tracer.close,
    () => opsServer.close(),
    () => queues.close(),
    () => redis.disconnect(),
  ])
  const address = await app.listen(listen)
  log.info({ address, tenants: tenants.map(({ name }) => name) }, 'ingress listens')
})
