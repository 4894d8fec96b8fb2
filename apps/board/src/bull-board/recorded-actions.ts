import { codeOfReason, textIn, type Texts } from '@ponte/contracts'
import { isJobId } from '@ponte/runtime'
import type { Queue } from 'bullmq'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type BoardDeps, depsFor } from '../board-deps.ts'
import { type User, allQueues, findQueueNamed, queueNameOf, beginAction, cleanEnded } from '@ponte/operations'
import { requestedAction } from '../auth/requested-action.ts'
import { createUserLimit } from '../auth/attempt-limit.ts'
import { isSafe, withoutMount } from '../ui/addresses.ts'
import { languageOf } from '../ui/language.ts'

const refusal: Texts = {
  en: 'Ponte does not allow this action. Waiting events are still to be delivered: only failed or completed events can be removed, and only failed events can be retried. The data on the screen is masked: writing it would lose the original. The limits of the queues are set by Ponte.',
  pt: 'O Ponte não permite esta ação. Eventos em espera ainda serão entregues: só os que falharam ou foram concluídos podem ser removidos, e só os que falharam podem ser reenviados. Os dados na tela estão mascarados: gravá-los apagaria os originais. Os limites das filas são definidos pelo Ponte.',
}

const RETRY_ALL = '/api/queues/:queueName/retry/:queueStatus'
const CLEAN = '/api/queues/:queueName/clean/:queueStatus'

/**
 * What an operator may do through Bull Board: route patterns of 9.10.1 (routes.js), with the states of jobs that may be retried or cleaned.
 * Everything else is refused, also what a later version adds. The data shown are masked, and writing them back would lose the original.
 * Emptying or obliterating a queue loses accepted events. The speed of a queue is set by Ponte. Jobs that wait were acknowledged and must
 * be delivered, so only ended jobs may be cleaned. Completed jobs are not run again.
 */
const allowedActions: Readonly<Record<string, 'any' | readonly string[]>> = {
  '/api/queues/pause': 'any',
  '/api/queues/resume': 'any',
  '/api/queues/:queueName/pause': 'any',
  '/api/queues/:queueName/resume': 'any',
  '/api/queues/:queueName/promote': 'any',
  '/api/queues/:queueName/:jobId/retry': ['failed'],
  '/api/queues/:queueName/:jobId/promote': 'any',
  '/api/queues/:queueName/:jobId/clean': ['failed', 'completed'],
  [RETRY_ALL]: ['failed'],
  [CLEAN]: ['failed', 'completed'],
}

/** What the address of an action names. */
const actionParameters = z
  .object({
    queueName: z.string().optional(),
    // An empty id for what no job can be called: no job has it.
    jobId: z
      .string()
      .transform(id => (isJobId(id) ? id : ''))
      .optional(),
    queueStatus: z.string().optional(),
  })
  .catch({})

/** Is this refused to everybody on the board? `queue`: the one that the address names, if it exists. */
export async function isRefusedAction(
  { queueStatus, jobId, route }: z.infer<typeof actionParameters> & { readonly route: string },
  queue: Pick<Queue, 'getJobState'> | undefined,
): Promise<boolean> {
  const allowed = Object.hasOwn(allowedActions, route) ? allowedActions[route] : undefined
  if (allowed === undefined || allowed === 'any') return allowed === undefined
  const state = jobId === undefined ? queueStatus : ((await queue?.getJobState(jobId)) ?? 'unknown')
  // For a job or a queue that does not exist, Bull Board gives the answer.
  return state !== 'unknown' && (state === undefined || !allowed.includes(state))
}

/** Actions of one user in a minute: more than a person does by hand. A whole queue is one action. */
const MAX_ACTIONS = 60

/**
 * Every change through Bull Board goes into the audit trail, and what is done to jobs into the timelines of their events. What is too much
 * for a minute is neither done nor recorded.
 */
export function keepRecordOfActions(app: FastifyInstance, deps: BoardDeps): void {
  const begun = new WeakMap<FastifyRequest, Awaited<ReturnType<typeof beginAction>>>()
  const recorded = new WeakSet<FastifyRequest>()
  const limit = createUserLimit(MAX_ACTIONS)

  app.addHook('preHandler', async (request, reply) => {
    const { user } = request
    if (isSafe(request.method)) return undefined
    if (user !== undefined)
      await limit.require(user, reply).catch((tooOften: unknown) => {
        recorded.add(request)
        throw tooOften
      })
    const { queueName: queue = '', jobId, queueStatus } = actionParameters.parse(request.params)
    const route = withoutMount(request.routeOptions.url ?? '')
    // None for a tenant that is gone, or that this user must not see. Bull Board then answers that there is no such queue.
    const queueRef = findQueueNamed(depsFor(deps, user), queue)
    const allowed = user !== undefined && !(await isRefusedAction({ route, queueStatus, jobId }, queueRef?.queue))
    request.log.info({ method: request.method, route, queue, job: jobId, allowed }, 'board action')
    if (!allowed)
      return await reply
        .code(403)
        .send({ error: { key: 'ERRORS.FORBIDDEN' }, message: textIn(refusal, languageOf(request)) })
    if (queueRef === undefined) return undefined
    // Begun before the action: a removed job can no longer be read, and what cannot be recorded is not done.
    const job = jobId === undefined ? undefined : await queueRef.queue.getJob(jobId)
    if (job !== undefined) {
      const code = job.failedReason ? codeOfReason(job.failedReason) : undefined
      const { action } = requestedAction(request)
      begun.set(request, await beginAction(deps, { user, queueRef, job, code, action }))
    }
    // Bull Board itself would retry and clean a whole queue without a record.
    if (route === RETRY_ALL) {
      recorded.add(request)
      const ids = await deps.redis.zrange(queueRef.queue.toKey('failed'), '0', '-1')
      return await reply.send({ retry: await deps.retries.start(user, 'all', [{ queueRef, ids }]) })
    }
    if (route === CLEAN) {
      recorded.add(request)
      await cleanEnded(deps, { user, queueRef, status: queueStatus === 'failed' ? 'failed' : 'completed' })
      return await reply.send({})
    }
    return undefined
  })

  // Recorded before the answer, so that a user who reads that it is done can rely on the record. The guard records what is refused to a
  // viewer.
  app.addHook('onSend', async (request, reply, payload) => {
    if (isSafe(request.method) || request.user?.role !== 'operator' || recorded.has(request)) return payload
    await record(request, request.user, reply.statusCode).catch((err: unknown) =>
      request.log.error({ err, route: request.routeOptions.url }, 'the audit trail was not written'),
    )
    return payload
  })

  async function record(request: FastifyRequest, user: User, status: number): Promise<void> {
    const { queueName: queue, queueStatus } = actionParameters.parse(request.params)
    const requested = requestedAction(request)
    const { action } = requested
    const done = status < 400
    const end = begun.get(request)
    if (end !== undefined) {
      const changes = action === 'retry' ? (['retried'] as const) : action === 'remove' ? (['removed'] as const) : []
      return await (done ? end('done', changes) : end('failed'))
    }
    const detail = queueStatus ?? (queue === undefined ? namesOf(deps, user) : undefined)
    await deps.audit.write({
      ...requested,
      user: user.name,
      outcome: done ? 'done' : status === 403 ? 'refused' : 'failed',
      ...(detail !== undefined && { detail }),
    })
  }
}

/** The queues that an action on all queues reaches. */
const namesOf = (deps: BoardDeps, user: User): string => allQueues(depsFor(deps, user)).map(queueNameOf).join(', ')
