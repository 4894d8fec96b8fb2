import { getEventListeners, once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { TransientFailure } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { startFakeServer } from '../testing/fake-server.ts'
import { failureOf, recordingGuard, SECRETS } from '../testing/recording-guard.ts'
import { look, write } from '../testing/requests.ts'
import { createHttp } from './http.ts'

test('no call is made when the guard refuses it', async () => {
  await using server = await startFakeServer(() => ({}))
  const breakerOpen = new TransientFailure('RD_UNAVAILABLE')
  const guard = { ...recordingGuard(), before: () => Promise.reject(breakerOpen) }
  const http = createHttp({ system: 'rd-station', guard })
  await expect(http.request({ ...write, url: server.url })).rejects.toBe(breakerOpen)
  expect(server.received).toHaveLength(0)
})

test('the answer to a write survives a guard that cannot record it', async () => {
  await using server = await startFakeServer(() => ({ json: { id: '7' } }))
  const guard = { ...recordingGuard(), after: () => Promise.reject(new Error('log is full')) }
  const http = createHttp({ system: 'totvs-crm', guard })
  expect(await http.request({ ...write, url: server.url })).toEqual({ id: '7' })
})

test('the guard gets method, masked path, status, duration and failure of each attempt', async () => {
  await using server = await startFakeServer((_, number) => (number === 1 ? { json: {} } : { status: 500 }))
  const guard = recordingGuard()
  const http = createHttp({ system: 'rd-station', guard })
  const url = `${server.url}/platform/contacts/email:${SECRETS.email}?token=abc&page=1`
  await http.request({ ...look, url, quota: 'contacts' })
  const failure = await failureOf(http.request({ ...look, url }))

  const path = '/platform/contacts/email:m***@a***?page=1'
  const call = { system: 'rd-station', method: 'GET', path, writes: false }
  expect(guard.calls).toEqual([{ ...call, quota: 'contacts' }, call])
  expect(guard.outcomes).toEqual([
    { ...call, quota: 'contacts', status: 200, durationMs: expect.any(Number) },
    { ...call, status: 500, durationMs: expect.any(Number), failure },
  ])
  expect(Number.isInteger(guard.outcomes[0]?.durationMs)).toBe(true)
})

test.each([
  '{"a":1,"__proto__":{"polluted":true}}',
  String.raw`{"a":1,"\u005f_proto__":{"polluted":true}}`,
  String.raw`{"a":1,"__pr\u006Fto__":{"polluted":true}}`,
  String.raw`{"a":1,"__\u0070\u0072oto_\u005F":{"polluted":true}}`,
  String.raw`{"a":1,"__pro\u0074o__":{"polluted":true}}`,
])('a member called __proto__ in an answer changes nothing, however it is written: %s', async text => {
  await using server = await startFakeServer(() => ({ text }))
  const body = await createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({ ...look, url: server.url })
  expect(body).toEqual({ a: 1 })
  expect(Object.keys(Object(body))).toEqual(['a'])
})

test('each request has a user agent that names Ponte and its version', async () => {
  await using server = await startFakeServer(() => ({ json: {} }))
  await createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({ ...look, url: server.url })
  expect(server.received[0]?.headers).toMatchObject({
    'user-agent': expect.stringMatching(/^ponte\/\d+\.\d+\.\d+$/),
    accept: 'application/json',
  })
})

test('an answer of 50 MB is cut after little more than 2 MiB', async () => {
  await using server = await startFakeServer(() => 'flood')
  const failure = await failureOf(
    createHttp({ system: 'rd-station', guard: recordingGuard() }).request({ ...look, url: server.url }),
  )
  expect(failure).toMatchObject({ code: 'RD_UNREADABLE', context: { status: 200, largerThanBytes: 2 * 1024 * 1024 } })
  await expect.poll(() => server.bytesWritten()).toBeGreaterThan(0)
  expect(server.bytesWritten()).toBeLessThan(20_000_000)
})

test('a small answer that unpacks to 50 MB is cut', async () => {
  const bomb = gzipSync(JSON.stringify('x'.repeat(50_000_000)))
  const server = createHttpServer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const failure = await failureOf(
    createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({ ...look, url: `http://127.0.0.1:${port}/` }),
  )
  expect(failure.code).toBe('CRM_UNREADABLE')
  server.closeAllConnections()
  server.close()
})

test('a call ends at once when its job has to stop, and one that comes later is not made', async () => {
  await using server = await startFakeServer(() => 'no answer')
  const stop = new AbortController()
  const http = createHttp({ system: 'totvs-crm', guard: { ...recordingGuard(), signal: stop.signal } })
  const failure = failureOf(http.request({ ...write, url: server.url }))
  await expect.poll(() => server.received.length).toBe(1)
  stop.abort()
  expect(await failure).toMatchObject({ code: 'STATE_UNAVAILABLE', isOutcomeUnknown: true })
  const later = await failureOf(http.request({ ...write, url: server.url }))
  expect(later).toMatchObject({ code: 'STATE_UNAVAILABLE', isOutcomeUnknown: false })
  expect(server.received).toHaveLength(1)
  expect(getEventListeners(stop.signal, 'abort')).toEqual([])
})

test('a redirect is not followed, so that credentials stay where they belong', async () => {
  await using elsewhere = await startFakeServer(() => ({ json: {} }))
  await using server = await startFakeServer(() => ({ status: 302, headers: { location: `${elsewhere.url}/x` } }))
  const failure = await failureOf(
    createHttp({ system: 'rd-station', guard: recordingGuard() }).request({ ...write, url: server.url }),
  )
  expect(failure).toMatchObject({ code: 'RD_UNAVAILABLE', context: { status: 302 } })
  expect(elsewhere.received).toHaveLength(0)
})

test.each([
  ['a new connection', false],
  ['an open connection', true],
])(
  'a request over %s is not sent once its job has lost its lock, even after a pause of the process',
  async (_how, stands) => {
    await using server = await startFakeServer(() => ({ json: {} }))
    let isOver = false
    const guard = { ...recordingGuard(), maySend: () => !isOver }
    const http = createHttp({ system: 'totvs-crm', guard })
    if (stands) await http.request({ ...look, url: server.url })
    const sent = http.request({ ...write, url: server.url })
    // The decision to call was made. Now the process pauses for longer than the lock lasts.
    await Promise.resolve()
    isOver = true
    expect(await failureOf(sent)).toMatchObject({ code: 'STATE_UNAVAILABLE', isOutcomeUnknown: false })
    await http.request({ ...look, url: server.url }).catch(() => undefined)
    isOver = false
    await http.request({ ...look, url: server.url })
    expect(server.received.map(({ method }) => method)).toEqual(stands ? ['GET', 'GET'] : ['GET'])
  },
)

test('a request that waits for a new connection is not sent when the lock was lost in the meantime', async () => {
  await using server = await startFakeServer(() => ({ json: {} }))
  let asked = 0
  const guard = {
    ...recordingGuard(),
    maySend() {
      asked += 1
      return asked === 1
    },
  }
  const http = createHttp({ system: 'rd-station', guard })
  const failure = await failureOf(http.request({ ...write, url: server.url }))
  expect(failure).toMatchObject({ code: 'STATE_UNAVAILABLE', isOutcomeUnknown: false })
  expect(asked).toBe(2)
  await createHttp({ system: 'rd-station', guard: recordingGuard() }).request({ ...look, url: server.url })
  expect(server.received.map(({ method }) => method)).toEqual(['GET'])
})

test('a job makes at most four calls to one system at a time, and the next ones start when those end, whatever their result', async () => {
  const connections = { open: 0, most: 0, answered: 0 }
  const server = createHttpServer((_request, response) => {
    connections.open += 1
    connections.most = Math.max(connections.most, connections.open)
    // Answers when four requests are there, or when no more can come.
    waiting.push(() => {
      connections.open -= 1
      connections.answered += 1
      response.statusCode = connections.answered % 3 === 0 ? 500 : 200
      response.setHeader('content-type', 'application/json').end('{}')
    })
  })
  const waiting: (() => void)[] = []
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/x`
  const http = createHttp({ system: 'totvs-crm', guard: recordingGuard() })

  const calls = Promise.allSettled(Array.from({ length: 12 }, () => http.request({ ...look, url })))
  for (let answered = 0; answered < 12; answered += 4) {
    await expect.poll(() => waiting.length).toBe(4)
    for (const answer of waiting.splice(0)) answer()
  }

  expect((await calls).map(({ status }) => status).toSorted()).toEqual([
    ...Array.from({ length: 8 }, () => 'fulfilled'),
    ...Array.from({ length: 4 }, () => 'rejected'),
  ])
  expect(connections).toEqual({ open: 0, most: 4, answered: 12 })
  server.close()
})
