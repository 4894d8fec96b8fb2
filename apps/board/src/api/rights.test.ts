import { once } from 'node:events'
import net from 'node:net'
import { newApiToken } from '@ponte/runtime'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { apiTokens, askApi, tokenOf } from '../testing/api-tokens.ts'
import { createBrowser } from '../testing/log-in.ts'
import { basic, openBoard } from '../testing/open-board.ts'
import { leads, rejected } from '../testing/operate.ts'
import { useBoard } from '../testing/use-board.ts'

const { board, fail, ownAudit, visit } = useBoard({ isShared: true, others: ['-b'], apiTokens })
const ask = askApi(board)
const failed = () => board()['totvs-crm'].getFailedCount()
beforeAll(() => fail(board()['totvs-crm'], leads(1, rejected)))

const codeOf = async (asked: ReturnType<typeof ask>): Promise<readonly unknown[]> => {
  const answer = await asked
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  return [answer.statusCode, answer.json().code]
}

const everything = [
  '/status',
  '/tenants',
  '/failures',
  '/failures/CRM_REJECTED',
  '/results',
  '/retries/x',
  '/openapi.json',
]

test('without a token nothing is answered, and neither a login of the board nor its session helps', async () => {
  const cookie = await createBrowser(board).logIn()
  for (const path of [...everything, '/nothing'])
    for (const headers of [{}, { authorization: basic }, { cookie }])
      expect(await codeOf(ask(path, { token: '', headers }))).toEqual([401, 'API_TOKEN_REFUSED'])
  const { headers } = await ask('/status', { token: '' })
  expect(headers['www-authenticate']).toBe('Bearer realm="Ponte"')
  const retry = ask('/failures/CRM_REJECTED/retry', { token: '', headers: { cookie }, body: {} })
  expect(await codeOf(retry)).toEqual([401, 'API_TOKEN_REFUSED'])
  // An address may be spelled in other ways: it leads to the pages of the board, or is refused as any other.
  expect((await board().app.inject({ url: '/%61pi/v1/status', headers: { cookie } })).statusCode).toBe(401)
  expect(await failed()).toBe(1)
})

test('a token opens no page of the board', async () => {
  for (const url of ['/', '/failures', '/queues/api/queues', '/api'])
    expect(
      (await board().app.inject({ url, headers: { authorization: `Bearer ${tokenOf.operator}` } })).statusCode,
    ).toBe(401)
})

test('a tenant that a token may not see does not exist for it: not to look at, not to retry, not by the key of an event', async () => {
  const token = tokenOf.partner
  for (const path of ['/status', '/failures', '/failures/CRM_REJECTED', '/results', '/tenants'])
    expect((await ask(path, { token })).body.replaceAll(`${board().name}-b`, '')).not.toContain(board().name)
  const unknown = [404, 'API_TENANT_UNKNOWN']
  for (const tenant of [board().name, 'nobody']) {
    for (const path of ['/status', '/failures', '/failures/CRM_REJECTED', '/results'])
      expect(await codeOf(ask(`${path}?tenant=${tenant}`, { token }))).toEqual(unknown)
    expect(await codeOf(ask('/failures/CRM_REJECTED/retry', { token, body: { tenant } }))).toEqual(unknown)
    expect(await codeOf(ask(`/tenants/${tenant}/events/key-0/retry`, { token, body: {} }))).toEqual(unknown)
  }
  const key = `/tenants/${board().name}-b/events/key-0/retry`
  expect(await codeOf(ask(key, { token, body: {} }))).toEqual([404, 'API_EVENT_UNKNOWN'])
  expect((await ask('/failures/CRM_REJECTED/retry', { token, body: {} })).json()).toMatchObject({
    queues: [],
    retry: null,
  })
  expect(await failed()).toBe(1)
})

test('a viewer retries nothing, a manager sees results alone, and both refusals are in the audit trail', async () => {
  const refused = [403, 'API_ROLE_REFUSED']
  const retry = { token: tokenOf.viewer, body: { tenant: board().name } }
  expect(await codeOf(ask('/failures/CRM_REJECTED/retry', retry))).toEqual(refused)
  expect(await codeOf(ask(`/tenants/${board().name}/events/key-0/retry`, { token: tokenOf.viewer, body: {} }))).toEqual(
    refused,
  )
  const token = tokenOf.manager
  for (const path of ['/status', '/tenants', '/failures', '/failures/CRM_REJECTED', '/retries/x'])
    expect(await codeOf(ask(path, { token }))).toEqual(refused)
  expect((await ask('/results', { token })).statusCode).toBe(200)
  expect(await failed()).toBe(1)
  expect(await ownAudit()).toContainEqual(
    expect.objectContaining({ user: 'api:viewer', action: 'try-one', outcome: 'refused' }),
  )
  const trail = await board().audit.read({ count: 1000 })
  expect(trail).toContainEqual(expect.objectContaining({ user: 'api:viewer', action: 'retry-all', outcome: 'refused' }))
  expect(trail).toContainEqual(expect.objectContaining({ user: 'api:manager', action: 'read-api', outcome: 'refused' }))
  expect((await visit('/audit')).body).toMatch(/api:viewer[\s\S]*?tested one|tried one/)
})

test.each([
  `/status?token=${tokenOf.operator}`,
  `/status?access_token=${tokenOf.operator}`,
  `/nothing/${tokenOf.operator}`,
])('a token in an address is refused, also beside one in the header: %#', async path => {
  for (const token of ['', tokenOf.operator])
    expect(await codeOf(ask(path, { token }))).toEqual([400, 'API_TOKEN_IN_ADDRESS'])
})

