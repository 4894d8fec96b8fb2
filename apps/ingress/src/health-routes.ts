import type { Readiness } from '@ponte/runtime'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { refuseOtherMethods } from './refuse-other-methods.ts'

const readiness = z.object({
  ready: z.boolean(),
  problems: z.array(z.string()).optional().describe('Why it is not ready.'),
  warnings: z.array(z.string()).optional().describe('What works and should still be mended.'),
})

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
      const answer = await check()
      return reply.code(answer.ready ? 200 : 503).send(answer)
    },
  )
  for (const url of ['/healthz', '/readyz']) refuseOtherMethods(app, url, ['GET', 'HEAD'])
}
