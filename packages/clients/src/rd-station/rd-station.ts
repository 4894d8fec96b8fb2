import {
  type RdContact,
  rdContact,
  type RdContactEvent,
  rdContactEvent,
  type RdFunnel,
  rdFunnel,
  type RdMark,
  type RdWebhook,
  rdWebhook,
  type TenantSettings,
} from '@ponte/contracts'
import { z } from 'zod'
import type { CallGuard } from '../http/call-guard.ts'
import { createHttp, type HttpLimits, type HttpRequest } from '../http/http.ts'
import { type HttpAnswer, unreadable } from '../http/failure-of-answer.ts'
import { readItems } from '../http/read-items.ts'
import { type CredentialSource, renewOnce } from '../http/renew-once.ts'

const webhookList = z.looseObject({ webhooks: z.array(z.unknown()) })
const eventAnswer = z.looseObject({ event_uuid: z.string().min(1) })

/**
 * RD Station Marketing for one tenant. Each call is one attempt (two when the access token is refused) inside the guard.
 * Throws the failures of SPEC §5; `RD_UNAUTHORIZED` when a renewed token is refused too.
 */
export function createRdStationClient(input: {
  settings: TenantSettings['rdStation']
  tokens: CredentialSource
  guard: CallGuard
  limits?: Partial<HttpLimits>
}) {
  const { settings, tokens, guard, limits } = input
  const http = createHttp({ system: 'rd-station', guard, limits })
  const baseUrl = settings.baseUrl.replace(/\/+$/, '')

  const request = <Result>({ path, ...rest }: Omit<HttpRequest<Result>, 'url' | 'headers'> & { path: string }) =>
    renewOnce({
      system: 'rd-station',
      code: 'RD_UNAUTHORIZED',
      source: tokens,
      guard,
      call: token => http.request({ ...rest, url: baseUrl + path, headers: { authorization: `Bearer ${token}` } }),
    })

  const findOne = <Result>(path: string, schema: z.ZodType<Result>) =>
    request({ method: 'GET', path, quota: 'contacts', notFoundIsAnswer: true, read: orNone(schema) })

  return {
    /** Nothing when RD Station does not know the contact. Reference rd-station.md §4. */
    findContact: (by: { uuid: string } | { email: string }): Promise<RdContact | undefined> =>
      findOne(`/platform/contacts/${toIdentifier(by)}`, rdContact),

    /** The contact's stage, and whether it is an opportunity. 24 calls a day per contact (reference rd-station.md §5). */
    findFunnel: (uuid: string): Promise<RdFunnel | undefined> =>
      findOne(`/platform/contacts/${toIdentifier({ uuid })}/funnels/default`, rdFunnel),

    /** The latest ten, newest first; sales cannot be listed (reference rd-station.md §3). None for an unknown contact. */
    listContactEvents: (uuid: string, type: 'OPPORTUNITY' | 'CONVERSION'): Promise<RdContactEvent[]> =>
      request({
        method: 'GET',
        path: `/platform/contacts/${encodePart(uuid)}/events?event_type=${type}&order=created_at:desc&page=1`,
        quota: 'contacts',
        notFoundIsAnswer: true,
        read: readContactEvents,
      }),

    /** The webhooks that were registered by the API; those of its screens and of automation flows are not among them (§1). */
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
     * Marks a contact. RD Station answers the same for a contact that it does not know and drops the mark in silence
     * (SPEC §2.2), so make sure that the contact exists. Gives the uuid of the event. Reference rd-station.md §3.
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
  }
}

/** `CDP` and `default` are the only family and funnel there are (reference rd-station.md §3). */
function toEnvelope(mark: RdMark) {
  const { type, ...fields } = mark
  return { event_type: type, event_family: 'CDP', payload: { funnel_name: 'default', ...fields } }
}

/** RD's own software leaves `@` and `+` as they are in a path (reference rd-station.md §4). */
const toIdentifier = (by: { uuid: string } | { email: string }): string =>
  'uuid' in by
    ? `uuid:${encodePart(by.uuid)}`
    : `email:${encodePart(by.email).replaceAll('%40', '@').replaceAll('%2B', '+')}`

/** A lone surrogate cannot be encoded; it becomes the replacement character, which no contact has. */
const encodePart = (text: string): string => encodeURIComponent(text.toWellFormed())

const orNone =
  <Result>(schema: z.ZodType<Result>) =>
  (answer: HttpAnswer): Result | undefined =>
    answer.status === 404 ? undefined : readAs(schema, answer)

function readAs<Result>(schema: z.ZodType<Result>, { status, body }: HttpAnswer): Result {
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw unreadable('rd-station', { status })
  return parsed.data
}

function readContactEvents({ status, body }: HttpAnswer): RdContactEvent[] {
  if (status === 404) return []
  const events = Array.isArray(body) ? readItems(rdContactEvent, body) : undefined
  if (events === undefined) throw unreadable('rd-station', { status })
  return events
}
