import { type CrmIntent, isCrmIntent, crmIntents, events, type System } from '@ponte/contracts'
import { keepPerTenant, type LiveTenants, type Logger, type Queues, type Tracer } from '@ponte/runtime'
import type { DeliveryRecorder, RefusalReason, Timelines } from '@ponte/state'
import { OWN_USER_AGENT } from '@ponte/webhooks'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, problem, refuseOtherMethods } from '../http/problem.ts'
import { nameTenant, createRequestSpans } from '../telemetry/request-log.ts'
import {
  type BodyRoom,
  countArriving,
  createProcessRoom,
  createSourceRoom,
  giveBackAtEnd,
  reserveBody,
  type Room,
} from '../limits/body-room.ts'
import { type Acceptance, acceptance } from '../http/acceptance.ts'
import { createIntakeLimit, requireRoom } from '../limits/intake-limits.ts'
import type { IngressMetrics } from '../telemetry/ingress-metrics.ts'
import { acceptDelivery, type Afterwards, createAfterwards, type Intake } from './accept-delivery.ts'
import { createAuthenticate, createTokenRefusal, hasToken } from './authenticate.ts'
import { type IncomingDelivery, readBodiesAsBytes, readDeliveryBody } from './read-delivery.ts'
import { z } from 'zod'

type WebhookParams = z.infer<typeof params> & { readonly intent?: string }
const params = z.object({ tenant: z.string().describe('The name of the tenant in the tenants file.') })

const paramsWithIntent = params.extend({
  intent: z
    .string()
    .meta({ description: `One of ${crmIntents.join(', ')}.`, examples: [events['opportunity.won'].intent] }),
})

const refused = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problem } },
})

const answers = {
  202: acceptance.describe('The delivery is authentic and stored. A body that cannot be read is quarantined.'),
  401: refused('The token is missing or wrong, or there is no such tenant.'),
  413: refused('The body is larger than 1 MiB.'),
  415: refused('The body is neither JSON nor a form in UTF-8, or it is compressed.'),
  429: refused(
    'Too many wrong tokens from this address, more events than the tenant may deliver, or an unreadable delivery while the quarantine is full. Repeat after `Retry-After` seconds.',
  ),
  503: refused(
    'Redis did not confirm the delivery, or too many bodies arrive at once. Repeat it after `Retry-After` seconds.',
  ),
}

/** Only for the description, because the parsers get the body as bytes. */
const body = (description: string, examples: readonly unknown[]) =>
  z
    .custom<Buffer | null | undefined>(value => value === null || value === undefined || Buffer.isBuffer(value))
    .meta({ type: 'object', description, examples: [...examples] })

const security = [{ apiToken: [] }, { bearer: [] }, { token: [] }]

const crmBody = body('What a workflow of TOTVS CRM sends: the event, not the record.', [
  {
    eventId: '5d1f6a0e-2a51-4c2e-9a86-27c9d7a3b9aa',
    trigger: { description: 'Opportunity won' },
    source: {
      object: { contextUrl: '/api/v1/opportunity/opportunities' },
      row: { id: 'b5a1c9be-7f0f-4f5b-9d0c-1a4f0b6d4f11' },
    },
  },
])

/** The descriptions of the three webhook addresses. */
export const webhookSchemas = {
  rdStation: {
    tags: ['webhooks'],
    summary: 'RD Station delivers leads',
    consumes: ['application/json', 'application/x-www-form-urlencoded'],
    security,
    params,
    body: body('`{"leads": […]}` or `{"event_type", "contact"}`.', [
      { leads: [{ uuid: '0d9cf4de-6d3d-4b3d-8d0e-0c8f0a5b3a55', email: 'maria@example.com', name: 'Maria' }] },
    ]),
    response: answers,
  },
  totvsCrm: {
    tags: ['webhooks'],
    summary: 'TOTVS CRM delivers an event; its trigger says which',
    security,
    params,
    body: crmBody,
    response: answers,
  },
  totvsCrmIntent: {
    tags: ['webhooks'],
    summary: 'TOTVS CRM delivers an event of the kind that the address names',
    security,
    params: paramsWithIntent,
    body: crmBody,
    response: { ...answers, 404: refused('There is no such intent.') },
  },
}

