import {
  type DriftKind,
  isRecord,
  type RdContact,
  rdContact,
  type RdContactEvent,
  rdContactEvent,
  type RdFunnel,
  rdFunnel,
  type RdMark,
  type RdSegmentationContact,
  rdSegmentationContact,
  type RdWebhook,
  rdWebhook,
  type RdWebhookOrder,
  rdWebhookRelations,
  readRdEventTime,
  type TenantSettings,
  withoutEnd,
} from '@ponte/contracts'
import { z } from 'zod'
import { unreadable } from '../failures/failure-of-answer.ts'
import type { CallGuard, ObserveRecord } from '../http/call-guard.ts'
import { createHttp, type HttpRequest } from '../http/http.ts'
import { type HttpAnswer, type HttpLimits, readItems } from '../http/send-request.ts'
import { type CredentialSource, withCredential } from '../http/with-credential.ts'

/** RD Station refuses larger pages (docs/vendors/rd-station.md#segmentations). */
const SEGMENTATION_PAGE = 125

export interface RdSegmentationPage {
  readonly contacts: readonly RdSegmentationContact[]
  readonly total?: number
  readonly isLast: boolean
}

/** When a contact was marked as an opportunity: the latest ten times, newest first. */
export interface RdMarkTimes {
  /** Milliseconds since 1970, by RD Station's clock. */
  readonly times: readonly number[]
  /** How far RD Station's clock is ahead of ours, by the header `Date` of its answer. 0 without one. */
  readonly aheadMs: number
}

type ContactId = { readonly uuid: string } | { readonly email: string }

