import { type CrmIntent, isCrmIntent } from '@ponte/webhooks'
import { type Logger, noTracer, type Queues, type Tenant, type Tracer } from '@ponte/runtime'
import type { Timelines } from '@ponte/state'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { acceptDelivery, type IncomingDelivery } from './accept-delivery.ts'
import { createAuthenticate, type Source } from './authenticate.ts'
import { readBodiesAsBytes, readDeliveryBody } from './delivery-body.ts'
import { createIntakeLimit, type IntakeLimit } from '../limits/intake-limits.ts'
import type { IngressMetrics } from '../telemetry/ingress-metrics.ts'
import { Refusal } from '../http/problem.ts'
import { refuseOtherMethods } from '../http/refuse-other-methods.ts'
import { nameTenant } from '../http/request-log.ts'
import { createRequestSpans } from '../telemetry/request-span.ts'
import { type WebhookParams, webhookSchemas } from './webhook-schemas.ts'
import { createWrongTokens } from '../limits/wrong-tokens.ts'

export interface WebhookDependencies {
  readonly tenants: readonly Tenant[]
  readonly queues: Pick<Queues, 'of'>
  readonly storiesOf: (tenant: string) => Timelines
  readonly metrics: IngressMetrics
  readonly tracer?: Tracer
  readonly log: Logger
}

