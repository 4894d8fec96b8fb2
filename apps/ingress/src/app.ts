import { randomUUID } from 'node:crypto'
import type { Logger, Queues, Readiness, Tenant, Tracer } from '@ponte/runtime'
import type { Timelines } from '@ponte/state'
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { addDocumentation } from './documentation/documentation.ts'
import { answerConnectionError, answerError } from './http/error-handlers.ts'
import { addHealthRoutes } from './health/health-routes.ts'
import type { IngressMetrics } from './telemetry/ingress-metrics.ts'
import { Refusal } from './http/problem.ts'
import { addRequestLog } from './http/request-log.ts'
import { addWebhookRoutes } from './webhooks/webhook-routes.ts'

export interface IngressDependencies {
  readonly tenants: readonly Tenant[]
  readonly queues: Pick<Queues, 'of'>
  /** Of a tenant: where the first line of each event's story goes. */
  readonly storiesOf: (tenant: string) => Timelines
  readonly readiness: () => Promise<Readiness>
  readonly metrics: IngressMetrics
  /** Default: nothing is traced. */
  readonly tracer?: Tracer
  readonly log: Logger
  /** Whether `/docs` and `/openapi.json` are served. Default: they are. */
  readonly showDocs?: boolean
  /** The proxies that are believed when they say from where a request came (`X-Forwarded-For`). Default: none. */
  readonly trustedProxies?: readonly string[]
  /** How long a sender may take. Default: 5 s for the headers, 10 s for all of it. */
  readonly patience?: { readonly headersMs: number; readonly requestMs: number }
}

/** SPEC §3. */
const BODY_LIMIT_BYTES = 1024 * 1024
const HEADERS_LIMIT_BYTES = 16 * 1024

/** The ingress, not listening. Its own log and its own errors: Fastify's would repeat URLs, which may hold tokens. */
export async function buildIngress(dependencies: IngressDependencies): Promise<FastifyInstance> {
  const {
    tenants,
    readiness,
    log,
    trustedProxies = [],
    patience = { headersMs: 5000, requestMs: 10_000 },
  } = dependencies
  const app = Fastify({
    logger: false,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    bodyLimit: BODY_LIMIT_BYTES,
    // An overlong tenant is an unknown one like any other.
    routerOptions: { maxParamLength: HEADERS_LIMIT_BYTES, ignoreTrailingSlash: true },
    requestTimeout: patience.requestMs,
    http: {
      headersTimeout: patience.headersMs,
      connectionsCheckingInterval: Math.min(1000, patience.headersMs / 2),
      maxHeaderSize: HEADERS_LIMIT_BYTES,
    },
    // What arrives on a connection while we drain is still answered: Redis is closed last.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => void answerError(log)(error, request, reply),
    clientErrorHandler: answerConnectionError,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError(log))
  const refuse = async (): Promise<never> => {
    throw new Refusal('NOT_FOUND')
  }
  app.setNotFoundHandler(refuse)
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
  })
  // Before the body is read.
  app.addHook('onRequest', async ({ is404 }) => (is404 ? refuse() : undefined))
  closeConnectionsWhileDraining(app)
  addRequestLog(app, log, tenants)
  await addDocumentation(app, { isShown: dependencies.showDocs ?? true })
  addHealthRoutes(app, readiness)
  addWebhookRoutes(app, dependencies)
  return app
}

/** A connection that is kept alive after its last answer would hold the shutdown up for as long as it is kept. */
function closeConnectionsWhileDraining(app: FastifyInstance): void {
  let draining = false
  app.addHook('preClose', async () => {
    draining = true
  })
  app.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close')
  })
}
