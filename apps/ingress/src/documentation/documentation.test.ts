import helmet from '@fastify/helmet'
import Fastify from 'fastify'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { z } from 'zod'
import { openTestIngress, type TestIngress } from '../testing/open-test-ingress.ts'
import { securityHeaders } from '../app.ts'
import { ingressFailures } from '@ponte/contracts'

let ingress: TestIngress
beforeAll(async () => {
  ingress = await openTestIngress({ redisUrl: inject('redisUrl') })
})
afterAll(() => ingress.close())

const get = (url: string) => ingress.app.inject({ method: 'GET', url })

test('the API description lists every address of the ingress, with its answers', async () => {
  const answer = await get('/openapi.json')
  expect(answer.statusCode).toBe(200)
  const described = z
    .object({
      openapi: z.string(),
      paths: z.record(z.string(), z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()) }))),
    })
    .parse(answer.json())
  const found = Object.entries(described.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { responses }]) => [`${method} ${path}`, Object.keys(responses)]),
  )
  const refused = ['202', '401', '413', '415', '429', '503']
  expect(Object.fromEntries(found)).toEqual({
    'get /healthz': ['200'],
    'get /readyz': ['200', '503'],
    'post /webhooks/{tenant}/rd-station': refused,
    'post /webhooks/{tenant}/totvs-crm': refused,
    'post /webhooks/{tenant}/totvs-crm/{intent}': ['202', '401', '404', '413', '415', '429', '503'],
  })
})

test('the page of the API description and all that it loads come from here', async () => {
  const page = await get('/docs')
  expect(page.statusCode).toBe(200)
  const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].flatMap(([, address]) => address ?? [])
  expect(loaded.length).toBeGreaterThan(4)
  for (const address of loaded) expect((await get(address)).statusCode, address).toBe(200)
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'self';/)
  expect((await get('/docs/json')).json()).toEqual((await get('/openapi.json')).json())
})

test('every problem has its section in the page of problems, in both languages', async () => {
  const page = await get('/docs/problems')
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
  for (const code of Object.keys(ingressFailures)) {
    expect(page.body).toMatch(new RegExp(`<section id="${code}">[^]*?<p>.{20,}</p>\n<p lang="pt-BR">.{20,}</p>`))
  }
})

test('the process says that it runs and that Redis answers, and nothing more to strangers', async () => {
  expect((await get('/healthz')).json()).toEqual({ status: 'ok' })
  const readiness = await get('/readyz')
  expect(readiness.statusCode).toBe(200)
  expect(readiness.json()).toEqual({ ready: true })
})

test('many requests for the readiness cost Redis one check', async () => {
  const commands = vi.spyOn(ingress.redis, 'sendCommand')
  await Promise.all(Array.from({ length: 200 }, () => get('/readyz')))
  for (let asked = 0; asked < 50; asked++) expect((await get('/readyz')).statusCode).toBe(200)
  // A check takes four commands, and a slow machine may need a few checks.
  expect(commands.mock.calls.length).toBeLessThan(50)
  commands.mockRestore()
})

test('every answer has the headers of helmet, and no browser guesses its type', async () => {
  const app = Fastify()
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  })
  app.get('/', async (_request, reply) => reply.raw.getHeaders())
  expect((await app.inject('/')).json()).toEqual(securityHeaders)
  const delivered = [
    await ingress.post('rd-station'),
    await ingress.post('rd-station', {}, { headers: { apitoken: '' } }),
  ]
  const answers = [...delivered, ...(await Promise.all(['/nothing', '/healthz', '/docs/problems'].map(get)))]
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 401, 404, 200, 200])
  for (const { headers } of answers) expect(headers).toMatchObject(securityHeaders)
  for (const url of ['/docs', '/%zz']) expect((await get(url)).headers['x-content-type-options']).toBe('nosniff')
})

test('the description of the API can be switched off; refusals still lead to their page', async () => {
  const quiet = await openTestIngress({ redisUrl: inject('redisUrl'), showDocs: false })
  const statusOf = async (url: string) => (await quiet.app.inject({ method: 'GET', url })).statusCode
  for (const url of ['/docs', '/docs/json', '/docs/yaml', '/docs/static/index.html', '/openapi.json'])
    expect(await statusOf(url), url).toBe(404)
  expect(await statusOf('/docs/problems')).toBe(200)
  await quiet.close()
})
