import { createServer, type Server } from 'node:http'
import { createLogger } from '@ponte/runtime'
import { createSelfTests, readLastTimes, readOpenBreakers } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import type { SendResult } from '../alerts/channels.ts'
import { testConnection as makeTest } from '../calls/test-connection.ts'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { recordingChannel } from '../testing/recording-channel.ts'
import { testConnection } from '../testing/test-context.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { runSelfTests, type SelfTestDeps } from './start-self-tests.ts'

// A database of its own: tests of the alerts are of no tenant, and the workers of other tests make them.
const redis = new Redis(inject('redisUrl'), { db: 10 })
const log = createLogger({ level: 'silent', process: 'test' })
const tests = createSelfTests(redis)
const { signal } = new AbortController()
const password = 'right'
/** What both systems were asked. */
const calls: string[] = []
let server: Server
let url: string
beforeAll(async () => {
  server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url?.replace(/\?.*/, '')}`)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.setHeader('content-type', 'application/json')
      if (request.url === '/api/login') {
        if (Buffer.concat(chunks).includes(`"${password}"`)) response.setHeader('set-cookie', 'JSESSIONID=1')
        else response.statusCode = 401
        response.end('{}')
      } else if (request.url === '/token') {
        response.end(JSON.stringify({ access_token: 'a', refresh_token: 'r', expires_in: 3600 }))
      } else if (request.url?.startsWith('/platform/') === true) {
        response.statusCode = 404
        response.end(JSON.stringify({ errors: { error_type: 'RESOURCE_NOT_FOUND', error_message: 'none' } }))
      } else response.end(JSON.stringify({ items: [], hasNext: false }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})
beforeEach(() => void calls.splice(0))
afterAll(() => {
  redis.disconnect()
  server.close()
})

/** A worker of one tenant. */
function openTester(loginPassword = password) {
  const tenant = testTenant({
    rdStation: { baseUrl: url, tokenUrl: `${url}/token`, clientId: 'i', clientSecret: 's', refreshToken: 'r' },
    totvsCrm: { baseUrl: url, username: 'u', password: loginPassword, tenant: 'acme' },
  })
  const connection = testConnection(redis, tenant)
  const own = { connection, metrics: createWorkerMetrics(), log, onBreakerChange: () => undefined, closing: signal }
  return { name: tenant.name, test: (system: 'rd-station' | 'totvs-crm') => makeTest(system, own) }
}

const deps = (own: Partial<SelfTestDeps>): SelfTestDeps => ({
  redis,
  tenants: { current: () => [] },
  testConnection: async () => undefined,
  channels: [],
  boardUrl: undefined,
  log,
  ...own,
})

test('a healthy connection is tested by one cheap call that changes nothing, and its success is recorded', async () => {
  const { name, test: of } = openTester()
  expect(await of('totvs-crm')).toEqual({ durationMs: expect.any(Number) })
  expect(await of('rd-station')).toEqual({ durationMs: expect.any(Number) })
  expect(calls).toEqual([
    'POST /api/login',
    'GET /api/integration',
    'POST /token',
    'GET /platform/contacts/email:test@ponte.invalid',
  ])
  const recorded = async () => Object.values(await readLastTimes(redis, name)).map(({ success }) => typeof success)
  await expect.poll(recorded).toEqual(['number', 'number'])
})

test('a wrong password is said by its code, and the next test makes no further login', async () => {
  const { name, test: of } = openTester('wrong')
  expect(await of('totvs-crm')).toEqual({ code: 'CRM_LOGIN_REJECTED' })
  expect(await readOpenBreakers(redis, name)).toMatchObject([{ system: 'totvs-crm', code: 'CRM_LOGIN_REJECTED' }])
  expect(await of('totvs-crm')).toEqual({ notCalled: true })
  expect(calls).toEqual(['POST /api/login'])
})

test.each<{ answer: SendResult }>([{ answer: 'sent' }, { answer: 'refused' }])(
  'a test of the alerts goes over every channel, in both languages, and each result is kept: $answer',
  async ({ answer }) => {
    const chat = recordingChannel()
    const mail = recordingChannel(() => answer, 'email')
    const channels = [chat.channel, mail.channel]
    await redis.del('ponte:self-test:alerts')
    expect(await tests.ask('alerts')).toBe(true)
    await runSelfTests(deps({ channels, boardUrl: 'https://board.example' }), signal)
    expect(chat.texts()).toEqual([
      [
        'Ponte: mensagem de teste, pedida no painel. Os alertas chegam por aqui.',
        'Ponte: test message, asked for on the board. Alerts arrive here.',
        'https://board.example/connections',
      ].join('\n'),
    ])
    expect(await tests.read('alerts')).toMatchObject({
      endedAt: expect.any(Number),
      channels: [
        { name: 'webhook', result: 'sent' },
        { name: 'email', result: answer },
      ],
    })
  },
)

test('a worker without channels says so', async () => {
  await redis.del('ponte:self-test:alerts')
  await tests.ask('alerts')
  await runSelfTests(deps({}), signal)
  expect(await tests.read('alerts')).toMatchObject({ channels: [] })
})
