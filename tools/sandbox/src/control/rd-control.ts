import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { createAccount, type RdAccount } from '../rd/account.ts'
import { type Contact, type ContactEvent, createContact } from '../rd/contact.ts'
import { applyAttributes } from '../rd/contacts.ts'
import { recordConversion, recordMark } from '../rd/events.ts'
import { expireAccessTokens, revokeTokens } from '../rd/oauth.ts'
import type { World } from '../world.ts'
import {
  accountChange,
  accountOrder,
  contactSeed,
  conversionOrder,
  markOrder,
  markTypes,
  segmentationOrder,
} from './rd-orders.ts'
import { findAccount, requireContactOf } from './rd-records.ts'
import { read } from './request.ts'
import type { RdAccountState, RdContactState } from './shapes.ts'

interface OfAccount {
  Params: { account: string }
}
interface OfContact {
  Params: { account: string; contact: string }
}

export function addRdControl(app: FastifyInstance, world: World): void {
  const find = ({ account }: { account: string }) => findAccount(world, account)

  app.put<OfAccount>('/rd/:account', async request => {
    const { settings, webhooks, ...credentials } = read(accountOrder, request.body)
    const { account: name } = request.params
    const account = createAccount(name, credentials)
    Object.assign(account.settings, settings)
    account.webhooks = webhooks
    world.rd.set(name, account)
    return describeAccount(account)
  })
  app.patch<OfAccount>('/rd/:account', async request => {
    const account = find(request.params)
    const { settings, clientSecret, refreshToken, webhooks } = read(accountChange, request.body)
    Object.assign(account.settings, settings)
    if (webhooks) account.webhooks = webhooks
    if (clientSecret) account.clientSecret = clientSecret
    if (refreshToken) account.refreshTokens.add(refreshToken)
    return describeAccount(account)
  })
  app.get<OfAccount>('/rd/:account', async request => describeAccount(find(request.params)))
  app.get<OfAccount>('/rd/:account/quotas', async request => {
    const { quotas } = find(request.params)
    return {
      contacts: quotas.contacts.statistics(),
      events: quotas.events.statistics(),
      segmentations: quotas.segmentations.statistics(),
    }
  })
  app.put<{ Params: { account: string; segmentation: string } }>(
    '/rd/:account/segmentations/:segmentation',
    async (request, reply) => {
      const { contacts } = read(segmentationOrder, request.body)
      find(request.params).segmentations.set(request.params.segmentation, new Set(contacts))
      return reply.code(204).send()
    },
  )
  app.post<OfAccount>('/rd/:account/tokens/expire', async (request, reply) => {
    expireAccessTokens(find(request.params))
    return reply.code(204).send()
  })
  app.post<OfAccount>('/rd/:account/tokens/revoke', async (request, reply) => {
    revokeTokens(find(request.params))
    return reply.code(204).send()
  })

  app.post<OfAccount>('/rd/:account/contacts', async request => {
    const account = find(request.params)
    const { uuid, ...seed } = read(contactSeed, request.body)
    return describeContact(plant(account, createContact(account, {}, world.now(), uuid), seed))
  })
  app.get<OfContact>('/rd/:account/contacts/:contact', async request =>
    describeContact(requireContactOf(find(request.params), request.params.contact)),
  )
  app.patch<OfContact>('/rd/:account/contacts/:contact', async request => {
    const account = find(request.params)
    const { uuid: _uuid, ...seed } = read(contactSeed, request.body)
    return describeContact(plant(account, requireContactOf(account, request.params.contact), seed))
  })
  app.delete<OfContact>('/rd/:account/contacts/:contact', async (request, reply) => {
    const account = find(request.params)
    account.contacts.delete(requireContactOf(account, request.params.contact).uuid)
    return reply.code(204).send()
  })
  app.post<OfContact>('/rd/:account/contacts/:contact/conversions', async request => {
    const account = find(request.params)
    const contact = requireContactOf(account, request.params.contact)
    const { identifier, eventUuid, at, payload } = read(conversionOrder, request.body)
    recordConversion(world, account, contact, {
      eventUuid,
      payload: { conversion_identifier: identifier, ...payload },
      at: at === undefined ? world.now() : Date.parse(at),
    })
    return describeContact(contact)
  })
  app.post<OfContact>('/rd/:account/contacts/:contact/marks', async request => {
    const account = find(request.params)
    const contact = requireContactOf(account, request.params.contact)
    const { type, ...payload } = read(markOrder, request.body ?? {})
    recordMark(world, account, contact, { type, eventUuid: crypto.randomUUID(), payload })
    return describeContact(contact)
  })
}

function plant(account: RdAccount, contact: Contact, seed: Omit<z.infer<typeof contactSeed>, 'uuid'>): Contact {
  const { tags, company, custom_fields: customFields = {}, created_at: createdAt, funnel, ...texts } = seed
  applyAttributes(contact, { texts, customFields, ...(tags && { tags }) })
  // The account gets every custom field that a contact has.
  const { settings } = account
  settings.customFields = [...new Set([...settings.customFields, ...Object.keys(customFields)])]
  if (company !== undefined) contact.company = company
  if (createdAt !== undefined) contact.createdAt = Date.parse(createdAt)
  Object.assign(contact.funnel, funnel)
  return contact
}

const describeAccount = (account: RdAccount): RdAccountState => ({
  name: account.name,
  settings: account.settings,
  isConnected: account.refreshTokens.size > 0,
  contacts: [...account.contacts.values()].map(describeContact),
  droppedMarks: account.droppedMarks,
  subscriptions: account.subscriptions,
  webhooks: account.webhooks,
})

/** A contact with everything about it; the marks in the order in which they took effect. */
function describeContact(contact: Contact): RdContactState {
  const { texts, events, createdAt, customFields, ...rest } = contact
  const marks = events.flatMap(readMark)
  return {
    ...texts,
    uuid: rest.uuid,
    company: rest.company,
    tags: rest.tags,
    custom_fields: customFields,
    available_for_mailing: rest.availableForMailing,
    created_at: new Date(createdAt).toISOString(),
    funnel: rest.funnel,
    marks,
    sales: marks.flatMap(({ value }) => (value === undefined ? [] : [value])),
    conversions: events
      .filter(event => event.event_type === 'CONVERSION')
      .map(event => ({
        eventUuid: event.event_uuid,
        identifier: event.event_identifier,
        at: new Date(event.at).toISOString(),
      })),
  }
}

function readMark({ event_uuid, event_type, at, payload }: ContactEvent): RdContactState['marks'] {
  const type = markTypes.find(known => known === event_type)
  if (type === undefined) return []
  const { value, reason } = payload
  return [
    {
      type,
      eventUuid: event_uuid,
      at: new Date(at).toISOString(),
      ...(type === 'SALE' && typeof value === 'number' && { value }),
      ...(type === 'OPPORTUNITY_LOST' && typeof reason === 'string' && { reason }),
    },
  ]
}
