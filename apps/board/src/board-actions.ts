import { queueKinds, queueName } from '@ponte/runtime'
import type { Job } from 'bullmq'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { allPlaces, type BoardParts, type Place } from './board-parts.ts'
import { type CauseCode, causeCode } from './causes.ts'
import type { Who } from './credentials.ts'
import { recordOnJob } from './job-actions.ts'

/** What the audit trail calls the actions of Bull Board, by the end of their route (9.10.1, routes.js). */
const names: Readonly<Record<string, string>> = {
  '/api/queues/:queueName/retry/:queueStatus': 'retry-all',
  '/api/queues/:queueName/clean/:queueStatus': 'clean',
  '/api/queues/:queueName/:jobId/clean': 'remove',
  '/api/queues/:queueName/add': 'add',
}

const parameters = z.object({
  queueName: z.string().optional(),
  jobId: z.string().optional(),
  queueStatus: z.string().optional(),
})

interface Touched {
  readonly job: Job
  readonly code: CauseCode | undefined
}

/** Every change through Bull Board goes into the audit trail, and what is done to one job into the story of its event. */
export function keepRecordOfActions(app: FastifyInstance, parts: BoardParts): void {
  const touched = new WeakMap<FastifyRequest, Touched>()
  const places = new Map(allPlaces(parts).map(place => [queueName(place.tenant.name, place.kind), place]))

  // A job that is removed can be read only before.
  app.addHook('preHandler', async request => {
    const { queueName: queue, jobId } = parameters.catch({}).parse(request.params)
    if (!isChange(request) || queue === undefined || jobId === undefined) return
    const job = await places.get(queue)?.queue.getJob(jobId)
    if (job !== undefined)
      touched.set(request, { job, code: job.failedReason ? causeCode(job.failedReason) : undefined })
  })

  // Before the answer: who is told that it is done can rely on the record.
  app.addHook('onSend', async (request, reply, payload) => {
    if (!isChange(request) || request.who === undefined) return payload
    await record(request, request.who, reply.statusCode, payload).catch((err: unknown) =>
      request.log.error({ err, route: request.routeOptions.url }, 'the audit trail was not written'),
    )
    return payload
  })

  async function record(request: FastifyRequest, who: Who, status: number, payload: unknown): Promise<void> {
    const { queueName: queue, jobId, queueStatus } = parameters.catch({}).parse(request.params)
    const route = request.routeOptions.url ?? ''
    const action = names[route] ?? route.split('/').at(-1) ?? route
    const place = places.get(queue ?? '')
    const done = status < 400
    const act = touched.get(request)
    if (done && place !== undefined && act !== undefined) {
      const kind = action === 'retry' ? 'retried' : action === 'remove' ? 'removed' : undefined
      return await recordOnJob(parts, { ...act, who, place, action, ...(kind && { entry: { kind } }) })
    }
    await parts.audit.write({
      who: who.user,
      action,
      outcome: done ? 'done' : status === 403 ? 'refused' : 'failed',
      ...whereOf(place, queue),
      ...(jobId !== undefined && { jobId }),
      ...(queueStatus !== undefined && { detail: [queueStatus, countOf(payload)].filter(Boolean).join(' ') }),
    })
  }
}

const isChange = ({ method }: FastifyRequest): boolean => method !== 'GET' && method !== 'HEAD'

/** Of a queue that does not exist, the trail has what was asked for. */
function whereOf(place: Place | undefined, queue: string | undefined): { tenant?: string; queue?: string } {
  if (place !== undefined) return { tenant: place.tenant.name, queue: place.kind }
  return queue === undefined ? { queue: queueKinds.join(', ') } : { queue: queue.slice(0, 100) }
}

const retried = z.object({ retried: z.number() })

/** How many jobs *retry all* took. */
function countOf(payload: unknown): string | undefined {
  if (typeof payload !== 'string' || payload === '') return undefined
  try {
    const { data } = retried.safeParse(JSON.parse(payload))
    return data && String(data.retried)
  } catch {
    return undefined
  }
}
