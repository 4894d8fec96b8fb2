import {
  checkRedis,
  createLogger,
  onShutdown,
  openStateRedis,
  openWorkerRedis,
  runMain,
  startOpsServer,
} from '@ponte/runtime'
import { createSecretBox } from '@ponte/state'
import { readConfig } from './config.ts'
import { createWorkerMetrics } from './metrics.ts'
import { createReadiness } from './readiness.ts'
import { startWorkers } from './workers.ts'

await runMain(async env => {
  const config = await readConfig(env)
  const log = createLogger({ level: config.LOG_LEVEL, process: 'worker' })
  const metrics = createWorkerMetrics()
  const workerRedis = openWorkerRedis(config.REDIS_URL, log)
  const stateRedis = openStateRedis(config.REDIS_URL, log)
  const box = createSecretBox(config.PONTE_SECRET_KEY)
  const { tenants, WORKER_CONCURRENCY: concurrency } = config
  const workers = startWorkers({ tenants, workerRedis, stateRedis, box, concurrency, metrics, log })
  const readiness = createReadiness({ workers, checkRedis: () => checkRedis(stateRedis) })
  const ops = await startOpsServer({
    host: config.OPS_HOST,
    port: config.OPS_PORT,
    metrics: metrics.registry,
    readiness,
    log,
  })
  log.info({ tenants: tenants.map(({ name }) => name) }, 'worker runs')
  onShutdown(log, [workers.close, ops.close, () => stateRedis.disconnect(), () => workerRedis.disconnect()])
})