export interface WebhookDependencies {
  readonly tenants: LiveTenants
  readonly queues: Pick<Queues, 'of'>
  /** The timelines of a tenant: the ingress begins the timeline of each event. */
  readonly timelinesOf: (tenant: string) => Timelines
  /** Records when each system last delivered something, and what was refused since. */
  readonly deliveries: DeliveryRecorder
  readonly metrics: IngressMetrics
  /** Default: nothing is traced. */
  readonly tracer?: Tracer
  readonly log: Logger
  /** Redis must confirm a delivery within this time. */
  readonly enqueueDeadlineMs?: number
}

/** A little less than the 2 s after which the sender must get its 503. */
const ENQUEUE_DEADLINE_MS = 1900

interface WebhookRoute {
  readonly source: System
  readonly url: string
  readonly schema: (typeof webhookSchemas)[keyof typeof webhookSchemas]
  /** Throws Refusal NOT_FOUND when the last part of the address is not an intent. */
  readonly toOrigin: (params: WebhookParams) => IncomingDelivery['origin']
}

const routes: readonly WebhookRoute[] = [
  {
    source: 'rd-station',
    url: '/webhooks/:tenant/rd-station',
    schema: webhookSchemas.rdStation,
    toOrigin: () => ({ source: 'rd-station' }),
  },
  {
    source: 'totvs-crm',
    url: '/webhooks/:tenant/totvs-crm',
    schema: webhookSchemas.totvsCrm,
    toOrigin: () => ({ source: 'totvs-crm' }),
  },
  {
    source: 'totvs-crm',
    url: '/webhooks/:tenant/totvs-crm/:intent',
    schema: webhookSchemas.totvsCrmIntent,
    toOrigin: ({ intent }) => ({ source: 'totvs-crm', intent: requireIntent(intent) }),
  },
]

/** An operator has to make room in quarantine first. */
const RETRY_WHEN_FULL_S = 60

type RequestSpans = ReturnType<typeof createRequestSpans>

type WebhookRequest = FastifyRequest<{ Params: WebhookParams }>

/**
 * Nothing has to be checked or converted: the parts of the address are texts, and the body arrives as bytes. The schemas only describe the
 * routes. Every answer is an `Acceptance`.
 */
const asItIs = {
  validatorCompiler: () => () => true,
  serializerCompiler: () => (answer: unknown) => JSON.stringify(answer),
}

/** The webhooks of both systems: authenticate, parse, enqueue, answer (docs/behaviour/deliveries.md). */
export function addWebhookRoutes(app: FastifyInstance, dependencies: WebhookDependencies): void {
  const authenticate = createAuthenticate(dependencies.tenants)
  const afterwards = createAfterwards()
  const intakesOf = openIntakes(dependencies, afterwards)
  const warnQuarantineFull = createQuarantineWarning(dependencies.log)
  const spans = createRequestSpans(dependencies.tracer)
  const processRoom = createProcessRoom()
  app.addHook('onClose', () => afterwards.ended())
  void app.register(async scope => {
    const refuseToken = await createTokenRefusal(scope, dependencies)
    readBodiesAsBytes(scope)
    scope.decorateRequest('intake')
    scope.decorateRequest('bodyRoom')
    scope.addHook('preParsing', (request, _reply, body, goOn) => {
      if (request.headers['transfer-encoding'] === undefined) return goOn(null, body)
      return goOn(null, countArriving(body, request.getDecorator<BodyRoom>('bodyRoom')))
    })
    for (const route of routes) {
      const admit = (request: WebhookRequest, reply: FastifyReply, goOn: (refusal?: Error) => void): void => {
        const { params, headers, query } = request
        const { source } = route
        const tenant = authenticate({ tenant: params.tenant, source, headers, query })
        if (tenant === undefined) {
          refuseToken(request, source).catch(goOn)
          return
        }
        route.toOrigin(params)
        const intake = intakesOf(tenant)[source]
        request.setDecorator('intake', intake)
        requireRoom(intake.limit)
        const bodyRoom = reserveBody([intake.room, processRoom], headers)
        giveBackAtEnd(bodyRoom, request, reply)
        request.setDecorator('bodyRoom', bodyRoom)
        spans.start(request, { tenant: tenant.name, source })
        goOn()
      }
      const onResponse = observeAnswers(route.source, dependencies, spans)
      const { url, schema } = route
      // `onRequest` runs before the body is read.
      scope.post<{ Params: WebhookParams }>(
        url,
        { schema, ...asItIs, onRequest: admit, onResponse },
        async (request, reply) => {
          reply.code(202)
          return await accept(request, route, { ...dependencies, warnQuarantineFull, spans })
        },
      )
      refuseOtherMethods(scope, url, ['POST'])
    }
  })
}

