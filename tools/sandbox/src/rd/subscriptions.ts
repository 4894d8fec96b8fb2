import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Delivery, DeliveryOrder } from '../deliveries.ts'
import type { World } from '../world.ts'
import type { RdAccount, Subscription } from './account.ts'
import type { Contact } from './contact.ts'
import { rdRefusals } from './errors.ts'
import { requireAccount } from './quotas.ts'
import { type WebhookEvent, webhookV1, webhookV2 } from './webhook-bodies.ts'

const subscription = z.object({
  event_type: z.enum(['WEBHOOK.CONVERTED', 'WEBHOOK.MARKED_OPPORTUNITY']),
  entity_type: z.literal('CONTACT'),
  event_identifiers: z.array(z.string()).default([]),
  url: z.url({ protocol: /^https?$/ }),
  http_method: z.literal('POST'),
  include_relations: z.array(z.enum(['COMPANY', 'CONTACT_FUNNEL'])).default([]),
})

interface ByUuid {
  Params: { uuid: string }
}

/** `/integrations/webhooks` (docs/vendors/rd-station.md#registering-webhooks). */
export function addSubscriptions(app: FastifyInstance, world: World): void {
  app.get('/integrations/webhooks', async request => ({
    webhooks: requireAccount(world, request).subscriptions.map(present),
  }))

  app.post('/integrations/webhooks', async (request, reply) => {
    const account = requireAccount(world, request)
    const wanted = read(request.body)
    if (account.subscriptions.some(known => known.url === wanted.url && known.event_type === wanted.event_type)) {
      throw rdRefusals.badRequest('The URL is already registered for this event type.')
    }
    // RD Station calls the address once and registers nothing unless the answer is 2xx.
    const trial = world.deliveries.hold({
      ...orderOf(account, { url: wanted.url, trigger: 'validation', body: () => ({}) }),
      repeats: 0,
    })
    const { state } = (await world.deliveries.send(trial.id)) ?? trial
    if (state !== 'delivered') throw rdRefusals.subscriptionRefused('The URL did not answer with success.')
    const time = new Date(world.now()).toISOString()
    const { event_type, event_identifiers, url, include_relations } = wanted
    const added = {
      uuid: randomUUID(),
      event_type,
      event_identifiers,
      url,
      include_relations,
      status: 'active' as const,
      created_at: time,
      updated_at: time,
    }
    account.subscriptions.push(added)
    return reply.code(201).send(present(added))
  })

  app.get<ByUuid>('/integrations/webhooks/:uuid', async request =>
    present(requireSubscription(requireAccount(world, request), request.params.uuid)),
  )

  app.put<ByUuid>('/integrations/webhooks/:uuid', async request => {
    const account = requireAccount(world, request)
    const known = requireSubscription(account, request.params.uuid)
    if (account.settings.changeWakesWebhooks) known.status = 'active'
    const { event_type, event_identifiers, url, include_relations } = read(request.body)
    const updated_at = new Date(world.now()).toISOString()
    return present(Object.assign(known, { event_type, event_identifiers, url, include_relations, updated_at }))
  })

  app.delete<ByUuid>('/integrations/webhooks/:uuid', async (request, reply) => {
    const account = requireAccount(world, request)
    account.subscriptions.splice(account.subscriptions.indexOf(requireSubscription(account, request.params.uuid)), 1)
    return reply.code(204).send()
  })
}

function read(body: unknown): z.infer<typeof subscription> {
  const parsed = subscription.safeParse(body)
  if (!parsed.success) throw rdRefusals.badRequest(z.prettifyError(parsed.error))
  return parsed.data
}

function requireSubscription(account: RdAccount, uuid: string): Subscription {
  const found = account.subscriptions.find(known => known.uuid === uuid)
  if (!found) throw rdRefusals.notFound('Webhook')
  return found
}

/** RD Station lists event types in lower case, although it takes them in upper case (docs/vendors/rd-station.md#registering-webhooks). */
const present = (known: Subscription) => ({
  ...known,
  event_type: known.event_type.toLowerCase(),
  entity_type: 'CONTACT',
  http_method: 'POST',
  source: 'MKT',
})

const eventOf = { conversion: 'WEBHOOK.CONVERTED', opportunity: 'WEBHOOK.MARKED_OPPORTUNITY' } as const

/** Sends an event to every subscription, webhook and flow that listens to it, whoever caused the event. */
export function notifySubscribers(world: World, account: RdAccount, contact: Contact, event: WebhookEvent): void {
  const send = (url: string, body: () => unknown): void => {
    const delivery = holdWebhook(world, account, { url, trigger: event.type, body })
    if (!account.settings.holdWebhooks) void world.deliveries.send(delivery.id)
  }
  const { settings } = account
  const bodyV2 = (relations: readonly string[]) => () =>
    webhookV2(contact, event, { relations, now: world.now(), settings })
  for (const { event_type, event_identifiers, url, include_relations, status } of account.subscriptions) {
    const listens = event_identifiers.length === 0 || event_identifiers.includes(event.identifier)
    if (event_type === event.type && listens && status === 'active') send(url, bodyV2(include_relations))
  }
  for (const { url, format, trigger } of account.webhooks) {
    if (eventOf[trigger] !== event.type) continue
    send(url, format === 'v1' ? () => webhookV1(contact, settings) : bodyV2(['COMPANY', 'CONTACT_FUNNEL']))
  }
}

type WebhookOrder = Pick<DeliveryOrder, 'url' | 'trigger' | 'body' | 'headers' | 'contentType'>

/** A webhook that follows RD Station's rules of delivery (docs/vendors/rd-station.md#how-rd-station-delivers). Not sent yet. */
export const holdWebhook = (world: World, account: RdAccount, order: WebhookOrder): Delivery =>
  world.deliveries.hold(orderOf(account, order))

function orderOf(account: RdAccount, order: WebhookOrder): DeliveryOrder {
  const { webhookTimeoutMs, webhookRepeats, webhookPauseMs } = account.settings
  return {
    system: 'rd-station',
    account: account.name,
    ...order,
    timeoutMs: webhookTimeoutMs,
    repeats: webhookRepeats,
    pauseMs: webhookPauseMs,
  }
}
