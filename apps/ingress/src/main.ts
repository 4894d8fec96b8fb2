import {
  createLiveTenants,
  createLogger,
  createProcessRecorder,
  mostWaitingOf,
  onShutdown,
  openQueues,
  openRedis,
  openTracer,
  runMain,
  startOpsServer,
  warnOfOtherKey,
  warnOfWeakRedis,
  waitReplicasOf,
  watchReplicas,
  watchTenantsFile,
  ingressSettings,
  readConfiguration,
} from '@ponte/runtime'
import {
  createCalendar,
  createDeliveryRecorder,
  createFingerprint,
  createTimelines,
  keepTenantTimes,
} from '@ponte/state'
import { buildIngress } from './app.ts'
import { createDrain, createReadiness } from './health/health-routes.ts'
import { createIngressMetrics } from './telemetry/ingress-metrics.ts'

/** A delivery is answered within a second, also when a part of it waits behind another one. */
const REPLICAS_WAIT_MS = 400

await runMain(async env => {
  const config = await readConfiguration(ingressSettings, env, { uses: ['webhookTokens'] })
  const tenants = createLiveTenants(config.tenants)
  const log = createLogger({ level: config.LOG_LEVEL, process: 'ingress' })
  const metrics = createIngressMetrics()
  const tracer = await openTracer({ endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT, process: 'ingress', log })
  const connections = openRedis(config.REDIS, log)
  const redis = connections.producer()
  warnOfWeakRedis(redis, log)
  keepTenantTimes(redis, tenants)
  const waitReplicas = waitReplicasOf(config)
  const replicas = watchReplicas({
    wanted: waitReplicas,
    waitMs: REPLICAS_WAIT_MS,
    missing: metrics.replicasMissing,
    log,
  })
  const queues = openQueues(config.tenants, redis, log, { replicas, mostWaiting: mostWaitingOf(tenants) })
  tenants.onChange(({ added }) => {
    for (const tenant of added) queues.add(tenant)
  })
  const { readiness, drain } = createDrain(createReadiness(redis, { waitReplicas }), config.INGRESS_DRAIN_SECONDS)
  const fingerprint = createFingerprint(config.PONTE_FINGERPRINT_KEY)
  warnOfOtherKey(redis, { tenants, fingerprint, log })
  const calendar = createCalendar(config.BOARD_TIME_ZONE)
  const timelinesOf = (tenant: string) => createTimelines(redis, tenant, fingerprint, calendar)
  const deliveries = createDeliveryRecorder(redis)
  const dependencies = { tenants, queues, timelinesOf, deliveries, readiness, metrics, tracer, log }
  const app = await buildIngress({
    ...dependencies,
    showDocs: config.INGRESS_DOCS === 'on',
    trustedProxies: config.INGRESS_TRUSTED_PROXIES,
  })
  const opsServer = await startOpsServer({
    host: config.OPS_HOST,
    port: config.OPS_PORT,
    metrics: metrics.registry,
    readiness,
    log,
  })
  const tenantsFile = watchTenantsFile({
    file: config.PONTE_CONFIG,
    env,
    live: tenants,
    read: config.readTenantsAgain,
    use: createProcessRecorder({ redis, kind: 'ingress', fingerprint, tenants }),
    registry: metrics.registry,
    log,
  })
  onShutdown(log, [
    tenantsFile.stop,
    drain,
    () => app.close(),
    deliveries.close,
    tracer.close,
    () => opsServer.close(),
    tenantsFile.close,
    () => queues.close(),
    connections.close,
  ])
  const address = await app.listen({ host: config.INGRESS_HOST, port: config.INGRESS_PORT })
  tenantsFile.run()
  log.info({ address, tenants: config.tenants.map(({ name }) => name) }, 'ingress listens')
})
