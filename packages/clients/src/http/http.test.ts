import { createServer } from 'node:net'
import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { createServer as createHttpServer } from 'node:http'
import { ConflictFailure, PermanentFailure, type System, ThrottledFailure, TransientFailure } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { type Reply, startFakeServer } from '../testing/fake-server.ts'
import { failureOf, recordingGuard, SECRETS } from '../testing/recording-guard.ts'
import { createHttp, type HttpLimits, type HttpRequest } from './http.ts'

const write = {
  method: 'POST',
  json: { name: SECRETS.name, email: SECRETS.email, phone: SECRETS.phone },
  headers: { authorization: `Bearer ${SECRETS.accessToken}`, cookie: `JSESSIONID=${SECRETS.sessionId}` },
  writes: true,
  read: ({ body }) => body,
} as const satisfies Omit<HttpRequest<unknown>, 'url'>
const look = { method: 'GET', read: ({ body }) => body } as const satisfies Omit<HttpRequest<unknown>, 'url'>

const redirect = (status: number) => ({ status, headers: { location: 'http://127.0.0.1:9/manutencao' } })
const page = { headers: { 'content-type': 'text/html' }, text: '<html>Bad Gateway</html>' }

/** Every row of SPEC §5 that HTTP alone decides. `outage` and `unknown` (effect) of a write; a look-up's effect is never unknown. */
test.each<{ reply: Reply; code: string; outage: boolean; unknown: boolean }>([
  { reply: { status: 408 }, code: 'UNAVAILABLE', outage: false, unknown: false },
  { reply: { status: 425 }, code: 'UNAVAILABLE', outage: false, unknown: false },
  { reply: { status: 500, json: { message: 'x' } }, code: 'UNAVAILABLE', outage: false, unknown: true },
  { reply: { ...page, status: 500 }, code: 'UNAVAILABLE', outage: false, unknown: true },
  { reply: { status: 501 }, code: 'UNAVAILABLE', outage: false, unknown: true },
  { reply: { status: 502 }, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: { status: 503 }, code: 'UNAVAILABLE', outage: true, unknown: false },
  { reply: { ...page, status: 504 }, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: { status: 522 }, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: page, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: { text: '  <html>' }, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: { ...page, status: 403 }, code: 'UNAVAILABLE', outage: false, unknown: false },
  { reply: { ...page, status: 404 }, code: 'UNAVAILABLE', outage: false, unknown: false },
  { reply: redirect(301), code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: redirect(302), code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: redirect(303), code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: redirect(307), code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: { ...redirect(308), ...page }, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: { status: 304 }, code: 'UNAVAILABLE', outage: true, unknown: true },
  { reply: 'drop', code: 'UNREACHABLE', outage: true, unknown: true },
  { reply: 'silence', code: 'UNREACHABLE', outage: true, unknown: true },
  { reply: 'silence in mid-body', code: 'UNREACHABLE', outage: true, unknown: true },
])('$reply makes a write transient ($code, outage $outage, effect unknown $unknown) after one call', async row => {
  await using server = await startFakeServer(() => row.reply)
  for (const [system, prefix] of systems) {
    const http = createHttp({ system, guard: recordingGuard(), limits: impatient })
    const failure = await failureOf(http.request({ ...write, url: `${server.url}/x` }))
    expect(failure).toBeInstanceOf(TransientFailure)
    expect(failure).toMatchObject({
      code: `${prefix}_${row.code}`,
      system,
      outage: row.outage,
      isOutcomeUnknown: row.unknown,
    })
    expect(await failureOf(http.request({ ...look, url: `${server.url}/x` }))).toMatchObject({
      isOutcomeUnknown: false,
    })
  }
  expect(server.received).toHaveLength(4)
})

