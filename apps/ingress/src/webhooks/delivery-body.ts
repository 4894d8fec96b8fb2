import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../http/problem.ts'

export interface DeliveryBody {
  readonly bytes: Buffer
  /** The content type says that it is a form. */
  readonly form: boolean
}

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
export function readDeliveryBody({ headers, body }: FastifyRequest): DeliveryBody {
  if (headers['content-encoding']) throw new Refusal('BODY_TYPE_UNSUPPORTED')
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  const type = headers['content-type'] ?? 'application/json'
  // Nearly all deliveries have this type.
  if (type === 'application/json') return { bytes, form: false }
  const form = FORM_TYPE.test(type)
  if (bytes.length > 0 && !((form || JSON_TYPE.test(type)) && isUtf8(type))) throw new Refusal('BODY_TYPE_UNSUPPORTED')
  return { bytes, form }
}

const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/gi

const isUtf8 = (type: string): boolean =>
  [...type.matchAll(CHARSET)].every(([, charset = '']) => /^utf-?8$/i.test(charset))
