import { createLiveTenants, createLogger, openProducerRedis, openQueues, parseTenants } from '@ponte/runtime'
import { createFingerprint, createSecretBox } from '@ponte/state'
import type { RouteOptions } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildBoard, readReadiness } from './app.ts'
import type { Accounts } from './auth/credentials.ts'
import { createBoardMetrics } from './metrics/board-metrics.ts'
import { tenantsYaml } from './testing/documents.ts'
import { basic, credentials } from './testing/open-board.ts'

const lines: string[] = []
const log = createLogger({
  level: 'warn',
  process: 'board-test',
  destination: { write: line => void lines.push(line) },
})
// Port 1 is nobody's: every connection is refused at once.
const redis = openProducerRedis('redis://127.0.0.1:1', log)
const tenants = createLiveTenants(parseTenants(tenantsYaml('acme'), {}))
const queues = openQueues(tenants.current(), redis, log)
const fingerprint = createFingerprint(Buffer.alloc(32, 1))
const routes: RouteOptions[] = []
let app: Awaited<ReturnType<typeof buildBoard>>

beforeAll(async () => {
  const onRoute = (route: RouteOptions): void => void routes.push(route)
  const accounts: Accounts = [{ name: credentials.user, role: 'operator', secret: { password: credentials.password } }]
  const secretBox = createSecretBox(Buffer.alloc(32, 1))
  app = await buildBoard({ accounts, tenants, queues, redis, fingerprint, secretBox, log, onRoute })
  await app.ready()
})
afterAll(async () => {
  await app.close()
  redis.disconnect()
})

const ask = (url: string) => app.inject({ url, headers: { authorization: basic, 'accept-language': 'en' } })

test('without Redis the board starts, shows that nothing is known, and is not ready', async () => {
  const stuck = await ask('/waiting')
  expect(stuck.statusCode).toBe(200)
  expect(stuck.body.match(/Redis did not answer; the status of this queue is unknown/g)).toHaveLength(3)
  expect((await ask('/error-codes/QUEUE_UNAVAILABLE')).statusCode).toBe(200)
  expect((await ask('/queues/api/queues')).statusCode).toBe(503)
  expect(await readReadiness(redis)).toEqual({ ready: false, problems: ['redis does not answer'] })
})

test('without Redis an operator can log in and is told so on the failures page', async () => {
  const payload = new URLSearchParams(credentials).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  expect((await app.inject({ method: 'POST', url: '/login', payload, headers })).statusCode).toBe(303)
  const { statusCode, body } = await ask('/failures')
  expect(statusCode).toBe(200)
  const queues = 'acme · RD Station → TOTVS, acme · TOTVS → RD Station, acme · quarantine'
  expect(body).toContain(`Redis did not answer; the status of 3 queues is unknown: ${queues}.`)
  expect(body).not.toContain('No failures')
})

test('without Redis the overview says that nothing is known, and claims no number', async () => {
  const { statusCode, body } = await ask('/')
  expect(statusCode).toBe(200)
  expect(body).toContain('Redis does not answer: the state is unknown')
  expect(body).not.toMatch(/All is well|Nothing is lost|nothing waits/)
})

/** Our own pages, an address for each. */
function* ownPages() {
  const values: Readonly<Record<string, string>> = {
    ':tenant': 'acme',
    ':kind': 'totvs-crm',
    ':job': 'job-1',
    ':system': 'rd-station',
    ':timeline': '0123456789abcdef0123456789abcdef',
    ':code': 'CRM_REJECTED',
  }
  for (const { method, url } of routes) {
    if (/^\/(?:api|assets|queue|login|logout)|\*|^\/$/.test(url)) continue
    for (const one of [method].flat())
      if (one === 'GET' || one === 'POST')
        yield { method: one, url: url.replaceAll(/:\w+/g, name => values[name] ?? name) } as const
  }
}

test.each([
  ['en', 'Redis did not answer.'],
  ['pt-BR', 'O Redis não respondeu.'],
])(
  'without Redis every page answers in HTML in %s: with what it knows, or that Redis does not answer, with a line in the log',
  async (language, text) => {
    const seen: string[] = []
    for (const { method, url } of ownPages()) {
      lines.length = 0
      const { statusCode, headers, body } = await app.inject({
        method,
        url,
        headers: {
          authorization: basic,
          accept: 'text/html',
          'accept-language': language,
          ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        ...(method === 'POST' && {
          payload:
            'q=maria%40x.example&tenant=acme&kind=totvs-crm&code=CRM_REJECTED&part=acme%2Ftotvs-crm%2FCRM_REJECTED&body=%7B%7D&item=%2Fevents%2Facme%2F0123456789abcdef0123456789abcdef',
        }),
      })
      const what = `${method} ${url} ${statusCode}`
      seen.push(what)
      // Leads to a page.
      if (statusCode === 303 || statusCode === 301) continue
      expect([what, headers['content-type']]).toEqual([what, 'text/html; charset=utf-8'])
      expect([what, /Stream|writeable|"message"/.test(body)]).toEqual([what, false])
      // These answers need nothing from Redis.
      if (statusCode === 200 || what === 'GET /connections/callback 400') continue
      expect(what).toBe(`${method} ${url} 503`)
      expect(body).toContain(`<html lang="${language}">`)
      expect(body.split(text)[1]).toContain('STATE_UNAVAILABLE')
      // Who only opened a page asked for no action.
      expect([what, /action may not|ação pode não/.test(body)]).toEqual([what, method === 'POST'])
      expect(headers['retry-after']).toBe('5')
      expect([what, lines.filter(line => line.includes('redis did not answer the board'))]).toEqual([
        what,
        [expect.stringContaining('"code":"STATE_UNAVAILABLE"')],
      ])
      expect(lines.join('')).not.toMatch(/maria/)
    }
    expect(seen).toEqual(
      expect.arrayContaining([
        'GET /events/acme/0123456789abcdef0123456789abcdef 503',
        'GET /audit 503',
        'POST /search 503',
        'POST /jobs/acme/totvs-crm/job-1/retry 503',
        'GET /jobs/acme/totvs-crm/job-1/edit 503',
        'GET /waiting 200',
        'GET /search 200',
        'GET /failures/retry 303',
        'GET /failures 200',
      ]),
    )
  },
)

test('without Redis what Bull Board asks for fails in the words of the board, with a line in the log', async () => {
  lines.length = 0
  const answer = await ask('/queues/api/queues')
  const error = 'Redis did not answer. Open this page again when it is back.'
  expect([answer.statusCode, answer.json()]).toEqual([503, { error, code: 'STATE_UNAVAILABLE' }])
  expect(lines.filter(line => line.includes('redis did not answer the board'))).toHaveLength(1)
})

test('without Redis the metrics are scraped all the same and say that the queues cannot be read', async () => {
  const text = await createBoardMetrics({ tenants, queues, redis, shards: 1 }).metrics()
  expect(text).toContain('ponte_queue_readable{tenant="acme",queue="totvs-crm",process="board"} 0')
  expect(text).not.toMatch(/^ponte_queue_jobs\{/m)
})
