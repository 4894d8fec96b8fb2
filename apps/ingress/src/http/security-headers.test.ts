import helmet from '@fastify/helmet'
import Fastify from 'fastify'
import { expect, inject, test } from 'vitest'
import { openTestIngress, rdToken } from '../testing/open-test-ingress.ts'
import { securityHeaders } from '../app.ts'

test('the headers are those of helmet', async () => {
  const app = Fastify()
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  })
  app.get('/', async (_request, reply) => reply.raw.getHeaders())
  expect((await app.inject('/')).json()).toEqual(securityHeaders)
})

test('every answer has them: accepted, refused, and of an unknown address', async () => {
  const ingress = await openTestIngress({ redisUrl: inject('redisUrl') })
  const url = `/webhooks/${ingress.tenant}/rd-station`
  const answers = await Promise.all([
    ingress.app.inject({ method: 'POST', url, headers: { apiToken: rdToken }, payload: {} }),
    ingress.app.inject({ method: 'POST', url, payload: {} }),
    ingress.app.inject('/nothing'),
    ingress.app.inject('/healthz'),
  ])
  await ingress.close()
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 401, 404, 200])
  for (const { headers } of answers) expect(headers).toMatchObject(securityHeaders)
})