test.each([
  ['/status?since=1h', undefined],
  ['/status?tenant=a&tenant=b', undefined],
  ['/failures/NO_SUCH_CODE', undefined],
  ['/failures/CRM_REJECTED?page=0', undefined],
  ['/results?period=1y', undefined],
  ['/failures/CRM_REJECTED/retry?dryRun=true', {}],
  ['/failures/CRM_REJECTED/retry', { code: 'RD_REJECTED' }],
  ['/failures/CRM_REJECTED/retry', { dryRun: 'yes' }],
  ['/failures/CRM_REJECTED/retry', '[1'],
  ['/failures/CRM_REJECTED/retry', '{"__proto__":{"dryRun":true}}'],
  ['/failures/CRM_REJECTED/retry', '[]'],
])('%s with the body %j does not fit the description, and nothing is done', async (path, body) => {
  expect(await codeOf(ask(path, { ...(body !== undefined && { body }) }))).toEqual([400, 'API_REQUEST_INVALID'])
  expect(await failed()).toBe(1)
})

test('a mistake is named by its place, without what was sent, also in an address or a body that cannot be read', async () => {
  const wrong = await ask('/failures/CRM_REJECTED/retry', { body: { dryRun: 'maria@x.example', more: 1 } })
  expect(wrong.json().errors).toEqual([
    { at: 'body/dryRun', message: expect.any(String) },
    { at: 'body', message: 'Unrecognized key: "more"' },
  ])
  expect(wrong.body).not.toContain('maria')
  for (const [answer, at] of [
    [await ask('/failures/%E0%A4%A'), 'address'],
    [await ask('/failures/CRM_REJECTED/retry', { body: '{bad' }), 'body'],
  ] as const) {
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({ status: 400, code: 'API_REQUEST_INVALID', errors: [{ at }] })
  }
})

test('a body that is large, or no JSON, is refused before anything is done', async () => {
  const path = '/failures/CRM_REJECTED/retry'
  const large = { body: `{"tenant":"${'x'.repeat(17 * 1024)}"}` }
  expect(await codeOf(ask(path, large))).toEqual([413, 'API_BODY_TOO_LARGE'])
  const form = { body: 'dryRun=true', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  expect(await codeOf(ask(path, form))).toEqual([415, 'API_BODY_NOT_JSON'])
  expect(await failed()).toBe(1)
})

test('a body that does not come holds nobody up: without a token it is not waited for, with one not for long', async () => {
  const own = await openBoard({ apiTokens, requestTimeoutMs: 1000 })
  onTestFinished(() => own.close())
  const url = new URL(await own.app.listen({ port: 0, host: '127.0.0.1' }))
  const send = async (...more: readonly string[]): Promise<string> => {
    const socket = net.connect(Number(url.port), url.hostname)
    onTestFinished(() => void socket.destroy())
    const headers = ['host: x', 'content-type: application/json', 'content-length: 15000', ...more]
    socket.write(`POST /api/v1/failures/CRM_REJECTED/retry HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n{`)
    const [answer]: unknown[] = await once(socket, 'data')
    return String(answer).slice(0, 13)
  }
  expect(await send()).toBe('HTTP/1.1 401 ')
  expect(await send(`authorization: Bearer ${tokenOf.operator}`)).toBe('HTTP/1.1 408 ')
})

test('no other site reads an answer: there is no CORS', async () => {
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'GET' }
  for (const asked of [ask('/status', { headers }), ask('/status', { method: 'OPTIONS', headers, token: '' })]) {
    const answer = await asked
    expect(Object.keys(answer.headers).filter(name => name.startsWith('access-control'))).toEqual([])
  }
})

test('wrong tokens are limited, and recorded without what was sent; the right one is let in at once', async () => {
  const remoteAddress = '192.0.2.9'
  const wrong = `ponte_${'A'.repeat(43)}`
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask('/status', { token: wrong, remoteAddress })))
  expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(5)
  const last = answers.find(({ statusCode }) => statusCode === 429)
  expect(last?.json()).toMatchObject({ code: 'API_TOO_MANY_WRONG_TOKENS' })
  expect(Number(last?.headers['retry-after'])).toBeGreaterThan(0)
  expect((await ask('/status', { remoteAddress })).statusCode).toBe(200)
  const trail = await board().audit.read({ count: 1000 })
  expect(trail).toContainEqual(
    expect.objectContaining({ user: '?', action: 'login', outcome: 'refused', detail: 'api' }),
  )
  expect(JSON.stringify(trail)).not.toContain('AAAAAAAA')
})

test('a token has a limit of its own: others go on, and a minute later so does it', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const own = newApiToken()
  const tokens = [...apiTokens, { name: 'busy', role: 'viewer', hash: own.hash } as const]
  const busy = await openBoard({ apiTokens: tokens })
  onTestFinished(() => busy.close())
  const askBusy = askApi(() => busy)
  const answers = await Promise.all(Array.from({ length: 125 }, () => askBusy('/openapi.json', { token: own.token })))
  const limited = answers.filter(({ statusCode }) => statusCode === 429)
  expect(limited).toHaveLength(5)
  expect(limited[0]?.json()).toMatchObject({ code: 'API_RATE_LIMITED' })
  expect(Number(limited[0]?.headers['retry-after'])).toBeGreaterThan(0)
  expect((await askBusy('/openapi.json')).statusCode).toBe(200)
})

test('behind https the API answers at the host of the board alone', async () => {
  const own = await openBoard({ apiTokens, publicUrl: 'https://ponte.example.com' })
  onTestFinished(() => own.close())
  const askOwn = askApi(() => own)
  expect(await codeOf(askOwn('/status'))).toEqual([421, 'API_HOST_WRONG'])
  expect((await askOwn('/status', { headers: { host: 'ponte.example.com' } })).statusCode).toBe(200)
})
