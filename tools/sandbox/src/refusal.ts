import type { FastifyError, FastifyInstance } from 'fastify'

/** Thrown to refuse a request with the answer that the real system would give. */
export class Refusal extends Error {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`refused with ${status}`)
    this.name = 'Refusal'
    this.status = status
    this.body = body
    this.headers = headers
  }
}

/** Sends refusals as they are, and other errors, including Fastify's own, in the vendor's form. */
export function answerRefusals(
  app: FastifyInstance,
  vendor: { readonly notFound: () => Refusal; readonly unexpected: (error: FastifyError) => Refusal },
): void {
  app.setNotFoundHandler(() => {
    throw vendor.notFound()
  })
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    const refusal = error instanceof Refusal ? error : vendor.unexpected(error)
    return reply
      .code(refusal.status)
      .headers(refusal.headers)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify(refusal.body))
  })
}