test.each<{ reply: Reply; rd: string; crm: string }>([
  { reply: { status: 400, json: { error_type: 'INVALID', code: 'INVALID' } }, rd: 'RD_REJECTED', crm: 'CRM_REJECTED' },
  { reply: { ...page, status: 400 }, rd: 'RD_REJECTED', crm: 'CRM_REJECTED' },
  { reply: { ...page, status: 413 }, rd: 'RD_REJECTED', crm: 'CRM_REJECTED' },
  { reply: { status: 401 }, rd: 'RD_UNAUTHORIZED', crm: 'CRM_UNAUTHORIZED' },
  { reply: { status: 403 }, rd: 'RD_FORBIDDEN', crm: 'CRM_REJECTED' },
  { reply: { status: 404 }, rd: 'RD_REJECTED', crm: 'CRM_REJECTED' },
  { reply: { status: 415 }, rd: 'RD_REJECTED', crm: 'CRM_REJECTED' },
  { reply: { status: 422 }, rd: 'RD_REJECTED', crm: 'CRM_REJECTED' },
  { reply: 'flood', rd: 'RD_UNREADABLE', crm: 'CRM_UNREADABLE' },
])('$reply is permanent ($rd, $crm) after one call', async row => {
  await using server = await startFakeServer(() => row.reply)
  for (const [system] of systems) {
    const http = createHttp({ system, guard: recordingGuard() })
    const failure = await failureOf(http.request({ ...write, url: `${server.url}/x` }))
    expect(failure).toBeInstanceOf(PermanentFailure)
    expect(failure.code).toBe(system === 'rd-station' ? row.rd : row.crm)
  }
  expect(server.received).toHaveLength(2)
})

test.each<{ reply: Reply; waitMs: number }>([
  { reply: { status: 429, headers: { 'retry-after': '7' } }, waitMs: 7_000 },
  {
    reply: { status: 429, headers: { 'retry-after-quotas': '9' }, json: { message: 'API rate limit exceeded' } },
    waitMs: 9_000,
  },
  { reply: { status: 429, json: { errors: { error_type: 'RATE_LIMIT_EXCEDDED' } } }, waitMs: 60_000 },
  { reply: { status: 429, json: { error: "'account_limiter' rate limit", remaining_time: 12 } }, waitMs: 12_000 },
  { reply: { status: 429, ...page }, waitMs: 60_000 },
  { reply: { status: 503, headers: { 'retry-after': '120' } }, waitMs: 120_000 },
])('$reply makes everything sent to that system wait $waitMs ms', async ({ reply, waitMs }) => {
  await using server = await startFakeServer(() => reply)
  for (const [system, , throttled] of systems) {
    const failure = await failureOf(
      createHttp({ system, guard: recordingGuard() }).request({ ...write, url: server.url }),
    )
    expect(failure).toBeInstanceOf(ThrottledFailure)
    expect(failure).toMatchObject({ code: throttled, scope: 'system', retryAfterMs: waitMs, system })
  }
})

test.each([
  [43_067, 43_067_000],
  [43_067_000, 24 * 3_600_000],
  [undefined, 60_000],
])(
  "RD Station's limit for one contact (remaining_time %s) makes that job alone wait %i ms",
  async (remaining, waitMs) => {
    const error = `'lead_limiter' rate limit exceeded for 86400 second(s) period for key '${SECRETS.email}'`
    await using server = await startFakeServer(() => ({
      status: 429,
      json: { error, max: 24, usage: 25, remaining_time: remaining },
    }))
    const failure = await failureOf(
      createHttp({ system: 'rd-station', guard: recordingGuard() }).request({ ...look, url: server.url }),
    )
    expect(failure).toMatchObject({ code: 'RD_CONTACT_LIMITED', scope: 'job', retryAfterMs: waitMs })
    expect(failure.detail).toContain("for key 'm***@a***'")
  },
)

