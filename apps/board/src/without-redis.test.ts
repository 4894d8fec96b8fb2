import { createLogger, openProducerRedis, openQueues, parseTenants } from '@ponte/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildBoard } from './app.ts'
import { createBoardMetrics } from './board-metrics.ts'
import { readReadiness } from './readiness.ts'
import { basic, credentials, tenantsYaml } from './testing/open-board.ts'

const log = createLogger({ level: 'silent', process: 'board-test' })
// Port 1 is nobody's: every connection is refused at once.
const redis = openProducerRedis('redis://127.0.0.1:1', log)
const tenants = parseTenants(tenantsYaml('acme'), {})
const queues = openQueues(tenants, redis, log)
let app: Awaited<ReturnType<typeof buildBoard>>

beforeAll(async () => {
  app = await buildBoard({ accounts: { operator: credentials }, tenants, queues, redis, log })
})
afterAll(async () => {
  await app.close()
  redis.disconnect()
})

const ask = (url: string) => app.inject({ url, headers: { authorization: basic, 'accept-language': 'en' } })

test('without Redis the board starts, says that nothing is known, and is not ready', async () => {
  const stuck = await ask('/stuck')
  expect(stuck.statusCode).toBe(200)
  expect(stuck.body.match(/Redis did not answer; nothing is known of this queue/g)).toHaveLength(3)
  expect((await ask('/failures/QUEUE_UNAVAILABLE')).statusCode).toBe(200)
  expect((await ask('/api/queues')).statusCode).toBe(500)
  expect(await readReadiness(redis)).toEqual({ ready: false, problems: ['redis does not answer'] })
})

test('without Redis an operator can log in and is told so on the page of causes', async () => {
  const payload = new URLSearchParams(credentials).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  expect((await app.inject({ method: 'POST', url: '/login', payload, headers })).statusCode).toBe(303)
  const { statusCode, body } = await ask('/causes')
  expect(statusCode).toBe(200)
  expect(body.match(/Redis did not answer; nothing is known of the queue acme\./g)).toHaveLength(3)
  expect(body).not.toContain('No failures')
})

test('without Redis the metrics are scraped all the same and say that the queues cannot be read', async () => {
  const text = await createBoardMetrics({ tenants, queues }).metrics()
  expect(text).toContain('ponte_queue_readable{tenant="acme",queue="totvs-crm",process="board"} 0')
  expect(text).not.toMatch(/^ponte_queue_jobs\{/m)
})
