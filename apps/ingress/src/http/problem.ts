import { type FailureCode, failures } from '@ponte/contracts'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'

/** What the ingress refuses with, and the status of each. Anything else of an authentic delivery is a 202. SPEC §3. */
export const refusalStatus = {
  REQUEST_MALFORMED: 400,
  UNAUTHORIZED: 401,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  BODY_TOO_LARGE: 413,
  BODY_TYPE_UNSUPPORTED: 415,
  TOO_MANY_WRONG_TOKENS: 429,
  INTAKE_LIMITED: 429,
  QUARANTINE_FULL: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL_ERROR: 500,
  QUEUE_UNAVAILABLE: 503,
} as const satisfies Partial<Record<FailureCode, number>>

export type RefusalCode = keyof typeof refusalStatus

/** Where the sentences behind `type` are served. */
export const PROBLEMS_PATH = '/docs/problems'

/** The request is answered with this code's status and `application/problem+json`. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly headers: Readonly<Record<string, string>>

  constructor(code: RefusalCode, headers: Readonly<Record<string, string>> = {}) {
    super(failures[code].en)
    this.name = 'Refusal'
    this.code = code
    this.headers = headers
  }
}

/** RFC 9457. Says nothing about the request, so that nothing of it can leak. */
export type Problem = z.infer<typeof problem>
export const problem = z.object({
  type: z.string().describe('Address of the section that says what happened and what to do.'),
  title: z.string(),
  status: z.number(),
  code: z.string().describe('Stable; meant for programs.'),
})

export const toProblem = (code: RefusalCode): Problem => ({
  type: `${PROBLEMS_PATH}#${code}`,
  title: failures[code].en,
  status: refusalStatus[code],
  code,
})

/** Answers the problem of this code. */
export function sendProblem(reply: FastifyReply, code: RefusalCode, headers: Readonly<Record<string, string>> = {}) {
  if (mayLeaveMuchUnread(reply.request.headers)) reply.header('connection', 'close')
  return (
    reply
      .code(refusalStatus[code])
      .headers(headers)
      // A request that no route was found for has gone through no hook.
      .header('x-content-type-options', 'nosniff')
      .type('application/problem+json')
      .send(JSON.stringify(toProblem(code)))
  )
}

/** Enough for any honest delivery: RD Station's are a few KiB. */
const DRAINED_BYTES = 64 * 1024

/**
 * Node.js reads the rest of a refused body off a connection that it keeps, however long that takes. A short rest is worth it
 * (the sender reads our answer at leisure); for a long one the connection is given up.
 */
const mayLeaveMuchUnread = (headers: FastifyReply['request']['headers']): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > DRAINED_BYTES
