import { readConfiguration, setting } from '@ponte/runtime'

/** The settings of the ingress. Rejects with a ConfigurationError that lists every problem. */
export async function readConfig(env: NodeJS.ProcessEnv) {
  const { REDIS_URL, PONTE_CONFIG, INGRESS_HOST, INGRESS_PORT, OPS_HOST, OPS_PORT, LOG_LEVEL } = setting
  const { OTEL_EXPORTER_OTLP_ENDPOINT, PONTE_FINGERPRINT_KEY, INGRESS_DOCS, INGRESS_TRUSTED_PROXIES } = setting
  const read = await readConfiguration(
    {
      REDIS_URL,
      PONTE_CONFIG,
      PONTE_FINGERPRINT_KEY,
      INGRESS_HOST,
      INGRESS_PORT,
      INGRESS_DOCS,
      INGRESS_TRUSTED_PROXIES,
      OPS_HOST,
      OPS_PORT,
      LOG_LEVEL,
      OTEL_EXPORTER_OTLP_ENDPOINT,
    },
    env,
    { uses: ['webhookTokens'] },
  )
  return {
    redisUrl: read.REDIS_URL,
    fingerprintKey: read.PONTE_FINGERPRINT_KEY,
    logLevel: read.LOG_LEVEL,
    listen: { host: read.INGRESS_HOST, port: read.INGRESS_PORT },
    showDocs: read.INGRESS_DOCS === 'on',
    trustedProxies: read.INGRESS_TRUSTED_PROXIES,
    ops: { host: read.OPS_HOST, port: read.OPS_PORT },
    traceEndpoint: read.OTEL_EXPORTER_OTLP_ENDPOINT,
    tenants: read.tenants,
  }
}
