import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../http/problem.ts'

export interface DeliveryBody {
  readonly bytes: Buffer
  /** It says that it is a form. */
  readonly form: boolean
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i

/** Bodies of this scope arrive as the bytes they are: what cannot be parsed is kept, not refused. */
export function readBodiesAsBytes(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes))
}

/**
 * The bytes of a delivery. Throws Refusal BODY_TYPE_UNSUPPORTED when they are of a type other than JSON or a form, in another
 * charset than UTF-8, or have any `Content-Encoding`: a person could not be found and erased in what nobody can read. A body of
 * no bytes is of any type (RD Station calls a URL once when it is registered, reference rd-station.md §1.3); a body without
 * a type is taken for JSON.
 */
export function readDeliveryBody({ headers, body }: FastifyRequest): DeliveryBody {
  if (headers['content-encoding']) throw new Refusal('BODY_TYPE_UNSUPPORTED')
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  const type = headers['content-type'] ?? 'application/json'
  const form = FORM_TYPE.test(type)
  if (bytes.length > 0 && !((form || JSON_TYPE.test(type)) && isUtf8(type))) throw new Refusal('BODY_TYPE_UNSUPPORTED')
  return { bytes, form }
}

const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/gi

const isUtf8 = (type: string): boolean =>
  [...type.matchAll(CHARSET)].every(([, charset = '']) => /^utf-?8$/i.test(charset))
