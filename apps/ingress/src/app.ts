import { randomUUID } from 'node:crypto'
import { createProxyWarning, type Logger, type Queues, type Readiness, type Tenant, type Tracer } from '@ponte/runtime'
import type { Timelines } from '@ponte/state'
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { addDocumentation } from './documentation/documentation.ts'
import { answerConnectionError, answerError } from './http/error-handlers.ts'
import { addHealthRoutes } from './health/health-routes.ts'
import type { IngressMetrics } from './telemetry/ingress-metrics.ts'
import { Refusal } from './http/problem.ts'
import { addRequestLog } from './http/request-log.ts'
import { securityHeaders } from './http/security-headers.ts'
import { addWebhookRoutes } from './webhooks/webhook-routes.ts'

export interface IngressDependencies {
  readonly tenants: readonly Tenant[]
  readonly queues: Pick<Queues, 'of'>
  /** The timelines of a tenant: the ingress begins the timeline of each event. */
  readonly timelinesOf: (tenant: string) => Timelines
  readonly readiness: () => Promise<Readiness>
  readonly metrics: IngressMetrics
  /** Default: nothing is traced. */
  readonly tracer?: Tracer
  readonly log: Logger
  /** Whether `/docs` and `/openapi.json` are served. Default: they are. */
  readonly showDocs?: boolean
  /** The proxies whose `X-Forwarded-For` is trusted. Default: none. */
  readonly trustedProxies?: readonly string[]
  /** How long a request may take to arrive. Default: 5 s for the headers, 10 s in all. */
  readonly timeouts?: { readonly headersMs: number; readonly requestMs: number }
  /** Redis must confirm a delivery within this time. */
  readonly enqueueDeadlineMs?: number
}

/** docs/behaviour.md#limits-of-a-delivery */
const BODY_LIMIT_BYTES = 1024 * 1024
const HEADERS_LIMIT_BYTES = 16 * 1024

/** Builds the ingress without listening. It has its own log and errors, because Fastify's contain URLs, which may contain tokens. */
export async function buildIngress(dependencies: IngressDependencies): Promise<FastifyInstance> {
  const {
    tenants,
    readiness,
    log,
    trustedProxies = [],
    timeouts = { headersMs: 5000, requestMs: 10_000 },
  } = dependencies
  const app = Fastify({
    logger: false,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    bodyLimit: BODY_LIMIT_BYTES,
    // A very long tenant name is answered like any unknown tenant.
    routerOptions: { maxParamLength: HEADERS_LIMIT_BYTES, ignoreTrailingSlash: true },
    requestTimeout: timeouts.requestMs,
    http: {
      headersTimeout: timeouts.headersMs,
      connectionsCheckingInterval: Math.min(1000, timeouts.headersMs / 2),
      maxHeaderSize: HEADERS_LIMIT_BYTES,
    },
    // Requests that arrive during the shutdown are still answered: Redis is closed last.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => void answerError(log)(error, request, reply),
    clientErrorHandler: answerConnectionError,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError(log))
  app.setNotFoundHandler(async () => {
    throw new Refusal('NOT_FOUND')
  })
  const warnOfProxy = createProxyWarning(log, 'INGRESS_TRUSTED_PROXIES')
  // This runs before the body is read.
  app.addHook('onRequest', (request, reply, done) => {
    warnOfProxy(request)
    reply.headers(securityHeaders)
    done(request.is404 ? new Refusal('NOT_FOUND') : undefined)
  })
  closeConnectionsWhileDraining(app)
  addRequestLog(app, log, tenants)
  await addDocumentation(app, { isShown: dependencies.showDocs ?? true })
  addHealthRoutes(app, readiness)
  addWebhookRoutes(app, dependencies)
  return app
}

/** A kept-alive connection would otherwise delay the shutdown. */
function closeConnectionsWhileDraining(app: FastifyInstance): void {
  let draining = false
  app.addHook('preClose', async () => {
    draining = true
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (draining) reply.header('connection', 'close')
    done()
  })
}
