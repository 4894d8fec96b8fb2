import { randomUUID } from 'node:crypto'
import { createProxyWarning, type Readiness } from '@ponte/runtime'
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { addDocumentation } from './documentation/documentation.ts'
import { answerConnectionError, answerError, Refusal } from './http/problem.ts'
import { addHealthRoutes } from './health/health-routes.ts'
import { addRequestLog } from './telemetry/request-log.ts'
import { BODY_LIMIT_BYTES } from './limits/body-room.ts'
import { addWebhookRoutes, type WebhookDependencies } from './webhooks/webhook-routes.ts'

export interface IngressDependencies extends WebhookDependencies {
  readonly readiness: () => Promise<Readiness>
  /** Whether `/docs` and `/openapi.json` are served. Default: they are. */
  readonly showDocs?: boolean
  /** The proxies whose `X-Forwarded-For` is trusted. Default: none. */
  readonly trustedProxies?: readonly string[]
  /** How long a request may take to arrive. Default: 5 s for the headers, 10 s in all. */
  readonly timeouts?: { readonly headersMs: number; readonly requestMs: number }
}

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

/**
 * What helmet adds to an answer when a page may load nothing; Swagger UI sets a policy of its own. Constants, because helmet makes them
 * anew for each request, which costs more than the rest of Fastify's work. A test holds them against helmet.
 */
export const securityHeaders = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
} as const
