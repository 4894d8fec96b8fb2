import helmet from '@fastify/helmet'
import Fastify from 'fastify'
import { z } from 'zod'

/** Pages of the ingress load nothing; Swagger UI sets a policy of its own. */
const policy = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
}

/**
 * The headers that helmet adds to an answer. They are the same for every answer, and helmet would make them anew for each, which costs more
 * than the rest of Fastify's work.
 */
export async function askHelmet(): Promise<Readonly<Record<string, string>>> {
  const app = Fastify()
  await app.register(helmet, policy)
  app.get('/', async (_request, reply) => reply.raw.getHeaders())
  const answer = await app.inject('/')
  return z.record(z.string(), z.string()).parse(answer.json())
}
