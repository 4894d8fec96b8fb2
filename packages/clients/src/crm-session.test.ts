import { expect, test } from 'vitest'
import { type FakeServer, type Reply, startFakeServer } from '../test/fake-server.ts'
import { failureOf, recordingGuard, SECRETS, settingsFor } from '../test/recording-guard.ts'
import { createCrmSession } from './crm-session.ts'

test('the login is sent as documented, and every cookie of the answer comes back', async () => {
  await using server = await startFakeServer(() => ({
    headers: {
      'set-cookie': [
        'JSESSIONID=old; Path=/; HttpOnly',
        'route=node-1; Secure',
        'rememberMe=deleteMe; Path=/; Max-Age=0; Expires=Mon, 01-Jan-2024 00:00:00 GMT',
        `JSESSIONID=${SECRETS.sessionId}; Path=/`,
      ],
    },
    text: '',
  }))
  const { session } = connect(server)
  expect(await session.cookie(recordingGuard())).toBe(`JSESSIONID=${SECRETS.sessionId}; route=node-1`)
  expect(server.received[0]).toMatchObject({ method: 'POST', path: '/api/login' })
  expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
    username: SECRETS.username,
    password: SECRETS.password,
    tenant: 'acme-tenant',
  })
})

test('many calls at once share one login, and later ones need none', async () => {
  await using server = await startFakeServer(numbered)
  const { session } = connect(server)
  const cookies = await Promise.all(Array.from({ length: 20 }, () => session.cookie(recordingGuard())))
  expect(new Set(cookies)).toEqual(new Set(['JSESSIONID=s1']))
  expect(await session.cookie(recordingGuard())).toBe('JSESSIONID=s1')
  expect(server.received).toHaveLength(1)
})

test('calls that are refused together renew the session once', async () => {
  await using server = await startFakeServer(numbered)
  const { session } = connect(server)
  const rejected = await session.cookie(recordingGuard())
  const renewals = Array.from({ length: 10 }, () => session.renew(rejected, recordingGuard()))
  expect(new Set(await Promise.all(renewals))).toEqual(new Set(['JSESSIONID=s2']))
  // One that was refused long ago does not throw the new session away.
  expect(await session.renew(rejected, recordingGuard())).toBe('JSESSIONID=s2')
  expect(server.received).toHaveLength(2)
})

test.each([400, 401, 403])('a login that is refused with %i names the settings to look at', async status => {
  await using server = await startFakeServer(() => ({ status, json: { message: `${SECRETS.username} is locked` } }))
  const { session } = connect(server)
  expect(await failureOf(session.cookie(recordingGuard()))).toMatchObject({
    name: 'PermanentFailure',
    code: 'CRM_LOGIN_REJECTED',
    context: { status, settings: 'totvsCrm.username/password/tenant' },
    detail: '*** is locked',
  })
})

test('a refused login is not tried again for 30 s: meanwhile other jobs wait and do not fail', async () => {
  await using server = await startFakeServer((_, number) => (number === 1 ? { status: 401 } : numbered(_, number)))
  const { session, clock } = connect(server)
  await failureOf(session.cookie(recordingGuard()))
  clock.nowMs += 29_999
  const waiting = { code: 'CRM_LOGIN_REJECTED', scope: 'job', retryAfterMs: 1 }
  expect(await failureOf(session.cookie(recordingGuard()))).toMatchObject(waiting)
  expect(await failureOf(session.renew('any', recordingGuard()))).toMatchObject(waiting)
  expect(server.received).toHaveLength(1)
  clock.nowMs += 1
  expect(await session.cookie(recordingGuard())).toBe('JSESSIONID=s2')
})

test.each<{ reply: Reply; code: string }>([
  { reply: { status: 503 }, code: 'CRM_UNAVAILABLE' },
  { reply: 'drop', code: 'CRM_UNREACHABLE' },
  { reply: { headers: { 'content-type': 'text/html' }, text: '<p>maintenance</p>' }, code: 'CRM_UNAVAILABLE' },
  { reply: { json: {} }, code: 'CRM_UNREADABLE' },
  { reply: { headers: { 'set-cookie': 'JSESSIONID=; Path=/' }, json: {} }, code: 'CRM_UNREADABLE' },
])('a login that meets $reply is $code, and the next one tries again', async ({ reply, code }) => {
  await using server = await startFakeServer((_, number) => (number === 1 ? reply : numbered(_, number)))
  const { session } = connect(server)
  const failure = await failureOf(session.cookie(recordingGuard()))
  expect(failure.code).toBe(code)
  expect(failure).not.toMatchObject({ effectUnknown: true })
  expect(await session.cookie(recordingGuard())).toBe('JSESSIONID=s2')
})

test('of several jobs that wait for one login, its refusal fails the one that made it', async () => {
  await using server = await startFakeServer(() => ({ status: 401 }))
  const { session } = connect(server)
  const failures = await Promise.all([1, 2, 3].map(() => failureOf(session.cookie(recordingGuard()))))
  expect(failures.map(({ name }) => name)).toEqual(['PermanentFailure', 'ThrottledFailure', 'ThrottledFailure'])
  expect(server.received).toHaveLength(1)
})

test('the end of the job that was logging in for all is not the end of the others', async () => {
  const stop = new AbortController()
  await using server = await startFakeServer((_, number) => (number === 1 ? 'silence' : numbered(_, number)))
  const { session } = connect(server)
  const stopped = failureOf(session.cookie(recordingGuard(stop.signal)))
  const others = Promise.all([session.cookie(recordingGuard()), session.cookie(recordingGuard())])
  await expect.poll(() => server.received.length).toBe(1)
  stop.abort()
  expect((await stopped).code).toBe('STATE_UNAVAILABLE')
  expect(await others).toEqual(['JSESSIONID=s2', 'JSESSIONID=s2'])
  expect(server.received).toHaveLength(2)
})

const numbered = (_: unknown, number: number): Reply => ({
  headers: { 'set-cookie': `JSESSIONID=s${number}; Path=/; HttpOnly` },
  text: '',
})

function connect(server: FakeServer) {
  const clock = { nowMs: 0 }
  const session = createCrmSession({ settings: settingsFor(server.url).totvsCrm, nowMs: () => clock.nowMs })
  return { session, clock }
}
