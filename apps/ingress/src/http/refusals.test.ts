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

function expectProblem(answer: Awaited<ReturnType<typeof ask>>, status: number, code: string): void {
  expect(answer.statusCode).toBe(status)
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/)
  const type = `/docs/problems#${code}`
  expect(answer.json()).toEqual({ type, title: expect.any(String), status, code })
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

  for (const answer of answers) expectProblem(answer, 401, 'UNAUTHORIZED')
  const shown = answers.map(({ body, headers: { date: _date, ...headers } }) => ({ body, headers }))
  expect(new Set(shown.map(answer => JSON.stringify(answer))).size).toBe(1)
  expect(await ingress.countJobs()).toBe(0)
})

test('an unknown intent is 404 for who may deliver, 401 for who may not', async () => {
  const url = '/webhooks/TENANT/totvs-crm/opportunity-dreamt'
  const headers = { ...json, apitoken: crmToken }
  expectProblem(await ask('POST', url, { headers, payload: '{}' }), 404, 'NOT_FOUND')
  expectProblem(await ask('POST', url, { headers: json, payload: '{}' }), 401, 'UNAUTHORIZED')
})

const unknown = ['/', '/webhooks', '/webhooks/TENANT', '/webhooks/TENANT/rd-station/x', '/webhooks/TENANT/hubspot']
test.each([...unknown, '/metrics'])('the address %s is 404, whatever is sent to it', async url => {
  expectProblem(await ask('GET', url), 404, 'NOT_FOUND')
  const sent = { headers: { ...json, apitoken: rdToken }, payload: 'not JSON' }
  expectProblem(await ask('POST', url, sent), 404, 'NOT_FOUND')
})

test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)(
  '%s on a webhook is 405 and names POST',
  async method => {
    for (const path of ['TENANT/rd-station', 'TENANT/totvs-crm', 'x/totvs-crm/opportunity-won']) {
      const answer = await ask(method, `/webhooks/${path}`)
      expectProblem(answer, 405, 'METHOD_NOT_ALLOWED')
      expect(answer.headers.allow).toBe('POST')
    }
  },
)

test('POST on a health address is 405', async () => {
  const answer = await ask('POST', '/healthz', { payload: '{}', headers: json })
  expectProblem(answer, 405, 'METHOD_NOT_ALLOWED')
})

test('a body above 1 MiB is 413, and one of exactly 1 MiB is read', async () => {
  const limit = 1024 * 1024
  expectProblem(await ingress.post('rd-station', '{}'.padEnd(limit + 1)), 413, 'BODY_TOO_LARGE')
  expect(await ingress.statusOf('rd-station', '{}'.padEnd(limit))).toBe(202)
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
  const answer = await ingress.post('rd-station', LEAD, { headers: { 'content-type': type } })
  expectProblem(answer, 415, 'BODY_TYPE_UNSUPPORTED')
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
  const answer = await ingress.post('rd-station', '{"leads":[]}', { headers: { 'content-type': type } })
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
      const answer = await ingress.post('rd-station', payload, { headers: { 'content-encoding': encoding } })
      expectProblem(answer, 415, 'BODY_TYPE_UNSUPPORTED')
    }
    expect(await ingress.countJobs()).toBe(0)
  },
)
