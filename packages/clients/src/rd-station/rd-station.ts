import {
  type DriftKind,
  isRecord,
  type RdContact,
  rdContact,
  type RdContactEvent,
  type RdFunnel,
  rdFunnel,
  type RdMark,
  type RdSegmentationContact,
  rdSegmentationContact,
  type TenantSettings,
  withoutEnd,
  type RdWebhook,
  rdWebhook,
  type RdWebhookOrder,
  rdWebhookRelations,
} from '@ponte/contracts'
import { z } from 'zod'
import type { CallGuard, ObserveRecord } from '../http/call-guard.ts'
import { unreadable } from '../failures/failure-of-answer.ts'
import { createHttp } from '../http/http.ts'
import { type HttpAnswer, readItems } from '../http/http-answer.ts'
import { type CredentialSource, withCredential } from '../http/with-credential.ts'
import type { HttpLimits } from '../http/send-request.ts'
import { readContactEvents } from './contact-events.ts'
import { type RdMarkTimes, readMarkTimes } from './mark-times.ts'
import { encodePart, readAs, type RdRequest } from './rd-request.ts'

const webhookList = z.looseObject({ webhooks: z.array(z.unknown()) })

/** The webhooks that RD Station's API lists, makes and removes (docs/vendors/rd-station.md#registering-webhooks). */
const webhookCalls = (request: RdRequest) => ({
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

/** RD Station refuses larger pages (docs/vendors/rd-station.md#segmentations). */
const SEGMENTATION_PAGE = 125

export interface RdSegmentationPage {
  readonly contacts: readonly RdSegmentationContact[]
  readonly total?: number
  readonly isLast: boolean
}

type ContactId = { readonly uuid: string } | { readonly email: string }
interface Found<Result> {
  readonly schema: z.ZodType<Result>
  readonly kind: DriftKind
}

const segmentationAnswer = z.looseObject({ contacts: z.array(z.unknown()) })
const eventAnswer = z.looseObject({ event_uuid: z.string().min(1) })

/**
 * RD Station Marketing for one tenant and one job. Each call is one HTTP attempt, or more when the access token has expired
 * (`withCredential`), and the guard watches each. Throws a Failure (docs/behaviour/calls.md#reactions-to-answers). It is `RD_UNAUTHORIZED` when a renewed token is refused too,
 * `RD_UNREADABLE` when an answer does not have the expected form.
 */
export function createRdStationClient(input: {
  settings: TenantSettings['rdStation']
  tokens: CredentialSource
  guard: CallGuard
  limits?: Partial<HttpLimits>
  observe?: ObserveRecord
}) {
  const { settings, tokens, guard, limits, observe } = input
  const http = createHttp({ system: 'rd-station', guard, limits })
  const baseUrl = withoutEnd(settings.baseUrl, '/')

  const request: RdRequest = ({ path, ...rest }) =>
    withCredential({
      system: 'rd-station',
      source: tokens,
      guard,
      call: token => http.request({ ...rest, url: baseUrl + path, headers: { authorization: `Bearer ${token}` } }),
    })

  const findOne = <Result>(by: ContactId, below: string, { schema, kind }: Found<Result>) =>
    request({
      method: 'GET',
      path: `/platform/contacts/${toIdentifier(by)}${below}`,
      quota: 'contacts',
      notFoundIsAnswer: true,
      read: answer => {
        if (answer.status !== 404) observe?.(kind, answer.body, 'uuid' in by ? by.uuid : uuidIn(answer.body))
        return orNone(schema)(answer)
      },
    })

  const listEvents = <Result>(
    uuid: string,
    type: 'OPPORTUNITY' | 'CONVERSION',
    read: (answer: HttpAnswer) => Result,
  ): Promise<Result> =>
    request({
      method: 'GET',
      path: `/platform/contacts/${encodePart(uuid)}/events?event_type=${type}&order=created_at:desc&page=1`,
      quota: 'contacts',
      notFoundIsAnswer: true,
      read,
    })

  return {
    /** Undefined when RD Station has no such contact (docs/vendors/rd-station.md#contacts). */
    findContact: (by: ContactId): Promise<RdContact | undefined> =>
      findOne(by, '', { schema: rdContact, kind: 'rd.contact' }),

    /**
     * The contact's stage, score and owner, and whether it is an opportunity (docs/vendors/rd-station.md#funnel-of-a-contact). RD Station allows 24
     * calls a day for each contact. Undefined when there is no such contact.
     */
    findFunnel: (by: ContactId): Promise<RdFunnel | undefined> =>
      findOne(by, '/funnels/default', { schema: rdFunnel, kind: 'rd.funnel' }),

    /**
     * Makes the contact no opportunity any more (docs/vendors/rd-station.md#funnel-of-a-contact); may be repeated. Nothing happens when
     * there is no such contact.
     */
    unmarkOpportunity: (uuid: string): Promise<RdFunnel | undefined> =>
      request({
        method: 'PUT',
        path: `/platform/contacts/${toIdentifier({ uuid })}/funnels/default`,
        quota: 'contacts',
        writes: true,
        notFoundIsAnswer: true,
        json: { opportunity: false },
        read: orNone(rdFunnel),
      }),

    /**
     * The latest ten, newest first. Sales cannot be listed (docs/vendors/rd-station.md#events-of-a-contact). Empty when there is no
     * such contact.
     */
    listContactEvents: (uuid: string, type: 'OPPORTUNITY' | 'CONVERSION'): Promise<RdContactEvent[]> =>
      listEvents(uuid, type, readContactEvents),

    /**
     * When the contact was marked as an opportunity, by whomever. `soughtAt`: when the mark was made that is looked for. No times when there
     * is no such contact.
     */
    listMarkTimes: (uuid: string, soughtAt?: number): Promise<RdMarkTimes> =>
      listEvents(uuid, 'OPPORTUNITY', answer => readMarkTimes(answer, { receivedAt: Date.now(), soughtAt })),

    /**
     * A page of a segmentation's contacts, those that converted last first (docs/vendors/rd-station.md#segmentations); `page` counts
     * from 1. `total`: of all pages, if RD Station says so. Undefined when there is no such segmentation.
     */
    listSegmentationContacts: (id: string, page: number): Promise<RdSegmentationPage | undefined> =>
      request({
        method: 'GET',
        path: `/platform/segmentations/${encodePart(id)}/contacts?page=${page}&page_size=${SEGMENTATION_PAGE}&order=last_conversion_date:desc`,
        quota: 'contacts',
        notFoundIsAnswer: true,
        read: readSegmentationPage,
      }),

    ...webhookCalls(request),

    /**
     * Marks a contact as opportunity, sale or loss (docs/vendors/rd-station.md#marks); returns the uuid of the event. Make sure
     * that the contact exists: RD Station gives the same answer for an unknown one and drops the mark
     * (docs/vendors/rd-station.md#marks-for-unknown-contacts).
     */
    sendMark: (mark: RdMark): Promise<{ eventUuid: string }> =>
      request({
        method: 'POST',
        path: `/platform/events?event_type=${mark.type.toLowerCase()}`,
        quota: 'events',
        writes: true,
        json: toEnvelope(mark),
        read: answer => ({ eventUuid: readAs(eventAnswer, answer).event_uuid }),
      }),

    /**
     * For `ponte rehearse`: a conversion, which makes the contact if there is none (docs/vendors/rd-station.md#marks).
     * Returns the uuid of the event.
     */
    convert: ({ identifier, ...contact }: RdConversion): Promise<{ eventUuid: string }> =>
      request({
        method: 'POST',
        path: '/platform/events?event_type=conversion',
        quota: 'events',
        writes: true,
        json: {
          event_type: 'CONVERSION',
          event_family: 'CDP',
          payload: { conversion_identifier: identifier, ...contact },
        },
        read: answer => ({ eventUuid: readAs(eventAnswer, answer).event_uuid }),
      }),

    /** For `ponte rehearse`: changes these fields of a contact. RD Station allows 24 calls a day for each contact. */
    changeContact: (uuid: string, change: Readonly<Record<string, string>>): Promise<void> =>
      request({
        method: 'PATCH',
        path: `/platform/contacts/${toIdentifier({ uuid })}`,
        quota: 'contacts',
        writes: true,
        json: change,
        read: () => undefined,
      }),

    /** For `ponte rehearse`: removes its own contact. Nothing happens when there is none. */
    removeContact: (uuid: string): Promise<void> =>
      request({
        method: 'DELETE',
        path: `/platform/contacts/${toIdentifier({ uuid })}`,
        quota: 'contacts',
        writes: true,
        notFoundIsAnswer: true,
        read: () => undefined,
      }),
  }
}

export type RdStationClient = ReturnType<typeof createRdStationClient>

/** A conversion as `ponte rehearse` makes it. The further members are fields of the contact, under RD Station's names. */
interface RdConversion extends Readonly<Record<string, unknown>> {
  readonly identifier: string
  readonly email: string
}

/** The only family is `CDP`, and the only funnel is `default` (docs/vendors/rd-station.md#marks). */
function toEnvelope(mark: RdMark) {
  const { type, ...fields } = mark
  return { event_type: type, event_family: 'CDP', payload: { funnel_name: 'default', ...fields } }
}

/** RD Station's own software does not encode `@` and `+` in a path (docs/vendors/rd-station.md#contacts). */
const toIdentifier = (by: ContactId): string =>
  'uuid' in by
    ? `uuid:${encodePart(by.uuid)}`
    : `email:${encodePart(by.email).replaceAll('%40', '@').replaceAll('%2B', '+')}`

/** The funnel has none. */
const uuidIn = (body: unknown): string | undefined =>
  isRecord(body) && typeof body.uuid === 'string' && body.uuid !== '' ? body.uuid : undefined

const orNone =
  <Result>(schema: z.ZodType<Result>) =>
  (answer: HttpAnswer): Result | undefined =>
    answer.status === 404 ? undefined : readAs(schema, answer)

function readSegmentationPage(answer: HttpAnswer): RdSegmentationPage | undefined {
  if (answer.status === 404) return undefined
  const { contacts: listed } = readAs(segmentationAnswer, answer)
  const contacts = readItems(rdSegmentationContact, listed)
  if (contacts === undefined) throw unreadable('rd-station', { status: answer.status })
  const total = Number(answer.headers['pagination-total-rows'] ?? Number.NaN)
  return { contacts, isLast: listed.length < SEGMENTATION_PAGE, ...(Number.isSafeInteger(total) && { total }) }
}
