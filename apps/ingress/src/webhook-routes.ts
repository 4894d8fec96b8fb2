import { type CrmIntent, isCrmIntent } from '@ponte/contracts'
import { type Logger, noTracer, type Queues, type Tenant, type Tracer } from '@ponte/runtime'
import type { Stories } from '@ponte/state'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { acceptDelivery, type IncomingDelivery } from './accept-delivery.ts'
import { createAuthenticate, type Source } from './authenticate.ts'
import { readBodiesAsBytes, readDeliveryBody } from './delivery-body.ts'
import type { IngressMetrics } from './ingress-metrics.ts'
import { Refusal } from './problem.ts'
import { refuseOtherMethods } from './refuse-other-methods.ts'
import { nameTenant } from './request-log.ts'
import { createRequestSpans } from './request-span.ts'
import { type WebhookParams, webhookSchemas } from './webhook-schemas.ts'

export interface WebhookDependencies {
  readonly tenants: readonly Tenant[]
  readonly queues: Pick<Queues, 'of'>
  readonly storiesOf: (tenant: string) => Stories
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

type RequestSpans = ReturnType<typeof createRequestSpans>

type WebhookRequest = FastifyRequest<{ Params: WebhookParams }>

/** Both systems' webhooks: authenticate, parse, enqueue, answer. SPEC §3. */
export function addWebhookRoutes(app: FastifyInstance, dependencies: WebhookDependencies): void {
  const authenticate = createAuthenticate(dependencies.tenants)
  const spans = createRequestSpans(dependencies.tracer ?? noTracer)
  void app.register(async scope => {
    readBodiesAsBytes(scope)
    scope.decorateRequest('tenant')
    for (const route of routes) {
      const admit = async (request: WebhookRequest): Promise<void> => {
        const { params, headers, query } = request
        const tenant = authenticate({ tenant: params.tenant, source: route.source, headers, query })
        route.toOrigin(params)
        request.setDecorator('tenant', tenant)
        spans.start(request, { tenant: tenant.name, source: route.source })
      }
      const onResponse = observeAnswers(route.source, dependencies, spans)
      const { url, schema } = route
      // `onRequest` runs before the body is read.
      scope.post<{ Params: WebhookParams }>(url, { schema, onRequest: admit, onResponse }, async (request, reply) =>
        reply.code(202).send(await accept(request, route, dependencies, spans)),
      )
      refuseOtherMethods(scope, url, ['POST'])
    }
  })
}

async function accept(
  request: WebhookRequest,
  route: WebhookRoute,
  { queues, storiesOf, metrics, log }: WebhookDependencies,
  spans: RequestSpans,
) {
  const tenant = request.getDecorator<Tenant>('tenant')
  const own = queues.of(tenant.name)
  if (!own) throw new Error('the tenant has no queues')
  const acceptance = await acceptDelivery(
    { tenant, queues: own, stories: storiesOf(tenant.name), log },
    {
      origin: route.toOrigin(request.params),
      ...readDeliveryBody(request),
      trace: spans.carrierOf(request),
    },
  )
  metrics.countEvents(tenant.name, route.source, acceptance)
  spans.accepted(request, acceptance)
  if (acceptance.quarantined.length > 0) {
    const codes = [...new Set(acceptance.quarantined.map(({ code }) => code))]
    log.warn({ tenant: tenant.name, source: route.source, reqId: request.id, codes }, 'delivery quarantined')
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

function requireIntent(text: string | undefined): CrmIntent {
  if (text !== undefined && isCrmIntent(text)) return text
  throw new Refusal('NOT_FOUND')
}
