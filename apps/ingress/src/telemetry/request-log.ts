import { noTracer, type Tracer, type TraceSpan, type LiveTenants, type Logger } from '@ponte/runtime'
import type { FastifyRequest, FastifyInstance } from 'fastify'
import type { Acceptance } from '../http/acceptance.ts'
import type { System } from '@ponte/contracts'
import type { IncomingHttpHeaders } from 'node:http'

/** One span for each authentic delivery, so that a refused caller cannot fill anybody's traces. Without a tracer nothing is done. */
export function createRequestSpans(tracer: Tracer = noTracer) {
  const spans = new WeakMap<FastifyRequest, { span: TraceSpan; counts: Record<string, number> }>()
  return {
    start(request: FastifyRequest, { tenant, source }: { tenant: string; source: System }): void {
      if (tracer === noTracer) return
      const route = request.routeOptions.url ?? ''
      const span = tracer.start(`${request.method} ${route}`, {
        kind: 'server',
        parent: readTraceContext(request.headers),
        attributes: {
          'ponte.tenant': tenant,
          'ponte.source': source,
          'http.request.method': request.method,
          'http.route': route,
        },
      })
      spans.set(request, { span, counts: {} })
    },
    /** The trace context for the events: of this span, or the sender's when nothing is traced here. */
    carrierOf: (request: FastifyRequest): Record<string, string> | undefined => {
      const own = spans.get(request)?.span.carrier
      return own === undefined ? readTraceContext(request.headers) : { ...own }
    },
    accepted(request: FastifyRequest, { accepted, duplicates, quarantined, ignored }: Acceptance): void {
      const found = spans.get(request)
      if (found === undefined) return
      found.counts = {
        'ponte.events.accepted': accepted.length,
        'ponte.events.duplicate': duplicates.length,
        'ponte.events.quarantined': quarantined.length,
        'ponte.events.ignored': ignored.length,
      }
    },
    end(request: FastifyRequest, status: number): void {
      const found = spans.get(request)
      found?.span.end({
        error: status >= 500 ? String(status) : undefined,
        attributes: { ...found.counts, 'http.response.status_code': status },
      })
    },
  }
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** The sender's trace, when its header is valid (W3C Trace Context); it goes with the job to the worker. */
export const readTraceContext = ({ traceparent }: IncomingHttpHeaders): Record<string, string> | undefined =>
  typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? { traceparent } : undefined

/** The tenant in the URL of a request, if it exists: logs and metrics never contain text that a sender chose. */
export function nameTenant(tenants: LiveTenants): (request: FastifyRequest) => string | undefined {
  return ({ params }) =>
    typeof params === 'object' && params !== null && 'tenant' in params ? tenants.named(params.tenant)?.name : undefined
}

/** Logs one line for each request, with the pattern of the route. The URL may contain a token. */
export function addRequestLog(app: FastifyInstance, log: Logger, tenants: LiveTenants): void {
  const tenantOf = nameTenant(tenants)
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url
    const level = route?.startsWith('/webhooks/') ? 'info' : 'debug'
    const ms = Math.round(reply.elapsedTime)
    log[level](
      { reqId: request.id, method: request.method, route, tenant: tenantOf(request), status: reply.statusCode, ms },
      'answered',
    )
    done()
  })
}