test('a conflict in TOTVS CRM is a failure of its own kind, and no outage', async () => {
  await using server = await startFakeServer(() => ({ status: 409, json: { code: 'MERGE', message: 'try again' } }))
  const failure = await failureOf(
    createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({ ...write, url: server.url }),
  )
  expect(failure).toBeInstanceOf(ConflictFailure)
  expect(failure).toMatchObject({ code: 'CRM_CONFLICT', system: 'totvs-crm', detail: 'MERGE: try again' })
})

test('a refused connection is transient, an outage, and certainly without effect', async () => {
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

test('a name that does not resolve is transient, an outage, and certainly without effect', async () => {
  const failure = await failureOf(
    createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({ ...write, url: 'http://crm.invalid/x' }),
  )
  expect(failure).toMatchObject({ code: 'CRM_UNREACHABLE', outage: true, isOutcomeUnknown: false })
})

test('a server that does not speak TLS is an outage, and certainly without effect', async () => {
  await using server = await startFakeServer(() => ({}))
  const failure = await failureOf(
    createHttp({ system: 'totvs-crm', guard: recordingGuard(), limits: impatient }).request({
      ...write,
      url: server.url.replace('http:', 'https:'),
    }),
  )
  expect(failure).toMatchObject({ code: 'CRM_UNREACHABLE', outage: true, isOutcomeUnknown: false })
  expect(server.received).toHaveLength(0)
})

test('a write that was received before the connection broke has an unknown effect', async () => {
  await using server = await startFakeServer(() => 'drop')
  const failure = await failureOf(
    createHttp({ system: 'rd-station', guard: recordingGuard() }).request({ ...write, url: server.url }),
  )
  expect(server.received).toEqual([expect.objectContaining({ method: 'POST', body: JSON.stringify(write.json) })])
  expect(failure).toMatchObject({ code: 'RD_UNREACHABLE', isOutcomeUnknown: true })
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

test('a redirect is not followed, so that credentials stay where they belong', async () => {
  await using elsewhere = await startFakeServer(() => ({ json: {} }))
  await using server = await startFakeServer(() => ({ status: 302, headers: { location: `${elsewhere.url}/x` } }))
  const failure = await failureOf(
    createHttp({ system: 'rd-station', guard: recordingGuard() }).request({ ...write, url: server.url }),
  )
  expect(failure).toMatchObject({ code: 'RD_UNAVAILABLE', context: { status: 302 } })
  expect(elsewhere.received).toHaveLength(0)
})

test('a call that is stopped after it was sent has an unknown effect and is nobody’s outage', async () => {
  const stop = new AbortController()
  await using server = await startFakeServer(() => 'silence')
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

test('no call is made when the guard refuses it', async () => {
  await using server = await startFakeServer(() => ({}))
  const resting = new TransientFailure('RD_UNAVAILABLE')
  const guard = { ...recordingGuard(), before: () => Promise.reject(resting) }
  const http = createHttp({ system: 'rd-station', guard })
  await expect(http.request({ ...write, url: server.url })).rejects.toBe(resting)
  expect(server.received).toHaveLength(0)
})

test('the answer to a write survives a guard that cannot record it', async () => {
  await using server = await startFakeServer(() => ({ json: { id: '7' } }))
  const guard = { ...recordingGuard(), after: () => Promise.reject(new Error('log is full')) }
  const http = createHttp({ system: 'totvs-crm', guard })
  expect(await http.request({ ...write, url: server.url })).toEqual({ id: '7' })
})

test('the guard is told method, masked path, status, duration and failure of each attempt', async () => {
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

test('the API’s own words are kept, at most 300 characters, without what was sent and what is personal', async () => {
  const words = `${SECRETS.name} <${SECRETS.email}> ${SECRETS.phone} ${SECRETS.accessToken} ${SECRETS.sessionId} refused `
  await using server = await startFakeServer(() => ({
    status: 400,
    json: { errors: [{ error_type: 'INVALID_FIELDS', error_message: words + 'x '.repeat(400), path: '$.x' }] },
  }))
  const failure = await failureOf(
    createHttp({ system: 'rd-station', guard: recordingGuard() }).request({ ...write, url: server.url }),
  )
  expect(failure.message).toBe('RD_REJECTED: RD Station refused the data. (status=400, error=INVALID_FIELDS)')
  expect(failure.detail).toMatch(/^INVALID_FIELDS: \*\*\* <\*\*\*> \*\*\* \*\*\* \*\*\* refused x x/)
  expect(failure.detail).toHaveLength(300)
})

test('a code of the API that could be somebody’s data is not shown', async () => {
  await using server = await startFakeServer(() => ({ status: 400, json: { code: SECRETS.email, message: 'no' } }))
  const failure = await failureOf(
    createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({ ...look, url: server.url }),
  )
  expect(failure.context).toEqual({ status: 400 })
})

test('a member called __proto__ in an answer changes nothing', async () => {
  await using server = await startFakeServer(() => ({ text: '{"a":1,"__proto__":{"polluted":true}}' }))
  const body = await createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({ ...look, url: server.url })
  expect(body).toEqual({ a: 1 })
  expect(Object.keys(Object(body))).toEqual(['a'])
})

test('each request says who makes it', async () => {
  await using server = await startFakeServer(() => ({ json: {} }))
  await createHttp({ system: 'totvs-crm', guard: recordingGuard() }).request({ ...look, url: server.url })
  expect(server.received[0]?.headers).toMatchObject({
    'user-agent': expect.stringMatching(/^ponte\/\d+\.\d+\.\d+$/),
    accept: 'application/json',
  })
})

const impatient: Partial<HttpLimits> = { responseMs: 150, totalMs: 300 }
const systems: readonly (readonly [System, string, string])[] = [
  ['rd-station', 'RD', 'RD_QUOTA_EXCEEDED'],
  ['totvs-crm', 'CRM', 'CRM_THROTTLED'],
]

test.each([
  ['a new connection', false],
  ['a connection that stands', true],
])(
  'a request over %s is not sent once its time is over, although the process stood still before',
  async (_how, stands) => {
    await using server = await startFakeServer(() => ({ json: {} }))
    let isOver = false
    const guard = { ...recordingGuard(), mayLeave: () => !isOver }
    const http = createHttp({ system: 'totvs-crm', guard })
    if (stands) await http.request({ ...look, url: server.url })
    const sent = http.request({ ...write, url: server.url })
    // The decision to call has been made; now the process stands still for longer than it may.
    await Promise.resolve()
    isOver = true
    expect(await failureOf(sent)).toMatchObject({ code: 'STATE_UNAVAILABLE', isOutcomeUnknown: false })
    await http.request({ ...look, url: server.url }).catch(() => undefined)
    isOver = false
    await http.request({ ...look, url: server.url })
    expect(server.received.map(({ method }) => method)).toEqual(stands ? ['GET', 'GET'] : ['GET'])
  },
)

test('a request that waits for its connection is not sent when its time is over as the connection stands', async () => {
  await using server = await startFakeServer(() => ({ json: {} }))
  let asked = 0
  const guard = {
    ...recordingGuard(),
    mayLeave() {
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

test('a job has at most four calls to one system under way, and the others follow when those end, however they end', async () => {
  const connections = { open: 0, most: 0, answered: 0 }
  const server = createHttpServer((_request, response) => {
    connections.open += 1
    connections.most = Math.max(connections.most, connections.open)
    // Answered when four are there, or when no more can come.
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
    await expect.poll(() => waiting.length, { timeout: 10_000 }).toBe(4)
    for (const answer of waiting.splice(0)) answer()
  }

  expect((await calls).map(({ status }) => status).toSorted()).toEqual([
    ...Array.from({ length: 8 }, () => 'fulfilled'),
    ...Array.from({ length: 4 }, () => 'rejected'),
  ])
  expect(connections).toEqual({ open: 0, most: 4, answered: 12 })
  server.close()
})
