import { ingressFailures } from '@ponte/contracts'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'

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

export const toProblem = (code: RefusalCode): Problem => ({
  type: `${PROBLEMS_PATH}#${code}`,
  title: ingressFailures[code].en.happened,
  status: ingressFailures[code].status,
  code,
})

/** Sends the problem of this code. */
export function sendProblem(reply: FastifyReply, code: RefusalCode, headers: Readonly<Record<string, string>> = {}) {
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
