import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { createHttp } from '../http/http.ts'
import { defaultLimits } from '../http/send-request.ts'
import { startFakeServer } from '../testing/fake-server.ts'
import { failureOf, recordingGuard } from '../testing/recording-guard.ts'
import { write } from '../testing/requests.ts'

test('a refused connection is transient, an outage, and certainly has no effect', async () => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const address = closed.address()
  closed.close()
  await once(closed, 'close')
  const port = typeof address === 'object' ? address?.port : undefined
  const guard = recordingGuard()
  const failure = await failureOf(
    createHttp({ system: 'rd-station', guard }).request({ ...write, url: `http://127.0.0.1:${port}/x` }),
  )
  expect(failure).toMatchObject({
    code: 'RD_UNREACHABLE',
    outage: true,
    isOutcomeUnknown: false,
    context: { error: 'ECONNREFUSED' },
  })
  expect(guard.outcomes).toEqual([expect.objectContaining({ method: 'POST', path: '/x', failure })])
  expect(guard.outcomes[0]).not.toHaveProperty('status')
})

test('a name that does not resolve is transient, an outage, and certainly has no effect', async () => {
  const failure = await failureOf(
    createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({ ...write, url: 'http://crm.invalid/x' }),
  )
  expect(failure).toMatchObject({ code: 'CRM_UNREACHABLE', outage: true, isOutcomeUnknown: false })
})

test('a server that does not speak TLS is an outage, and certainly has no effect', async () => {
  await using server = await startFakeServer(() => ({}))
  const failure = await failureOf(
    createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({
      ...write,
      url: server.url.replace('http:', 'https:'),
    }),
  )
  expect(failure).toMatchObject({ code: 'CRM_UNREACHABLE', outage: true, isOutcomeUnknown: false })
  expect(server.received).toHaveLength(0)
})

test('a write that was received before the connection broke has an unknown outcome', async () => {
  await using server = await startFakeServer(() => 'drop')
  const failure = await failureOf(
    createHttp({ system: 'rd-station', guard: recordingGuard() }).request({ ...write, url: server.url }),
  )
  expect(server.received).toEqual([expect.objectContaining({ method: 'POST', body: JSON.stringify(write.json) })])
  expect(failure).toMatchObject({ code: 'RD_UNREACHABLE', isOutcomeUnknown: true })
})

test('a write that is not answered in time is an outage, and has an unknown outcome', async () => {
  await using server = await startFakeServer(() => 'no answer')
  const limits = { ...defaultLimits, responseMs: 100 }
  const failure = await failureOf(
    createHttp({ system: 'totvs-crm', guard: recordingGuard(), limits }).request({ ...write, url: server.url }),
  )
  expect(server.received).toHaveLength(1)
  expect(failure).toMatchObject({ code: 'CRM_UNREACHABLE', outage: true, isOutcomeUnknown: true })
})

test('a call that is stopped after it was sent has an unknown outcome and is no outage', async () => {
  const stop = new AbortController()
  await using server = await startFakeServer(() => 'no answer')
  const guard = recordingGuard(stop.signal)
  const call = failureOf(createHttp({ system: 'rd-station', guard }).request({ ...write, url: server.url }))
  await expect.poll(() => server.received.length).toBe(1)
  stop.abort()
  expect(await call).toMatchObject({
    code: 'STATE_UNAVAILABLE',
    isOutcomeUnknown: true,
    outage: false,
    system: undefined,
  })
  expect(guard.outcomes).toHaveLength(1)
})

test('a call that is stopped before it was sent certainly has no effect', async () => {
  await using server = await startFakeServer(() => ({}))
  const guard = recordingGuard(AbortSignal.abort())
  const failure = await failureOf(createHttp({ system: 'rd-station', guard }).request({ ...write, url: server.url }))
  expect(failure).toMatchObject({ code: 'STATE_UNAVAILABLE', isOutcomeUnknown: false })
  expect(server.received).toHaveLength(0)
})