interface WebhookRoute {
  readonly source: Source
  readonly url: string
  readonly schema: (typeof webhookSchemas)[keyof typeof webhookSchemas]
  /** Throws Refusal NOT_FOUND for an address that only looks like one of ours. */
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

/** Somebody has to make room. */
const RETRY_WHEN_FULL_S = 60

type RequestSpans = ReturnType<typeof createRequestSpans>

type WebhookRequest = FastifyRequest<{ Params: WebhookParams }>

/** Both systems' webhooks: authenticate, parse, enqueue, answer. SPEC §3. */
export function addWebhookRoutes(app: FastifyInstance, dependencies: WebhookDependencies): void {
  const authenticate = createAuthenticate(dependencies.tenants)
  const limitOf = createIntakeLimits()
  const refuseToken = createTokenRefusal(dependencies)
  const tellQuarantineFull = createFullNotice(dependencies.log)
  const spans = createRequestSpans(dependencies.tracer ?? noTracer)
  void app.register(async scope => {
    readBodiesAsBytes(scope)
    scope.decorateRequest('tenant')
    for (const route of routes) {
      const admit = async (request: WebhookRequest): Promise<void> => {
        const { params, headers, query } = request
        const { source } = route
        const tenant = authenticate({ tenant: params.tenant, source, headers, query })
        if (tenant === undefined) return refuseToken(request, source)
        route.toOrigin(params)
        requireRoom(limitOf(tenant, source))
        request.setDecorator('tenant', tenant)
        spans.start(request, { tenant: tenant.name, source: route.source })
      }
      const onResponse = observeAnswers(route.source, dependencies, spans)
      const { url, schema } = route
      // `onRequest` runs before the body is read.
      scope.post<{ Params: WebhookParams }>(url, { schema, onRequest: admit, onResponse }, async (request, reply) =>
        reply.code(202).send(await accept(request, route, { ...dependencies, limitOf, tellQuarantineFull }, spans)),
      )
      refuseOtherMethods(scope, url, ['POST'])
    }
  })
}

async function accept(
  request: WebhookRequest,
  route: WebhookRoute,
  { queues, storiesOf, metrics, log, limitOf, tellQuarantineFull }: WebhookDependencies & OwnDependencies,
  spans: RequestSpans,
) {
  const tenant = request.getDecorator<Tenant>('tenant')
  const own = queues.of(tenant.name)
  if (!own) throw new Error('the tenant has no queues')
  const { bytes, form } = readDeliveryBody(request)
  const limit = limitOf(tenant, route.source)
  // Charged before it is read, so that many at once do not all find room; for its events when they are known.
  limit.charge({ events: 1, bytes: bytes.length })
  const { acceptance, isQuarantineFull } = await acceptDelivery(
    { tenant, queues: own, stories: storiesOf(tenant.name), log },
    { origin: route.toOrigin(request.params), bytes, form, trace: spans.carrierOf(request) },
  )
  const parts = acceptance.accepted.length + acceptance.duplicates.length + acceptance.quarantined.length
  if (parts > 1) limit.charge({ events: parts - 1, bytes: 0 })
  metrics.countEvents(tenant.name, route.source, acceptance, { isConfirmed: !isQuarantineFull })
  spans.accepted(request, acceptance)
  if (acceptance.quarantined.length > 0) {
    const codes = [...new Set(acceptance.quarantined.map(({ code }) => code))]
    log.warn({ tenant: tenant.name, source: route.source, reqId: request.id, codes }, 'delivery quarantined')
  }
  if (isQuarantineFull) {
    tellQuarantineFull({ tenant: tenant.name, source: route.source, reqId: request.id })
    throw new Refusal('QUARANTINE_FULL', { 'retry-after': String(RETRY_WHEN_FULL_S) })
  }
  return acceptance
}

function observeAnswers(source: Source, { tenants, metrics }: WebhookDependencies, spans: RequestSpans) {
  const tenantOf = nameTenant(tenants)
  return async (request: FastifyRequest, reply: { statusCode: number; elapsedTime: number }): Promise<void> => {
    spans.end(request, reply.statusCode)
    metrics.observeAnswer({
      source,
      tenant: tenantOf(request),
      status: reply.statusCode,
      milliseconds: reply.elapsedTime,
    })
  }
}

interface OwnDependencies {
  readonly limitOf: ReturnType<typeof createIntakeLimits>
  readonly tellQuarantineFull: ReturnType<typeof createFullNotice>
}

/** A line a minute for each tenant: a flood must not fill the log as well. */
function createFullNotice(log: Logger) {
  const toldAt = new Map<string, number>()
  return (facts: { readonly tenant: string; readonly source: Source; readonly reqId: string }): void => {
    const now = performance.now()
    if (now - (toldAt.get(facts.tenant) ?? -Infinity) < 60_000) return
    toldAt.set(facts.tenant, now)
    log.warn(facts, 'quarantine is full: deliveries that cannot be read are refused')
  }
}

/** One for each tenant and source, made when the first delivery comes. */
function createIntakeLimits() {
  const limits = new Map<string, IntakeLimit>()
  return ({ name, settings }: Tenant, source: Source): IntakeLimit => {
    const key = `${name} ${source}`
    const limit = limits.get(key) ?? createIntakeLimit(settings.intake)
    limits.set(key, limit)
    return limit
  }
}

function requireRoom(limit: IntakeLimit): void {
  const seconds = limit.waitSeconds()
  if (seconds !== undefined) throw new Refusal('INTAKE_LIMITED', { 'retry-after': String(seconds) })
}

/** Who has no right token: 401, and 429 when an address tries again and again. The log has the address, never what was tried. */
function createTokenRefusal({ tenants, log }: WebhookDependencies) {
  const wrongTokens = createWrongTokens()
  const tenantOf = nameTenant(tenants)
  return (request: FastifyRequest, source: Source): never => {
    const slowed = wrongTokens.add(request.ip)
    const facts = { address: request.ip, tenant: tenantOf(request), source, reqId: request.id }
    if (slowed === undefined) log.warn(facts, 'wrong webhook token')
    else if (slowed.isFirst)
      log.warn(facts, 'many wrong webhook tokens from one address: it is answered 429 for a while')
    if (slowed !== undefined) throw new Refusal('TOO_MANY_WRONG_TOKENS', { 'retry-after': String(slowed.seconds) })
    throw new Refusal('UNAUTHORIZED', { 'www-authenticate': 'Bearer' })
  }
}

function requireIntent(text: string | undefined): CrmIntent {
  if (text !== undefined && isCrmIntent(text)) return text
  throw new Refusal('NOT_FOUND')
}
