import { readEnvironment, readTenantsFile, setting } from '@ponte/runtime'

/** Throws ConfigurationError with every problem. */
export async function readConfig(env: NodeJS.ProcessEnv) {
  const { REDIS_URL, PONTE_CONFIG, PONTE_SECRET_KEY, OPS_HOST, OPS_PORT, LOG_LEVEL, WORKER_CONCURRENCY } = setting
  const settings = readEnvironment(
    { REDIS_URL, PONTE_CONFIG, PONTE_SECRET_KEY, OPS_HOST, OPS_PORT, LOG_LEVEL, WORKER_CONCURRENCY },
    env,
  )
  return { ...settings, tenants: await readTenantsFile(settings.PONTE_CONFIG, env) }
}
