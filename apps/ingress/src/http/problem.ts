import { ingressFailures } from '@ponte/contracts'
import type { FastifyReply, FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from '@ponte/runtime'

/** The refusals of the ingress (docs/behaviour/deliveries.md#answers). Any other authentic delivery is answered 202. */
export type RefusalCode = keyof typeof ingressFailures

/** The page that `type` links to. */
export const PROBLEMS_PATH = '/docs/problems'

/** Thrown to answer a request with this code's status and `application/problem+json`. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly headers: Readonly<Record<string, string>>

  constructor(code: RefusalCode, headers: Readonly<Record<string, string>> = {}) {
    super(ingressFailures[code].en.happened)
    this.name = 'Refusal'
    this.code = code
    this.headers = headers
  }
}

/** RFC 9457. It contains nothing from the request, so it cannot leak anything. */
export type Problem = z.infer<typeof problem>
export const problem = z.object({
  type: z.string().describe('The address of the section that explains what happened and what to do.'),
  title: z.string(),
  status: z.number(),
  code: z.string().describe('Never changes; meant for programs.'),
})

const toProblem = (code: RefusalCode): Problem => ({
  type: `${PROBLEMS_PATH}#${code}`,
  title: ingressFailures[code].en.happened,
  status: ingressFailures[code].status,
  code,
})

/** Sends the problem of this code. */
function sendProblem(reply: FastifyReply, code: RefusalCode, headers: Readonly<Record<string, string>> = {}) {
  if (mayLeaveMuchUnread(reply.request.headers)) reply.header('connection', 'close')
  return (
    reply
      .code(ingressFailures[code].status)
      .headers(headers)
      // Hooks do not run for a malformed URL.
      .header('x-content-type-options', 'nosniff')
      .type('application/problem+json')
      .send(JSON.stringify(toProblem(code)))
  )
}

/** More than any usual delivery: RD Station's have a few KiB. */
const DRAINED_BYTES = 64 * 1024

/**
 * Before Node.js can reuse a connection, it must read the rest of a refused body, however long that takes. That is fine for a short rest.
 * For a long one the connection is closed.
 */
const mayLeaveMuchUnread = (headers: FastifyReply['request']['headers']): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > DRAINED_BYTES

/** Turns any error into a problem. An unexpected error is logged, without headers and body of the request. */
export const answerError =
  (log: Logger) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof Refusal) return sendProblem(reply, error.code, error.headers)
    const code = codeOfStatus(error)
    if (code === undefined) log.error({ err: error, reqId: request.id }, 'unexpected error')
    return sendProblem(reply, code ?? 'INTERNAL_ERROR')
  }

/** Fastify's own refusals by their status: a malformed URL, a body that is too long or has another type. Undefined for other errors. */
function codeOfStatus(error: unknown): RefusalCode | undefined {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status === 413) return 'BODY_TOO_LARGE'
  if (status === 415) return 'BODY_TYPE_UNSUPPORTED'
  return status >= 400 && status < 500 ? 'REQUEST_MALFORMED' : undefined
}

const codeOfConnectionError: Readonly<Record<string, RefusalCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'BODY_TOO_LARGE',
}

/** For bytes that are not an HTTP request. There is no reply object, so the answer is written by hand. */
export function answerConnectionError(error: Error & { readonly code: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code = codeOfConnectionError[error.code] ?? 'REQUEST_MALFORMED'
  const { status } = ingressFailures[code]
  const body = JSON.stringify(toProblem(code))
  socket.write(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'content-type: application/problem+json',
      'x-content-type-options: nosniff',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
  socket.destroySoon()
}

/** Answers 405 to every method that this address does not accept (Fastify by itself answers 404). */
export function refuseOtherMethods(app: FastifyInstance, url: string, allowed: readonly string[]): void {
  app.route({
    method: app.supportedMethods.filter(method => !allowed.includes(method)),
    url,
    schema: { hide: true },
    // This runs before the body is read.
    onRequest: async () => {
      throw new Refusal('METHOD_NOT_ALLOWED', { allow: allowed.join(', ') })
    },
    handler: async () => {},
  })
}
