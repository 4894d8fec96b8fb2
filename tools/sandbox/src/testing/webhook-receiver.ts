import Fastify from 'fastify'
import { onTestFinished } from 'vitest'

export interface Received {
  readonly body: unknown
  readonly headers: Readonly<Record<string, unknown>>
}

/** A server that takes webhooks, and answers with the statuses it is given, in turn; then 202. */
export async function receiveWebhooks(statuses: readonly number[] = []) {
  const received: Received[] = []
  const left = [...statuses]
  const server = Fastify()
  server.post('/hook', async (request, reply) => {
    received.push({ body: request.body, headers: request.headers })
    return reply.code(left.shift() ?? 202).send({})
  })
  onTestFinished(() => server.close())
  return { url: `${await server.listen({ port: 0, host: '127.0.0.1' })}/hook`, received }
}
