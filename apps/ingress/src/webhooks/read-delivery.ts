import { isUtf8 } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'
import {
  type CrmIntent,
  type DeliveredEvent,
  type FailureCode,
  message,
  type Message,
  type QuarantinedDelivery,
} from '@ponte/contracts'
import type { Logger, Tenant } from '@ponte/runtime'
import { joinInSlices, joinParts, parseBody, partsOfBody } from '@ponte/webhooks'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../http/problem.ts'

/** One authentic request. */
export interface IncomingDelivery {
  readonly origin: { readonly source: 'rd-station' } | { readonly source: 'totvs-crm'; readonly intent?: CrmIntent }
  readonly bytes: Buffer
  /** The content type says that the body is a form. */
  readonly form: boolean
  readonly trace?: Record<string, string> | undefined
}

/** A larger body is parsed in one turn of the event loop and interpreted in others. */
const LARGE_BYTES = 64 * 1024

/** A part that cannot be read, in the form in which it is kept. */
export interface Unreadable {
  readonly code: FailureCode
  readonly issues: readonly Message[]
  readonly kept: Omit<QuarantinedDelivery, 'v' | 'receivedAt' | 'trace'>
}

/** What a delivery holds. */
export interface Reading {
  readonly events: readonly DeliveredEvent[]
  readonly quarantined: readonly Unreadable[]
  readonly ignored: { readonly kind: string }[]
}

/** Never throws: an authentic delivery that makes a parser fail is quarantined. */
export async function readDelivery(
  { tenant, log }: { readonly tenant: Tenant; readonly log: Logger },
  { origin, bytes, form }: IncomingDelivery,
): Promise<Reading> {
  const whole = (code: FailureCode, issues: readonly Message[]): Reading => ({
    events: [],
    quarantined: [{ code, issues, kept: { ...origin, ...asText(bytes), form } }],
    ignored: [],
  })
  try {
    const parsed = parseBody(bytes, { form })
    if (!parsed.ok) return whole(parsed.code, parsed.issues)
    if (parsed.empty) return { events: [], quarantined: [], ignored: [{ kind: 'empty' }] }
    const isLarge = bytes.length > LARGE_BYTES
    // In several turns of the event loop, so that other deliveries are answered in between.
    if (isLarge) await setImmediate()
    const parts = partsOfBody[origin.source](parsed.body, { ...origin, settings: tenant.settings })
    const delivery = isLarge ? await joinInSlices(parts) : joinParts(parts)
    const [first, ...others] = delivery.quarantined
    const alone = others.length + delivery.events.length + delivery.ignored.length === 0
    // If the unreadable part is the whole body, the bytes are kept; else only the part.
    if (first && alone) return whole(first.code, first.issues)
    return {
      events: delivery.events,
      quarantined: delivery.quarantined.map(({ code, issues, body }) => ({
        code,
        issues,
        kept: { ...origin, body: JSON.stringify(body), encoding: 'utf8', form: false },
      })),
      ignored: delivery.ignored,
    }
  } catch (error) {
    log.error({ tenant: tenant.name, source: origin.source, error: withoutMessage(error) }, 'a parser failed')
    return whole('BODY_NOT_UNDERSTOOD', [message('parser-failed')])
  }
}

const asText = (bytes: Buffer): Pick<QuarantinedDelivery, 'body' | 'encoding'> =>
  isUtf8(bytes)
    ? { body: bytes.toString('utf8'), encoding: 'utf8' }
    : { body: bytes.toString('base64'), encoding: 'base64' }

/** Only the place is logged: messages of parsers may quote the body. */
const withoutMessage = (error: unknown): unknown =>
  error instanceof Error
    ? { type: error.name, at: error.stack?.split('\n').filter(line => line.startsWith('    at ')) }
    : { type: 'not an Error' }

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i

/** Bodies in this scope arrive as bytes: a body that cannot be parsed is quarantined, not refused. */
export function readBodiesAsBytes(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  // Nearly all deliveries have the first type. It is named because Fastify parses any type without an own parser anew in each request.
  scope.addContentTypeParser(['application/json', '*'], { parseAs: 'buffer' }, (_request, bytes, done) =>
    done(null, bytes),
  )
}

/**
 * The bytes of a delivery. Throws Refusal BODY_TYPE_UNSUPPORTED for a type other than JSON or a form, for a charset other than UTF-8 and
 * for any `Content-Encoding`. In such a body a person could not be found and erased. An empty body may have any type, because RD Station
 * calls a URL once to register it (docs/vendors/rd-station.md#registering-webhooks). A body without a type counts as JSON.
 */
export function readDeliveryBody({ headers, body }: FastifyRequest): Pick<IncomingDelivery, 'bytes' | 'form'> {
  if (headers['content-encoding']) throw new Refusal('BODY_TYPE_UNSUPPORTED')
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  const type = headers['content-type'] ?? 'application/json'
  // Nearly all deliveries have this type.
  if (type === 'application/json') return { bytes, form: false }
  const form = FORM_TYPE.test(type)
  if (bytes.length > 0 && !((form || JSON_TYPE.test(type)) && namesUtf8(type)))
    throw new Refusal('BODY_TYPE_UNSUPPORTED')
  return { bytes, form }
}

const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/gi

const namesUtf8 = (type: string): boolean =>
  [...type.matchAll(CHARSET)].every(([, charset = '']) => /^utf-?8$/i.test(charset))
