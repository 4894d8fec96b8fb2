import { checkRedis, type Readiness, type RedisWanted } from '@ponte/runtime'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { refuseOtherMethods } from '../http/problem.ts'
import { setTimeout as sleep } from 'node:timers/promises'

/** Public: details are on the ops port only. */
const readiness = z.object({ ready: z.boolean() })

/** Liveness and readiness, for load balancers (docs/behaviour/queues.md#health). */
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

/** How long an answer is reused, so that frequent requests put no load on Redis. */
const KEPT_MS = 1000

/** Ready means that Redis answers. The warnings list the settings with which Redis may lose acknowledged events. */
export function createReadiness(
  redis: Parameters<typeof checkRedis>[0],
  wanted?: RedisWanted,
): () => Promise<Readiness> {
  let last: { readonly askedAt: number; readonly answer: Promise<Readiness> } | undefined
  const ask = async (): Promise<Readiness> => {
    const { answers, warnings } = await checkRedis(redis, wanted)
    return answers ? { ready: true, warnings } : { ready: false, problems: ['redis does not answer'] }
  }
  return async () => {
    const now = performance.now()
    if (last === undefined || now - last.askedAt > KEPT_MS) last = { askedAt: now, answer: ask() }
    return await last.answer
  }
}

/**
 * Before the ingress stops listening it says at `/readyz` that it will, and goes on for so long. Otherwise what a balancer sends in the
 * moment of the end could be lost on its way, and would have to be sent again.
 */
export function createDrain(readiness: () => Promise<Readiness>, seconds: number) {
  let isDraining = false
  return {
    readiness: async (): Promise<Readiness> =>
      isDraining ? { ready: false, problems: ['the process is being stopped'] } : await readiness(),
    async drain(): Promise<void> {
      isDraining = true
      await sleep(seconds * 1000)
    },
  }
}
