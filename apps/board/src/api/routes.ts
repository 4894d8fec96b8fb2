import {
  beginRetryOf,
  failedEventsDocument,
  failuresDocument,
  findFailedOf,
  healthDocument,
  operators,
  problemDocument,
  readBridge,
  readers,
  readersOf,
  readFailedEvents,
  readFailures,
  readOnce,
  readResultsDocument,
  readRetry,
  readStatus,
  resultFigures,
  resultsDocument,
  retryAnswer,
  retryCause,
  retryDocument,
  roles,
  seesAll,
  statusDocument,
  toFailedEventsDocument,
  toFailuresDocument,
  toHealthDocument,
  toStatusDocument,
} from '@ponte/operations'
import { queueKinds } from '@ponte/runtime'
import { periods } from '@ponte/state'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type BoardDeps, depsFor } from '../board-deps.ts'
import { reasonCode } from '../filters/filters.ts'
import { timeZone } from '../ui/moment.ts'
import { ApiProblem, languageOfApi } from './problems.ts'

const tenant = z.string().max(63).describe('The name of a tenant. Default: all that the token may see')
const code = reasonCode.meta({ description: 'A failure code, or WITHOUT_CODE', examples: ['CRM_REJECTED'] })
const dryRun = z.boolean().default(false).describe('Only says what would be retried')

const ofTenant = z.strictObject({ tenant: tenant.optional() })
const nothing = z.strictObject({})
const causeParams = z.strictObject({ code })

const forReaders = { tokenRoles: readers }
const forRetries = { config: { tokenRoles: operators }, bodyLimit: 16 * 1024 }

