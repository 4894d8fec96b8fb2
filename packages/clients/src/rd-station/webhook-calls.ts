import { type RdWebhook, rdWebhook, type RdWebhookOrder, rdWebhookRelations } from '@ponte/contracts'
import { z } from 'zod'
import { unreadable } from '../failures/failure-of-answer.ts'
import { readItems } from '../http/http-answer.ts'
import { encodePart, readAs, type RdRequest } from './rd-request.ts'

const webhookList = z.looseObject({ webhooks: z.array(z.unknown()) })

/** The webhooks that RD Station's API lists, makes and removes (docs/vendors/rd-station.md#registering-webhooks). */
export const webhookCalls = (request: RdRequest) => ({
  /**
   * The webhooks that were registered through the API. Those made on screens or in automation flows cannot be listed
   * (docs/vendors/rd-station.md#registering-webhooks).
   */
  listWebhooks: (): Promise<RdWebhook[]> =>
    request({
      method: 'GET',
      path: '/integrations/webhooks',
      read: answer => {
        const webhooks = readItems(rdWebhook, readAs(webhookList, answer).webhooks)
        if (webhooks === undefined) throw unreadable('rd-station', { status: answer.status })
        return webhooks
      },
    }),

  /**
   * Registers a webhook for conversions. RD Station first calls its address, and answers 401 unless that call gets a 2xx. It refuses a
   * second webhook with the same address (docs/vendors/rd-station.md#registering-webhooks).
   */
  createWebhook: (order: RdWebhookOrder): Promise<RdWebhook> =>
    request({
      method: 'POST',
      path: '/integrations/webhooks',
      writes: true,
      json: toSubscription(order),
      read: answer => readAs(rdWebhook, answer),
    }),

  /** Makes a registered webhook one for these conversions at this address (docs/vendors/rd-station.md#registering-webhooks). */
  updateWebhook: (uuid: string, order: RdWebhookOrder): Promise<RdWebhook> =>
    request({
      method: 'PUT',
      path: `/integrations/webhooks/${encodePart(uuid)}`,
      writes: true,
      json: toSubscription(order),
      read: answer => readAs(rdWebhook, answer),
    }),

  /** Nothing happens when there is no such webhook. */
  removeWebhook: (uuid: string): Promise<void> =>
    request({
      method: 'DELETE',
      path: `/integrations/webhooks/${encodePart(uuid)}`,
      writes: true,
      notFoundIsAnswer: true,
      read: () => undefined,
    }),
})

/** A lead's company and funnel come only with webhooks that ask for them (docs/vendors/rd-station.md#webhook-formats). */
const toSubscription = ({ url, identifiers }: RdWebhookOrder) => ({
  event_type: 'WEBHOOK.CONVERTED',
  entity_type: 'CONTACT',
  url,
  http_method: 'POST',
  event_identifiers: identifiers,
  include_relations: rdWebhookRelations,
})