const webhookList = z.looseObject({ webhooks: z.array(z.unknown()) })
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

  const request = <Result>({ path, ...rest }: Omit<HttpRequest<Result>, 'url' | 'headers'> & { path: string }) =>
    withCredential({
      system: 'rd-station',
      source: tokens,
      guard,
      call: token => http.request({ ...rest, url: baseUrl + path, headers: { authorization: `Bearer ${token}` } }),
    })

  /** Of the contacts' quota. A 404 is an answer for `read`. */
  const ofContacts = <Result>(
    method: HttpRequest<Result>['method'],
    path: string,
    rest: Pick<HttpRequest<Result>, 'read' | 'json'>,
  ): Promise<Result> =>
    request({ method, path, quota: 'contacts', writes: method !== 'GET', notFoundIsAnswer: true, ...rest })

  const findOne = <Result>(by: ContactId, below: string, schema: z.ZodType<Result>, kind: DriftKind) =>
    ofContacts('GET', pathOf(by) + below, {
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
    ofContacts('GET', `/platform/contacts/${encodePart(uuid)}/events?event_type=${type}&order=created_at:desc&page=1`, {
      read,
    })

  /** The only family is `CDP` (docs/vendors/rd-station.md#marks). Returns the uuid of the event. */
  const sendEvent = (type: string, payload: object): Promise<{ eventUuid: string }> =>
    request({
      method: 'POST',
      path: `/platform/events?event_type=${type.toLowerCase()}`,
      quota: 'events',
      writes: true,
      json: { event_type: type, event_family: 'CDP', payload },
      read: answer => ({ eventUuid: readAs(eventAnswer, answer).event_uuid }),
    })

  const writeWebhook = (method: 'POST' | 'PUT', path: string, order: RdWebhookOrder): Promise<RdWebhook> =>
    request({ method, path, writes: true, json: toSubscription(order), read: answer => readAs(rdWebhook, answer) })

  return {
    /** Undefined when RD Station has no such contact (docs/vendors/rd-station.md#contacts). */
    findContact: (by: ContactId): Promise<RdContact | undefined> => findOne(by, '', rdContact, 'rd.contact'),

    /**
     * The contact's stage, score and owner, and whether it is an opportunity (docs/vendors/rd-station.md#funnel-of-a-contact). RD Station allows 24
     * calls a day for each contact. Undefined when there is no such contact.
     */
    findFunnel: (by: ContactId): Promise<RdFunnel | undefined> => findOne(by, FUNNEL, rdFunnel, 'rd.funnel'),

    /**
     * Makes the contact no opportunity any more (docs/vendors/rd-station.md#funnel-of-a-contact); may be repeated. Nothing happens when
     * there is no such contact.
     */
    unmarkOpportunity: (uuid: string): Promise<RdFunnel | undefined> =>
      ofContacts('PUT', pathOf({ uuid }) + FUNNEL, { json: { opportunity: false }, read: orNone(rdFunnel) }),

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
      ofContacts(
        'GET',
        `/platform/segmentations/${encodePart(id)}/contacts?page=${page}&page_size=${SEGMENTATION_PAGE}&order=last_conversion_date:desc`,
        { read: readSegmentationPage },
      ),

    /**
     * The webhooks that were registered through the API. Those made on screens or in automation flows cannot be listed
     * (docs/vendors/rd-station.md#registering-webhooks).
     */
    listWebhooks: (): Promise<RdWebhook[]> =>
      request({
        method: 'GET',
        path: WEBHOOKS,
        read: answer => itemsOf(rdWebhook, readAs(webhookList, answer).webhooks, answer),
      }),

    /**
     * Registers a webhook for conversions. RD Station first calls its address, and answers 401 unless that call gets a 2xx. It refuses a
     * second webhook with the same address (docs/vendors/rd-station.md#registering-webhooks).
     */
    createWebhook: (order: RdWebhookOrder): Promise<RdWebhook> => writeWebhook('POST', WEBHOOKS, order),

    /** Makes a registered webhook one for these conversions at this address (docs/vendors/rd-station.md#registering-webhooks). */
    updateWebhook: (uuid: string, order: RdWebhookOrder): Promise<RdWebhook> =>
      writeWebhook('PUT', `${WEBHOOKS}/${encodePart(uuid)}`, order),

    /** Nothing happens when there is no such webhook. */
    removeWebhook: (uuid: string): Promise<void> =>
      request({
        method: 'DELETE',
        path: `${WEBHOOKS}/${encodePart(uuid)}`,
        writes: true,
        notFoundIsAnswer: true,
        read: () => undefined,
      }),

    /**
     * Marks a contact as opportunity, sale or loss (docs/vendors/rd-station.md#marks); returns the uuid of the event. Make sure
     * that the contact exists: RD Station gives the same answer for an unknown one and drops the mark
     * (docs/vendors/rd-station.md#marks-for-unknown-contacts).
     */
    sendMark: ({ type, ...fields }: RdMark): Promise<{ eventUuid: string }> =>
      // The only funnel is `default` (docs/vendors/rd-station.md#marks).
      sendEvent(type, { funnel_name: 'default', ...fields }),

    /**
     * For `ponte rehearse`: a conversion, which makes the contact if there is none (docs/vendors/rd-station.md#marks).
     * Returns the uuid of the event.
     */
    convert: ({ identifier, ...contact }: RdConversion): Promise<{ eventUuid: string }> =>
      sendEvent('CONVERSION', { conversion_identifier: identifier, ...contact }),

    /** For `ponte rehearse`: changes these fields of a contact. RD Station allows 24 calls a day for each contact. */
    changeContact: (uuid: string, change: Readonly<Record<string, string>>): Promise<void> =>
      request({
        method: 'PATCH',
        path: pathOf({ uuid }),
        quota: 'contacts',
        writes: true,
        json: change,
        read: () => undefined,
      }),

    /** For `ponte rehearse`: removes its own contact. Nothing happens when there is none. */
    removeContact: (uuid: string): Promise<void> => ofContacts('DELETE', pathOf({ uuid }), { read: () => undefined }),
  }
}

export type RdStationClient = ReturnType<typeof createRdStationClient>

/** A conversion as `ponte rehearse` makes it. The further members are fields of the contact, under RD Station's names. */
interface RdConversion extends Readonly<Record<string, unknown>> {
  readonly identifier: string
  readonly email: string
}

const FUNNEL = '/funnels/default'
const WEBHOOKS = '/integrations/webhooks'

/** A lead's company and funnel come only with webhooks that ask for them (docs/vendors/rd-station.md#webhook-formats). */
const toSubscription = ({ url, identifiers }: RdWebhookOrder) => ({
  event_type: 'WEBHOOK.CONVERTED',
  entity_type: 'CONTACT',
  url,
  http_method: 'POST',
  event_identifiers: identifiers,
  include_relations: rdWebhookRelations,
})

/** RD Station's own software does not encode `@` and `+` in a path (docs/vendors/rd-station.md#contacts). */
const pathOf = (by: ContactId): string =>
  `/platform/contacts/${
    'uuid' in by
      ? `uuid:${encodePart(by.uuid)}`
      : `email:${encodePart(by.email).replaceAll('%40', '@').replaceAll('%2B', '+')}`
  }`

/** A lone surrogate cannot be encoded. It becomes the replacement character, which no contact has. */
const encodePart = (text: string): string => encodeURIComponent(text.toWellFormed())

/** The funnel has none. */
const uuidIn = (body: unknown): string | undefined =>
  isRecord(body) && typeof body.uuid === 'string' && body.uuid !== '' ? body.uuid : undefined

/** Throws `RD_UNREADABLE` when the answer does not have the expected form. */
function readAs<Result>(schema: z.ZodType<Result>, { status, body }: HttpAnswer): Result {
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw unreadable('rd-station', { status })
  return parsed.data
}

/** The items that can be read. Throws `RD_UNREADABLE` when there are items and none can. */
function itemsOf<Item>(schema: z.ZodType<Item>, values: readonly unknown[], { status }: HttpAnswer): Item[] {
  const items = readItems(schema, values)
  if (items === undefined) throw unreadable('rd-station', { status })
  return items
}

const orNone =
  <Result>(schema: z.ZodType<Result>) =>
  (answer: HttpAnswer): Result | undefined =>
    answer.status === 404 ? undefined : readAs(schema, answer)

/** Empty when there is no such contact. */
const readContactEvents = (answer: HttpAnswer): RdContactEvent[] =>
  answer.status === 404 ? [] : itemsOf(rdContactEvent, readAs(z.array(z.unknown()), answer), answer)

/** The header `Date` has whole seconds, so the clock is half a second further on average. */
const HALF_SECOND_MS = 500

/** `receivedAt`: when the answer came. `soughtAt`: when the mark was made that is looked for. Milliseconds since 1970, by our clock. */
function readMarkTimes(
  answer: HttpAnswer,
  { receivedAt, soughtAt }: { readonly receivedAt: number; readonly soughtAt: number | undefined },
): RdMarkTimes {
  const sentAt = Date.parse(answer.headers.date ?? '')
  const aheadMs = Number.isNaN(sentAt) ? 0 : sentAt + HALF_SECOND_MS - receivedAt
  const sought = soughtAt === undefined ? undefined : soughtAt + aheadMs
  const times = readContactEvents(answer).flatMap(({ event_timestamp: text }) => readRdEventTime(text, sought) ?? [])
  return { times, aheadMs }
}

function readSegmentationPage(answer: HttpAnswer): RdSegmentationPage | undefined {
  if (answer.status === 404) return undefined
  const { contacts } = readAs(segmentationAnswer, answer)
  const total = Number(answer.headers['pagination-total-rows'] ?? Number.NaN)
  return {
    contacts: itemsOf(rdSegmentationContact, contacts, answer),
    isLast: contacts.length < SEGMENTATION_PAGE,
    ...(Number.isSafeInteger(total) && { total }),
  }
}
