import {
  failedEventsDocument,
  failuresDocument,
  healthDocument,
  problemDocument,
  resultsDocument,
  retryAnswer,
  retryDocument,
  statusDocument,
  operators,
  readers,
  roles,
  type User,
} from '@ponte/operations'
import type { Language } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'
import { periods } from '@ponte/state'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { reasonCode } from '../filters/filters.ts'
import { ApiProblem, languageOfApi } from './problems.ts'

const BODY_LIMIT = 16 * 1024

const tenant = z.string().max(63).describe('The name of a tenant. Default: all that the token may see')
const code = reasonCode.meta({ description: 'A failure code, or WITHOUT_CODE', examples: ['CRM_REJECTED'] })
const dryRun = z.boolean().default(false).describe('Only says what would be retried')

const ofTenant = z.strictObject({ tenant: tenant.optional() })
const nothing = z.strictObject({})
const eventsQuery = z.strictObject({
  tenant: tenant.optional(),
  queue: z.enum(queueKinds).optional(),
  page: z.coerce.number().int().min(1).max(10_000).default(1),
})
const resultsQuery = z.strictObject({ tenant: tenant.optional(), period: z.enum(periods).default('30d') })
const causeParams = z.strictObject({ code })
const retryBody = z.strictObject({ tenant: tenant.optional(), dryRun }).nullish()
const eventParams = z.strictObject({ tenant, key: z.string().max(128).describe('The key of an event') })
const eventBody = z.strictObject({ dryRun }).nullish()
const retryParams = z.strictObject({ id: z.string().max(40) })

/** Who asks, and in which language. */
export interface Asking {
  readonly user: User
  readonly language: Language
}

type Answer<Schema extends z.ZodType> = Promise<z.infer<Schema>>

/** What each address answers with. */
export interface ApiAnswers {
  readonly status: (by: Asking, query: z.infer<typeof ofTenant>) => Answer<typeof statusDocument>
  readonly health: (by: Asking) => Answer<typeof healthDocument>
  readonly failures: (by: Asking, query: z.infer<typeof ofTenant>) => Answer<typeof failuresDocument>
  readonly failedEvents: (
    by: Asking,
    query: z.infer<typeof eventsQuery> & z.infer<typeof causeParams>,
  ) => Answer<typeof failedEventsDocument>
  readonly retryCause: (by: Asking, asked: CauseRetry) => Answer<typeof retryAnswer>
  readonly retryEvent: (by: Asking, asked: EventRetry) => Answer<typeof retryAnswer>
  readonly retry: (by: Asking, id: string) => Answer<typeof retryDocument>
  readonly results: (by: Asking, query: z.infer<typeof resultsQuery>) => Answer<typeof resultsDocument>
}
type CauseRetry = z.infer<typeof causeParams> & NonNullable<z.infer<typeof retryBody>>
type EventRetry = z.infer<typeof eventParams> & NonNullable<z.infer<typeof eventBody>>

const forAll = { tokenRoles: roles }
const forReaders = { tokenRoles: readers }
const forOperators = { tokenRoles: operators }

/** Every address of the API with its schemas, which check, describe and write what goes in and out. */
export function addApiRoutes(app: FastifyInstance, answers: ApiAnswers): void {
  const scope = app.withTypeProvider<ZodTypeProvider>()

  scope.get(
    '/status',
    {
      config: forReaders,
      schema: {
        summary: 'How the bridge stands: each tenant with its connections, what waits and what failed',
        querystring: ofTenant,
        response: { 200: statusDocument.describe('As `ponte status --json`'), ...refused },
      },
    },
    async request => answers.status(askingOf(request), request.query),
  )

  scope.get(
    '/tenants',
    {
      config: forReaders,
      schema: {
        summary: 'Each tenant in one word and one sentence',
        querystring: nothing,
        response: { 200: healthDocument.describe('The tenants that the token may see'), ...refused },
      },
    },
    async request => answers.health(askingOf(request)),
  )

  scope.get(
    '/failures',
    {
      config: forReaders,
      schema: {
        summary: 'What failed, by cause',
        querystring: ofTenant,
        response: { 200: failuresDocument.describe('As `ponte failures --json`'), ...refused },
      },
    },
    async request => answers.failures(askingOf(request), request.query),
  )

  scope.get(
    '/failures/:code',
    {
      config: forReaders,
      schema: {
        summary: 'The events that failed with a code, 50 a page',
        params: causeParams,
        querystring: eventsQuery,
        response: { 200: failedEventsDocument.describe('A page of them'), ...refused },
      },
    },
    async request => answers.failedEvents(askingOf(request), { ...request.params, ...request.query }),
  )

  scope.post(
    '/failures/:code/retry',
    {
      config: forOperators,
      bodyLimit: BODY_LIMIT,
      schema: {
        summary: 'Retry what failed with a code, from the first attempt',
        description: repeatable,
        params: causeParams,
        querystring: nothing,
        body: retryBody,
        response: begun,
      },
    },
    async (request, reply) => {
      const answer = await answers.retryCause(askingOf(request), { dryRun: false, ...request.body, ...request.params })
      if (answer.retry === null) return answer
      return reply.code(202).header('location', `/api/v1/retries/${answer.retry.id}`).send(answer)
    },
  )

  scope.post(
    '/tenants/:tenant/events/:key/retry',
    {
      config: forOperators,
      bodyLimit: BODY_LIMIT,
      schema: {
        summary: 'Retry one failed event, from the first attempt',
        description: repeatable,
        params: eventParams,
        querystring: nothing,
        body: eventBody,
        response: begun,
      },
    },
    async (request, reply) => {
      const answer = await answers.retryEvent(askingOf(request), { dryRun: false, ...request.body, ...request.params })
      if (answer.retry === null) return answer
      return reply.code(202).header('location', `/api/v1/retries/${answer.retry.id}`).send(answer)
    },
  )

  scope.get(
    '/retries/:id',
    {
      config: forReaders,
      schema: {
        summary: 'What became of a retry',
        params: retryParams,
        querystring: nothing,
        response: { 200: retryDocument.describe('As far as it is'), ...refused },
      },
    },
    async request => answers.retry(askingOf(request), request.params.id),
  )

  scope.get(
    '/results',
    {
      config: forAll,
      schema: {
        summary: 'What was counted in a period: leads, opportunities, sales, losses',
        description:
          'As `ponte report --json`. A token that is not of an operator gets only names that at least five events share. One of a manager gets the figures of the page of results.',
        querystring: resultsQuery,
        response: { 200: resultsDocument.describe('In reais, seconds and per cent'), ...refused },
      },
    },
    async request => answers.results(askingOf(request), request.query),
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

const begun = {
  200: retryAnswer.describe('A dry run, or nothing has failed like that'),
  202: retryAnswer.describe('The retry has begun; `Location` says what becomes of it'),
  ...refused,
}

function askingOf(request: Pick<FastifyRequest, 'apiUser' | 'headers'>): Asking {
  const { apiUser: user } = request
  // The guard has admitted the request by its token.
  if (user === undefined) throw new ApiProblem('API_TOKEN_REFUSED')
  return { user, language: languageOfApi(request) }
}
