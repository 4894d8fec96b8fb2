import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { DeliveryOrder } from '../deliveries.ts'
import type { RdSettings } from '../rd/account.ts'
import type { Contact } from '../rd/contact.ts'
import { holdWebhook } from '../rd/subscriptions.ts'
import { webhookV1, webhookV2 } from '../rd/webhook-bodies.ts'
import type { World } from '../world.ts'
import { findAccount, requireContactOf } from './rd-records.ts'
import { notFound, read } from './request.ts'

export const webhookOrder = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), z.string()).default({}),
  format: z.enum(['v1', 'v2', 'raw']),
  /** Of `v1` and `v2`: a contact's uuid, or `email:…`. */
  contact: z.string().optional(),
  eventType: z.enum(['WEBHOOK.CONVERTED', 'WEBHOOK.MARKED_OPPORTUNITY']).default('WEBHOOK.CONVERTED'),
  /** Of `raw`: text goes as it is, anything else as JSON. */
  body: z.unknown().optional(),
  contentType: z.string().optional(),
})
const release = z.strictObject({ ids: z.array(z.string()).optional() })

interface OfAccount {
  Params: { account: string }
}

export function addRdWebhookControl(app: FastifyInstance, world: World): void {
  const find = ({ account }: { account: string }) => findAccount(world, account)

  app.post<OfAccount>('/rd/:account/webhooks', async request => {
    const account = find(request.params)
    const order = read(webhookOrder, request.body)
    const contact = order.contact === undefined ? undefined : requireContactOf(account, order.contact)
    const held = holdWebhook(world, account, {
      url: order.url,
      headers: order.headers,
      contentType: order.contentType,
      trigger: order.format === 'raw' ? 'raw' : order.eventType,
      body: bodyOf(order, contact, { now: world.now, settings: account.settings }),
    })
    return world.deliveries.send(held.id)
  })

  app.post<OfAccount>('/rd/:account/webhooks/hold', async (request, reply) => {
    find(request.params).settings.holdWebhooks = true
    return reply.code(204).send()
  })
  app.post<OfAccount>('/rd/:account/webhooks/suspend', async (request, reply) => {
    for (const subscription of find(request.params).subscriptions) subscription.status = 'suspended'
    return reply.code(204).send()
  })
  app.post<OfAccount>('/rd/:account/webhooks/release', async request => {
    const account = find(request.params)
    const { ids } = read(release, request.body)
    if (!ids) account.settings.holdWebhooks = false
    const released = await world.deliveries.release({ system: 'rd-station', account: account.name, ids })
    return released.map(delivery => delivery ?? notFound('delivery'))
  })
}

/** The body of each attempt: the event as it happened, and the contact as it is when the attempt is made. */
function bodyOf(
  { format, body, eventType }: z.infer<typeof webhookOrder>,
  contact: Contact | undefined,
  { now, settings }: { now: () => number; settings: RdSettings },
): DeliveryOrder['body'] {
  if (format === 'raw') return () => body
  if (!contact) return notFound('contact')
  if (format === 'v1') return () => webhookV1(contact, settings)
  const last = contact.events.findLast(event => event.event_type === 'CONVERSION')
  const isConversion = eventType === 'WEBHOOK.CONVERTED'
  const event = {
    type: eventType,
    identifier: isConversion ? (last?.event_identifier ?? 'formulario') : 'default',
    at: isConversion ? (last?.at ?? now()) : now(),
  }
  return () => webhookV2(contact, event, { relations: ['COMPANY', 'CONTACT_FUNNEL'], now: now(), settings })
}
