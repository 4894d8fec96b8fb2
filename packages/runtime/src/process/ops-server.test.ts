import { once } from 'node:events'
import { connect } from 'node:net'
import { Registry, Counter } from 'prom-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLogger } from '../telemetry/logger.ts'
import { type Readiness, startOpsServer } from './ops-server.ts'

let readiness: () => Promise<Readiness>
let ops: Awaited<ReturnType<typeof startOpsServer>>
const start = () => {
  const metrics = new Registry()
  new Counter({ name: 'ponte_jobs_total', help: 'Jobs.', registers: [metrics] }).inc(3)
  const log = createLogger({ level: 'silent', process: 'test' })
  return startOpsServer({ host: '127.0.0.1', port: 0, metrics, readiness: () => readiness(), log })
}
beforeEach(async () => {
  readiness = async () => ({ ready: true })
  ops = await start()
})
afterEach(() => ops.close())

const ask = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`${ops.address}${path}`, init)
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() }
}

test('it says that the process lives, and what it counts', async () => {
  expect(await ask('/healthz')).toMatchObject({ status: 200, body: '{"status":"ok"}' })
  const metrics = await ask('/metrics?name=all')
  expect(metrics).toMatchObject({ status: 200, type: expect.stringContaining('text/plain') })
  expect(metrics.body).toContain('ponte_jobs_total 3')
  expect(await ask('/healthz', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
})

test('ready is 200, and 503 with the reasons when it is not', async () => {
  expect(await ask('/readyz')).toMatchObject({ status: 200, body: '{"ready":true}' })
  const answer = { ready: false, problems: ['redis does not answer'] }
  readiness = async () => answer
  expect(await ask('/readyz')).toMatchObject({ status: 503, body: JSON.stringify(answer) })
})

test('a readiness that fails is 500, and the server goes on', async () => {
  readiness = () => Promise.reject(new Error('broken'))
  expect(await ask('/readyz')).toMatchObject({ status: 500 })
  expect(await ask('/healthz')).toMatchObject({ status: 200 })
})

test.each([
  ['GET', '/'],
  ['GET', '/constructor'],
  ['POST', '/healthz'],
])('%s %s is 404', async (method, path) => {
  expect(await ask(path, { method })).toMatchObject({ status: 404 })
})

test('an address that is in use is an error with its name', async () => {
  const { port } = new URL(ops.address)
  const log = createLogger({ level: 'silent', process: 'test' })
  const other = startOpsServer({
    host: '127.0.0.1',
    port: Number(port),
    log,
    readiness,
    metrics: new Registry(),
  })
  await expect(other).rejects.toMatchObject({ code: 'EADDRINUSE', syscall: 'listen', port: Number(port) })
})

test('it closes although a client keeps its connection', async () => {
  const { hostname, port } = new URL(ops.address)
  const client = connect(Number(port), hostname)
  client.on('error', () => undefined)
  const isClosed = new Promise(resolve => client.once('close', resolve))
  // Half a request: the server waits for its end.
  client.write('GET /healthz HTTP/1.1\r\n')
  await once(client, 'connect')
  await ask('/healthz')
  await ops.close()
  await isClosed
  await expect(ask('/healthz')).rejects.toThrow('fetch failed')
})

test('what a process answers besides is JSON, with what was asked for', async () => {
  const log = createLogger({ level: 'silent', process: 'test' })
  const more = { '/more': async (query: URLSearchParams) => ({ status: 418, value: { asked: query.get('shard') } }) }
  const own = { host: '127.0.0.1', port: 0, metrics: new Registry(), readiness, log, more }
  await ops.close()
  ops = await startOpsServer(own)
  expect(await ask('/more?shard=2/8')).toMatchObject({ status: 418, body: '{"asked":"2/8"}' })
  expect(await ask('/more', { method: 'POST' })).toMatchObject({ status: 404 })
})