/** Where the deliveries of one source of a tenant go. */
interface SourceIntake extends Intake {
  /** For bodies that are under way. */
  readonly room: Room
}

/** Opens the intakes of a tenant once, with its first delivery, and again when its settings change. */
function openIntakes(
  { queues, timelinesOf, log, enqueueDeadlineMs: deadlineMs = ENQUEUE_DEADLINE_MS }: WebhookDependencies,
  afterwards: Afterwards,
) {
  return keepPerTenant((tenant): Readonly<Record<System, SourceIntake>> => {
    const { name, settings } = tenant
    const own = { queues: queues.of(name), timelines: timelinesOf(name), afterwards: afterwards.add }
    const open = (): SourceIntake => ({
      ...{ tenant, ...own, log, deadlineMs },
      ...{ limit: createIntakeLimit(settings.intake), room: createSourceRoom() },
    })
    return { 'rd-station': open(), 'totvs-crm': open() }
  })
}

async function accept(
  request: WebhookRequest,
  { source, toOrigin }: WebhookRoute,
  {
    metrics,
    deliveries,
    log,
    warnQuarantineFull,
    spans,
  }: WebhookDependencies & {
    readonly warnQuarantineFull: ReturnType<typeof createQuarantineWarning>
    readonly spans: RequestSpans
  },
): Promise<Acceptance> {
  const intake = request.getDecorator<SourceIntake>('intake')
  const { tenant } = intake
  const { bytes, form } = readDeliveryBody(request)
  const trace = spans.carrierOf(request)
  const delivery = { origin: toOrigin(request.params), bytes, form, trace }
  const { acceptance: outcome, isQuarantineFull } = await acceptDelivery(intake, delivery)
  const parts = outcome.accepted.length + outcome.duplicates.length + outcome.quarantined.length
  // An example of `ponte send` shows nothing about the sender.
  if (request.headers['user-agent'] !== OWN_USER_AGENT) deliveries.accepted(tenant.name, source, { isEvent: parts > 0 })
  metrics.countEvents(tenant.name, source, outcome, { isConfirmed: !isQuarantineFull })
  spans.accepted(request, outcome)
  if (outcome.quarantined.length > 0) {
    const codes = [...new Set(outcome.quarantined.map(({ code }) => code))]
    log.warn({ tenant: tenant.name, source, reqId: request.id, codes }, 'delivery quarantined')
  }
  if (isQuarantineFull) {
    warnQuarantineFull({ tenant: tenant.name, source, reqId: request.id })
    throw new Refusal('QUARANTINE_FULL', { 'retry-after': String(RETRY_WHEN_FULL_S) })
  }
  return outcome
}

/**
 * Counts the answer. That is after it was sent: refusing a wrong token must take the same time whether there is such a tenant or not.
 */
function observeAnswers(source: System, { tenants, metrics, deliveries }: WebhookDependencies, spans: RequestSpans) {
  const tenantOf = nameTenant(tenants)
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    spans.end(request, reply.statusCode)
    const tenant = tenantOf(request)
    const reason = refusalReasonOf(request, reply.statusCode)
    if (tenant !== undefined && reason !== undefined) deliveries.refused(tenant, source, reason)
    metrics.observeAnswer({ source, tenant, status: reply.statusCode, milliseconds: reply.elapsedTime })
    done()
  }
}

/** Undefined for answers that say nothing of what the sender has set up. */
function refusalReasonOf(request: FastifyRequest, status: number): RefusalReason | undefined {
  if (status === 413) return 'too-large'
  if (status === 415) return 'wrong-type'
  // Whoever has a right token may be answered 429 too.
  const isTokenRefused = status === 401 || (status === 429 && request.getDecorator('intake') === undefined)
  if (!isTokenRefused) return undefined
  return hasToken(request) ? 'wrong-token' : 'no-token'
}

/** One line a minute for each tenant, so that a flood does not fill the log. */
function createQuarantineWarning(log: Logger) {
  const warnedAt = new Map<string, number>()
  return (facts: { readonly tenant: string; readonly source: System; readonly reqId: string }): void => {
    const now = performance.now()
    if (now - (warnedAt.get(facts.tenant) ?? -Infinity) < 60_000) return
    warnedAt.set(facts.tenant, now)
    log.warn(facts, 'quarantine is full: unreadable deliveries are refused')
  }
}

function requireIntent(text: string | undefined): CrmIntent {
  if (text !== undefined && isCrmIntent(text)) return text
  throw new Refusal('NOT_FOUND')
}
