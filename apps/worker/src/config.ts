import { readConfiguration, setting } from '@ponte/runtime'

/** Throws ConfigurationError with every problem of the environment and of the tenants file. */
export function readConfig(env: NodeJS.ProcessEnv) {
  const { REDIS_URL, PONTE_CONFIG, PONTE_SECRET_KEY, OPS_HOST, OPS_PORT, LOG_LEVEL, WORKER_CONCURRENCY } = setting
  return readConfiguration(
    { REDIS_URL, PONTE_CONFIG, PONTE_SECRET_KEY, OPS_HOST, OPS_PORT, LOG_LEVEL, WORKER_CONCURRENCY },
    env,
  )
}
