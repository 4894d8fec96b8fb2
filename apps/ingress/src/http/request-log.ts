import type { LiveTenants, Logger } from '@ponte/runtime'
import type { FastifyInstance, FastifyRequest } from 'fastify'

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
