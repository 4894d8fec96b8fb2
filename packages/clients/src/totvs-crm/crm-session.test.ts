import { CredentialRefused } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { type FakeServer, type Reply, startFakeServer } from '../testing/fake-server.ts'
import { failureOf, recordingGuard, SECRETS, settingsFor } from '../testing/recording-guard.ts'
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
  expect((await session.current()).value).toBe(`JSESSIONID=${SECRETS.sessionId}; route=node-1`)
  expect(server.received[0]).toMatchObject({ method: 'POST', path: '/api/login' })
  expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
    username: SECRETS.username,
    password: SECRETS.password,
    tenant: 'acme-tenant',
  })
})

test('a session is kept until it is refused', async () => {
  await using server = await startFakeServer(numbered)
  const { session } = connect(server)
  expect(await session.current()).toEqual({ value: 'JSESSIONID=s1', isNew: true })
  expect(await session.current()).toEqual({ value: 'JSESSIONID=s1', isNew: false })
  expect(await session.renew('JSESSIONID=s1')).toEqual({ value: 'JSESSIONID=s2', isNew: true })
  expect(await session.current()).toEqual({ value: 'JSESSIONID=s2', isNew: false })
  expect(server.received).toHaveLength(2)
})

test.each([400, 401, 403])('a login that is refused with %i names the settings to look at', async status => {
  await using server = await startFakeServer(() => ({ status, json: { message: `${SECRETS.username} is locked` } }))
  const { session } = connect(server)
  expect(await failureOf(session.current())).toMatchObject({
    name: 'CredentialRefused',
    code: 'CRM_LOGIN_REJECTED',
    context: { status, settings: 'totvsCrm.username/password/tenant' },
    detail: '*** is locked',
  })
})

test.each<{ reply: Reply; code: string }>([
  { reply: { status: 404, json: { message: 'no such route' } }, code: 'CRM_REJECTED' },
  { reply: { status: 422 }, code: 'CRM_REJECTED' },
  { reply: { json: {} }, code: 'CRM_UNREADABLE' },
  { reply: { headers: { 'set-cookie': 'JSESSIONID=; Path=/' }, json: {} }, code: 'CRM_UNREADABLE' },
])(
  'a login that is answered $reply is a refused credential too ($code): no job fails for it',
  async ({ reply, code }) => {
    await using server = await startFakeServer(() => reply)
    const failure = await failureOf(connect(server).session.current())
    expect(failure).toBeInstanceOf(CredentialRefused)
    expect(failure).toMatchObject({ code, system: 'totvs-crm', stage: 'login' })
  },
)

test.each<{ reply: Reply; code: string }>([
  { reply: { status: 503 }, code: 'CRM_UNAVAILABLE' },
  { reply: 'drop', code: 'CRM_UNREACHABLE' },
  { reply: { headers: { 'content-type': 'text/html' }, text: '<p>maintenance</p>' }, code: 'CRM_UNAVAILABLE' },
  { reply: { status: 302, headers: { location: '/manutencao' } }, code: 'CRM_UNAVAILABLE' },
])('a login that meets $reply is $code, and the next one tries again', async ({ reply, code }) => {
  await using server = await startFakeServer((_, number) => (number === 1 ? reply : numbered(_, number)))
  const { session } = connect(server)
  const failure = await failureOf(session.current())
  expect(failure.code).toBe(code)
  expect(failure).not.toMatchObject({ isOutcomeUnknown: true })
  expect((await session.current()).value).toBe('JSESSIONID=s2')
})

const numbered = (_: unknown, number: number): Reply => ({
  headers: { 'set-cookie': `JSESSIONID=s${number}; Path=/; HttpOnly` },
  text: '',
})

const connect = (server: FakeServer) => ({
  session: createCrmSession({ settings: settingsFor(server.url).totvsCrm, guard: recordingGuard() }),
})
