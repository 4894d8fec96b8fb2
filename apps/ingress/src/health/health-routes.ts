import type { Readiness } from '@ponte/runtime'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { refuseOtherMethods } from '../http/refuse-other-methods.ts'

/** Public: details are on the ops port only. */
const readiness = z.object({ ready: z.boolean() })

/** Liveness and readiness, for load balancers (docs/behaviour.md#health). */
export function addHealthRoutes(app: FastifyInstance, check: () => Promise<Readiness>): void {
  app.get(
    '/healthz',
    {
      schema: {
        tags: ['health'],
        summary: 'The process is running',
        response: { 200: z.object({ status: z.string() }) },
      },
    },
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
