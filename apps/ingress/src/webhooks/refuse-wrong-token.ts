import type { Logger, Tenant } from '@ponte/runtime'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../http/problem.ts'
import { nameTenant } from '../http/request-log.ts'
import { createWrongTokenLimit } from '../limits/wrong-tokens.ts'
import type { Source } from './authenticate.ts'

/**
 * Refuses a request without a valid token: with 401, and with 429 once its address sent too many. The log shows the address and never the
 * token.
 */
export async function createTokenRefusal(
  app: FastifyInstance,
  { tenants, log }: { readonly tenants: readonly Tenant[]; readonly log: Logger },
) {
  const countWrongToken = await createWrongTokenLimit(app)
  const tenantOf = nameTenant(tenants)
  return async (request: FastifyRequest, source: Source): Promise<never> => {
    const tooMany = await countWrongToken(request)
    const facts = { address: request.ip, tenant: tenantOf(request), source, reqId: request.id }
    if (tooMany === undefined) {
      log.warn(facts, 'wrong webhook token')
      throw new Refusal('UNAUTHORIZED', { 'www-authenticate': 'Bearer' })
    }
    if (tooMany.isFirst) log.warn(facts, 'many wrong webhook tokens from one address: answering 429 for a while')
    throw new Refusal('TOO_MANY_WRONG_TOKENS', { 'retry-after': String(tooMany.seconds) })
  }
}
