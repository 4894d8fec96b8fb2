import { gzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { crmToken, openTestIngress, otherRdToken, rdToken, type TestIngress } from '../testing/open-test-ingress.ts'

let ingress: TestIngress
beforeAll(async () => {
  ingress = await openTestIngress({ redisUrl: inject('redisUrl') })
})
afterAll(() => ingress.close())

const LEAD = '{"leads":[{"uuid":"u","email":"maria@example.com"}]}'
const json = { 'content-type': 'application/json' }
const ask = async (method: NonNullable<InjectOptions['method']>, url: string, more: InjectOptions = {}) =>
  ingress.app.inject({ method, url: url.replace('TENANT', ingress.tenant), ...more })

async function expectProblem(answer: Awaited<ReturnType<typeof ask>>, status: number, code: string): Promise<void> {
  expect(answer.statusCode).toBe(status)
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/)
  expect(answer.json()).toEqual({
    type: `/docs/problems#${code}`,
    title: expect.any(String),
    status,
    code,
  })
  const page = await ask('GET', '/docs/problems')
  expect(page.body).toContain(`id="${code}"`)
}

test('a wrong token, no token, an unknown tenant and the token of another: one and the same 401, nothing kept', async () => {
  const attempts: [string, Record<string, string>][] = [
    ['/webhooks/TENANT/rd-station', { apitoken: 'wrong' }],
    ['/webhooks/TENANT/rd-station', {}],
    ['/webhooks/TENANT/rd-station?token=wrong', {}],
    ['/webhooks/TENANT/rd-station', { apitoken: crmToken }],
    ['/webhooks/TENANT/rd-station', { apitoken: otherRdToken }],
    ['/webhooks/TENANT/totvs-crm', { authorization: `Bearer ${rdToken}` }],
    ['/webhooks/TENANT/totvs-crm/opportunity-won', {}],
    ['/webhooks/TENANT-other/rd-station', { apitoken: rdToken }],
    ['/webhooks/nobody/rd-station', { apitoken: rdToken }],
    [`/webhooks/${'n'.repeat(500)}/rd-station`, { apitoken: rdToken }],
    ['/webhooks/__proto__/rd-station', { apitoken: rdToken }],
    ['/webhooks/TENANT%2f..%2fnobody/rd-station', { apitoken: rdToken }],
  ]
  const answers = []
  for (const [url, headers] of attempts)
    answers.push(await ask('POST', url, { headers: { ...json, ...headers }, payload: LEAD }))

  for (const answer of answers) await expectProblem(answer, 401, 'UNAUTHORIZED')
  const shown = answers.map(({ body, headers: { date: _date, ...headers } }) => ({ body, headers }))
  expect(new Set(shown.map(answer => JSON.stringify(answer))).size).toBe(1)
  expect(await ingress.countJobs()).toBe(0)
})

test('an unknown intent is 404 for who may deliver, 401 for who may not', async () => {
  const url = '/webhooks/TENANT/totvs-crm/opportunity-dreamt'
  await expectProblem(
    await ask('POST', url, { headers: { ...json, apitoken: crmToken }, payload: '{}' }),
    404,
    'NOT_FOUND',
  )
  await expectProblem(await ask('POST', url, { headers: json, payload: '{}' }), 401, 'UNAUTHORIZED')
})

test.each([
  '/',
  '/webhooks',
  '/webhooks/TENANT',
  '/webhooks/TENANT/rd-station/x',
  '/webhooks/TENANT/hubspot',
  '/metrics',
])('the address %s is 404, whatever is sent to it', async url => {
  await expectProblem(await ask('GET', url), 404, 'NOT_FOUND')
  const sent = { headers: { ...json, apitoken: rdToken }, payload: 'not JSON' }
  await expectProblem(await ask('POST', url, sent), 404, 'NOT_FOUND')
})

test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)(
  '%s on a webhook is 405 and names POST',
  async method => {
    for (const url of [
      '/webhooks/TENANT/rd-station',
      '/webhooks/TENANT/totvs-crm',
      '/webhooks/x/totvs-crm/opportunity-won',
    ]) {
      const answer = await ask(method, url)
      await expectProblem(answer, 405, 'METHOD_NOT_ALLOWED')
      expect(answer.headers.allow).toBe('POST')
    }
  },
)

test('POST on a health address is 405', async () => {
  const answer = await ask('POST', '/healthz', { payload: '{}', headers: json })
  await expectProblem(answer, 405, 'METHOD_NOT_ALLOWED')
})

test('a body above 1 MiB is 413, and one of exactly 1 MiB is read', async () => {
  const limit = 1024 * 1024
  const post = (payload: string) =>
    ask('POST', '/webhooks/TENANT/rd-station', { headers: { ...json, apitoken: rdToken }, payload })
  await expectProblem(await post('{}'.padEnd(limit + 1)), 413, 'BODY_TOO_LARGE')
  expect((await post('{}'.padEnd(limit))).statusCode).toBe(202)
})

test.each([
  'text/plain',
  'text/html',
  'application/xml',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'xapplication/json',
  'nonsense',
  'application/json; charset=utf-16',
  'application/json;charset="iso-8859-1"',
  'application/json; charset=utf-8; charset=utf-7',
  'application/x-www-form-urlencoded; charset=latin1',
])('a body of type %s is 415', async type => {
  const headers = { 'content-type': type, apitoken: rdToken }
  const answer = await ask('POST', '/webhooks/TENANT/rd-station', { headers, payload: LEAD })
  await expectProblem(answer, 415, 'BODY_TYPE_UNSUPPORTED')
  expect(await ingress.countJobs()).toBe(0)
})

test.each([
  'application/json',
  'Application/JSON; charset=UTF-8',
  'application/vnd.api+json',
  'application/json; charset="utf8"',
  'application/ld+json;charset=utf-8',
  'application/x-www-form-urlencoded',
])('a body of type %s is read', async type => {
  const headers = { 'content-type': type, apitoken: rdToken }
  const answer = await ask('POST', '/webhooks/TENANT/rd-station', { headers, payload: '{"leads":[]}' })
  expect(answer.statusCode).toBe(202)
  expect(answer.json().ignored).toEqual([{ kind: 'no-leads' }])
})

test('a body without a type is taken for JSON', async () => {
  const answer = await ask('POST', '/webhooks/TENANT/rd-station', {
    headers: { apitoken: rdToken },
    payload: Buffer.from('{"leads":[]}'),
  })
  expect(answer.json().ignored).toEqual([{ kind: 'no-leads' }])
})

test.each(['gzip', 'deflate', 'br', 'zstd', 'identity', 'gzip, gzip'])(
  'a body with Content-Encoding %s is 415, also an empty one, and nothing is kept',
  async encoding => {
    for (const payload of [gzipSync(LEAD), LEAD, '']) {
      const headers = { ...json, apitoken: rdToken, 'content-encoding': encoding }
      const answer = await ask('POST', '/webhooks/TENANT/rd-station', { headers, payload })
      await expectProblem(answer, 415, 'BODY_TYPE_UNSUPPORTED')
    }
    expect(await ingress.countJobs()).toBe(0)
  },
)