/** Every address of the API: its schemas, which check, describe and write what goes in and out, and what it answers with. */
export function addApiRoutes(app: FastifyInstance, all: () => BoardDeps): void {
  const scope = app.withTypeProvider<ZodTypeProvider>()

  /** Who asks, in which language, and what the token may see: of one tenant, or of all. Throws for a tenant that does not exist for it. */
  function askedBy(request: Pick<FastifyRequest, 'apiUser' | 'headers'>, name?: string) {
    const { apiUser: user } = request
    // The guard has admitted the request by its token.
    if (user === undefined) throw new ApiProblem('API_TOKEN_REFUSED')
    const deps = depsFor(all(), user)
    const tenants = deps.tenants.filter(each => name === undefined || each.name === name)
    if (name !== undefined && tenants.length === 0) throw new ApiProblem('API_TENANT_UNKNOWN')
    return { user, language: languageOfApi(request), deps: { ...deps, tenants } }
  }

  scope.get(
    '/status',
    {
      config: forReaders,
      schema: {
        summary: 'How the bridge stands: each tenant with its connections, what waits and what failed',
        querystring: ofTenant,
        response: answered(statusDocument, 'As `ponte status --json`'),
      },
    },
    async request => {
      const { user, language, deps } = askedBy(request, request.query.tenant)
      const failedJobs = readOnce(deps.failedJobs)
      const reading = await readStatus({ ...deps, failedJobs }, { now: Date.now() })
      requireRedis(deps, reading.state.unreadable)
      const document = toStatusDocument(reading, language)
      if (seesAll(user)) return document
      return { ...document, refusedFile: document.refusedFile.map(each => ({ ...each, problems: [] })) }
    },
  )

  scope.get(
    '/tenants',
    {
      config: forReaders,
      schema: {
        summary: 'Each tenant in one word and one sentence',
        querystring: nothing,
        response: answered(healthDocument, 'The tenants that the token may see'),
      },
    },
    async request => {
      const { language, deps } = askedBy(request)
      const state = await readBridge(deps, { now: Date.now() })
      requireRedis(deps, state.unreadable)
      return toHealthDocument(state, language)
    },
  )

  scope.get(
    '/failures',
    {
      config: forReaders,
      schema: {
        summary: 'What failed, by cause',
        querystring: ofTenant,
        response: answered(failuresDocument, 'As `ponte failures --json`'),
      },
    },
    async request => {
      const { user, language, deps } = askedBy(request, request.query.tenant)
      const reading = await readFailures(deps, user)
      const document = toFailuresDocument(reading, { language, notes: user.role === 'operator' })
      requireRedis(deps, document.unreadable)
      return document
    },
  )

  scope.get(
    '/failures/:code',
    {
      config: forReaders,
      schema: {
        summary: 'The events that failed with a code, 50 a page',
        params: causeParams,
        querystring: z.strictObject({
          tenant: tenant.optional(),
          queue: z.enum(queueKinds).optional(),
          page: z.coerce.number().int().min(1).max(10_000).default(1),
        }),
        response: answered(failedEventsDocument, 'A page of them'),
      },
    },
    async request => {
      const { tenant: name, ...asked } = request.query
      const { deps } = askedBy(request, name)
      return toFailedEventsDocument(await readFailedEvents(deps, { ...request.params, ...asked }))
    },
  )

  scope.post(
    '/failures/:code/retry',
    {
      ...forRetries,
      schema: {
        summary: 'Retry what failed with a code, from the first attempt',
        description: repeatable,
        params: causeParams,
        querystring: nothing,
        body: z.strictObject({ tenant: tenant.optional(), dryRun }).nullish(),
        response: begun,
      },
    },
    async (request, reply) => {
      const { tenant: name, dryRun: isDry = false } = request.body ?? {}
      const { user, deps } = askedBy(request, name)
      return sendRetry(reply, await retryCause(deps, user, { ...request.params, dryRun: isDry }))
    },
  )

  scope.post(
    '/tenants/:tenant/events/:key/retry',
    {
      ...forRetries,
      schema: {
        summary: 'Retry one failed event, from the first attempt',
        description: repeatable,
        params: z.strictObject({ tenant, key: z.string().max(128).describe('The key of an event') }),
        querystring: nothing,
        body: z.strictObject({ dryRun }).nullish(),
        response: begun,
      },
    },
    async (request, reply) => {
      const { tenant: name, key } = request.params
      const { user, deps } = askedBy(request, name)
      const queues = await findFailedOf(deps, name, key)
      if (queues === undefined) throw new ApiProblem('API_EVENT_UNKNOWN')
      const { dryRun: isDry = false } = request.body ?? {}
      return sendRetry(reply, await beginRetryOf(deps, user, { kind: 'trial', queues, dryRun: isDry }))
    },
  )

  scope.get(
    '/retries/:id',
    {
      config: forReaders,
      schema: {
        summary: 'What became of a retry',
        params: z.strictObject({ id: z.string().max(40) }),
        querystring: nothing,
        response: answered(retryDocument, 'As far as it is'),
      },
    },
    async request => {
      const retry = await readRetry(askedBy(request).deps, request.params.id)
      if (retry === undefined) throw new ApiProblem('API_RETRY_UNKNOWN')
      return retry
    },
  )

  scope.get(
    '/results',
    {
      config: { tokenRoles: roles },
      schema: {
        summary: 'What was counted in a period: leads, opportunities, sales, losses',
        description:
          'As `ponte report --json`. A token that is not of an operator gets only names that at least five events share. One of a manager gets the figures of the page of results.',
        querystring: z.strictObject({ tenant: tenant.optional(), period: z.enum(periods).default('30d') }),
        response: answered(resultsDocument, 'In reais, seconds and per cent'),
      },
    },
    async request => {
      const { tenant: name, period } = request.query
      const { user, deps } = askedBy(request, name)
      return await readResultsDocument(deps.redis, deps.tenants, {
        ...{ period, now: Date.now(), timeZone: timeZone(), readers: readersOf(user), kept: deps.keptFigures },
        figures: user.role === 'manager' ? resultFigures : undefined,
      })
    },
  )
}

const repeatable =
  'It may be sent again: only what is failed at that moment is retried. All failures with the code are, however many. The body may be left out.'

const refused = {
  default: {
    description: 'A refusal, or an error',
    content: { 'application/problem+json': { schema: problemDocument } },
  },
}

const answered = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  200: schema.describe(description),
  ...refused,
})

const begun = {
  ...answered(retryAnswer, 'A dry run, or nothing has failed like that'),
  202: retryAnswer.describe('The retry has begun; `Location` says what becomes of it'),
}

function sendRetry(reply: FastifyReply, answer: z.infer<typeof retryAnswer>): FastifyReply {
  if (answer.retry !== null) reply.code(202).header('location', `/api/v1/retries/${answer.retry.id}`)
  return reply.send(answer)
}

/** Of some tenants Redis may say nothing; when it says nothing at all there is no answer. */
function requireRedis({ tenants }: Pick<BoardDeps, 'tenants'>, unreadable: readonly string[]): void {
  if (tenants.length > 0 && unreadable.length === tenants.length)
    throw new ApiProblem('API_REDIS_UNAVAILABLE', { headers: { 'retry-after': '5' } })
}
