import type { Readiness } from '@ponte/runtime'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { refuseOtherMethods } from '../http/refuse-other-methods.ts'

/** Anybody may ask: what is wrong, and with which Redis, is told on the ops port only. */
const readiness = z.object({ ready: z.boolean() })

/** Liveness and readiness, for whoever balances the load. SPEC §3. */
export function addHealthRoutes(app: FastifyInstance, check: () => Promise<Readiness>): void {
  app.get(
    '/healthz',
    { schema: { tags: ['health'], summary: 'The process runs', response: { 200: z.object({ status: z.string() }) } } },
    async () => ({ status: 'ok' }),
  )
  app.get(
    '/readyz',
    {
      schema: {
        tags: ['health'],
        summary: 'Deliveries can be accepted: Redis answers',
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_request, reply) => {
      const { ready } = await check()
      return reply.code(ready ? 200 : 503).send({ ready })
    },
  )
  for (const url of ['/healthz', '/readyz']) refuseOtherMethods(app, url, ['GET', 'HEAD'])
}
