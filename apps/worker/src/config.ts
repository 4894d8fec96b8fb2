import { readConfiguration, setting } from '@ponte/runtime'
import { alertShape, readAlertSettings } from './alerts/alert-settings.ts'

/** Throws ConfigurationError with every problem of the environment and of the tenants file. */
export async function readConfig(env: NodeJS.ProcessEnv) {
  const { REDIS_URL, PONTE_CONFIG, PONTE_SECRET_KEY, OPS_HOST, OPS_PORT, LOG_LEVEL, WORKER_CONCURRENCY } = setting
  const { OTEL_EXPORTER_OTLP_ENDPOINT, PONTE_FINGERPRINT_KEY, PONTE_OTHER_SECRET_KEYS, WORKER_MAX_JOBS } = setting
  const read = await readConfiguration(
    {
      REDIS_URL,
      PONTE_CONFIG,
      PONTE_SECRET_KEY,
      PONTE_OTHER_SECRET_KEYS,
      PONTE_FINGERPRINT_KEY,
      OPS_HOST,
      OPS_PORT,
      LOG_LEVEL,
      WORKER_CONCURRENCY,
      WORKER_MAX_JOBS,
      OTEL_EXPORTER_OTLP_ENDPOINT,
      ...alertShape,
    },
    env,
    { uses: ['rdCredentials', 'crmCredentials'] },
  )
  return { ...read, alerts: readAlertSettings(read) }
}
