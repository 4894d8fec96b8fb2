import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from '@ponte/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ingressFailures } from '@ponte/contracts'
import { Refusal, type RefusalCode, sendProblem, toProblem } from './problem.ts'

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
