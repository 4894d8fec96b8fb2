import { codeOfReason } from '@ponte/contracts'
import { queueName } from '@ponte/runtime'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { allPlaces, type BoardParts, type Place } from './board-parts.ts'
import { beginAct, cleanEnded, retryAll } from './job-actions.ts'
import type { Who } from './credentials.ts'
import { requestedDeed } from './requested-deed.ts'

const RETRY_ALL = '/api/queues/:queueName/retry/:queueStatus'
const CLEAN = '/api/queues/:queueName/clean/:queueStatus'

/**
 * Actions that would destroy what they seem to edit: the data shown is masked, and writing it back would lose the original;
 * emptying or obliterating a queue loses accepted events; how fast a queue goes is Ponte's own affair (a limit that is forgotten
 * would stop it silently). Route patterns of Bull Board 9.10.1 (routes.js).
 */
const refusedActions = new Set([
  '/api/queues/:queueName/:jobId/update-data',
  '/api/queues/:queueName/add',
  '/api/queues/:queueName/empty',
  '/api/queues/:queueName/obliterate',
  '/api/queues/:queueName/concurrency',
  '/api/queues/:queueName/rate-limit',
  '/api/queues/:queueName/rate-limit/release',
])

/** Only what has ended may be cleaned: whatever waits was acknowledged and is yet to be delivered. What is done is not done again. */
const allowedStatuses: Readonly<Record<string, ReadonlySet<unknown>>> = {
  [RETRY_ALL]: new Set(['failed']),
  [CLEAN]: new Set(['failed', 'completed']),
}

/** May nobody do this by the board? */
export const isRefusedAction = (route: string, queueStatus: unknown): boolean =>
  refusedActions.has(route) || allowedStatuses[route]?.has(queueStatus) === false

const parameters = z.object({
  queueName: z.string().optional(),
  jobId: z.string().optional(),
  queueStatus: z.string().optional(),
})

/** Every change through Bull Board goes into the audit trail, and what is done to jobs into the stories of their events. */
export function keepRecordOfActions(app: FastifyInstance, parts: BoardParts): void {
  const begun = new WeakMap<FastifyRequest, Awaited<ReturnType<typeof beginAct>>>()
  const recorded = new WeakSet<FastifyRequest>()
  const places = new Map(allPlaces(parts).map(place => [queueName(place.tenant.name, place.kind), place]))

  // A job that is removed can be read only before; and nothing is done that could not be recorded.
  app.addHook('preHandler', async request => {
    const { queueName: queue, jobId, queueStatus } = parameters.catch({}).parse(request.params)
    const { url: route = '' } = request.routeOptions
    const { who } = request
    const place = places.get(queue ?? '')
    if (!isChange(request) || place === undefined || jobId === undefined || who === undefined) return
    const job = isRefusedAction(route, queueStatus) ? undefined : await place.queue.getJob(jobId)
    if (job === undefined) return
    const code = job.failedReason ? codeOfReason(job.failedReason) : undefined
    begun.set(request, await beginAct(parts, { who, place, job, code, action: requestedDeed(request).action }))
  })

  // Bull Board would retry and clean a whole queue without a word to anybody.
  app.addHook('preHandler', async (request, reply) => {
    const { queueName: queue, queueStatus } = parameters.catch({}).parse(request.params)
    const { url: route = '' } = request.routeOptions
    const { who } = request
    const place = places.get(queue ?? '')
    if (place === undefined || who === undefined || isRefusedAction(route, queueStatus)) return undefined
    if (route === RETRY_ALL) {
      recorded.add(request)
      const ids = await parts.redis.zrange(place.queue.toKey('failed'), '0', '-1')
      return await reply.send(await retryAll(parts, { who, place, ids }))
    }
    if (route === CLEAN) {
      recorded.add(request)
      await cleanEnded(parts, { who, place, status: queueStatus === 'failed' ? 'failed' : 'completed' })
      return await reply.send({})
    }
    return undefined
  })

  // Before the answer: who is told that it is done can rely on the record. What a viewer was refused the guard has recorded.
  app.addHook('onSend', async (request, reply, payload) => {
    if (!isChange(request) || request.who?.role !== 'operator' || recorded.has(request)) return payload
    await record(request, request.who, reply.statusCode).catch((err: unknown) =>
      request.log.error({ err, route: request.routeOptions.url }, 'the audit trail was not written'),
    )
    return payload
  })

  async function record(request: FastifyRequest, who: Who, status: number): Promise<void> {
    const { queueName: queue, queueStatus } = parameters.catch({}).parse(request.params)
    const deed = requestedDeed(request)
    const { action } = deed
    const done = status < 400
    const end = begun.get(request)
    if (end !== undefined) {
      const told = action === 'retry' ? (['retried'] as const) : action === 'remove' ? (['removed'] as const) : []
      return await (done ? end('done', told) : end('failed'))
    }
    const detail = queueStatus ?? (queue === undefined ? namesOf(places) : undefined)
    await parts.audit.write({
      ...deed,
      who: who.user,
      outcome: done ? 'done' : status === 403 ? 'refused' : 'failed',
      ...(detail !== undefined && { detail }),
    })
  }
}

const isChange = ({ method }: FastifyRequest): boolean => method !== 'GET' && method !== 'HEAD'

/** What is done to all queues is done to these. */
const namesOf = (places: ReadonlyMap<string, Place>): string => [...places.keys()].join(', ')
