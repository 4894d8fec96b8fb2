import type { FastifyInstance } from 'fastify'
import { Refusal } from './problem.ts'

/** Answers 405 to every method that this address does not accept (Fastify by itself answers 404). */
export function refuseOtherMethods(app: FastifyInstance, url: string, allowed: readonly string[]): void {
  app.route({
    method: app.supportedMethods.filter(method => !allowed.includes(method)),
    url,
    schema: { hide: true },
    // Before the body is read.
    onRequest: async () => {
      throw new Refusal('METHOD_NOT_ALLOWED', { allow: allowed.join(', ') })
    },
    handler: async () => {},
  })
}
