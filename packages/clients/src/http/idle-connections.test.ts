import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, test, vi } from 'vitest'
import { startFakeServer } from '../testing/fake-server.ts'
import { failureOf, recordingGuard } from '../testing/recording-guard.ts'
import { look, write } from '../testing/requests.ts'
import { createHttp } from './http.ts'

/** Longer than any test. */
const patient = { idleMs: 600_000 }

/** A system that answers the first request of each connection, and closes it when the second one comes. */
async function startClosing() {
  const methods: (string | undefined)[] = []
  const used = new WeakSet<object>()
  const server = createServer((request, response) => {
    methods.push(request.method)
    if (used.has(request.socket)) return request.socket.destroy()
    used.add(request.socket)
    response.setHeader('content-type', 'application/json').end('{}')
  })
  // This server closes no idle connection, so that no machine is too slow.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    methods,
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/x`,
    [Symbol.dispose]: () => void server.close(),
  }
}

test('a read that meets a connection which the system has closed is repeated at once, and is one call that says so', async () => {
  using system = await startClosing()
  const guard = { ...recordingGuard(), sentAgain: vi.fn<() => void>() }
  const http = createHttp({ system: 'totvs-crm', guard, limits: patient })
  for (let reads = 0; reads < 2; reads += 1) expect(await http.request({ ...look, url: system.url })).toEqual({})
  expect(system.methods).toEqual(['GET', 'GET', 'GET'])
  expect(guard.outcomes.map(({ status }) => status)).toEqual([200, 200])
  expect(guard.sentAgain).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ method: 'GET' }))
})

test('a write that meets one is not repeated: it may have had its effect', async () => {
  using system = await startClosing()
  const http = createHttp({ system: 'totvs-crm', guard: recordingGuard(), limits: patient })
  await http.request({ ...look, url: system.url })
  const failure = await failureOf(http.request({ ...write, url: system.url }))
  expect(failure).toMatchObject({ code: 'CRM_UNREACHABLE', isOutcomeUnknown: true })
  expect(system.methods).toEqual(['GET', write.method])
})

test('a read whose new connection is closed is not repeated', async () => {
  await using server = await startFakeServer(() => 'drop')
  const http = createHttp({ system: 'totvs-crm', guard: recordingGuard() })
  expect(await failureOf(http.request({ ...look, url: server.url }))).toMatchObject({ code: 'CRM_UNREACHABLE' })
  expect(server.received).toHaveLength(1)
})

test.each([
  ['is not used again', 0, ['GET', write.method]],
  ['is used again before', patient.idleMs, ['GET', 'closed']],
])('a connection that was idle for long %s, by a write neither', async (_what, idleMs, methods) => {
  using system = await startClosing()
  const http = createHttp({ system: 'totvs-crm', guard: recordingGuard(), limits: { idleMs } })
  await http.request({ ...look, url: system.url })
  const written = await http.request({ ...write, url: system.url }).then(
    () => write.method,
    () => 'closed',
  )
  expect(['GET', written]).toEqual(methods)
})
