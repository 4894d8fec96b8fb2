import { CredentialRefused } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { type FakeServer, type Reply, startFakeServer } from '../testing/fake-server.ts'
import { failureOf, recordingGuard, SECRETS, settingsFor } from '../testing/recording-guard.ts'
import { exchangeRdCode, refreshRdAccessToken } from './request-rd-tokens.ts'

test('a refresh token is exchanged for an access token, and the refresh token that comes back is the one to keep', async () => {
  await using server = await startFakeServer(() => ({
    json: { access_token: 'fresh', expires_in: 7_200, refresh_token: 'rolled' },
  }))
  const guard = recordingGuard()
  expect(await refresh(server, guard)).toEqual({
    accessToken: 'fresh',
    refreshToken: 'rolled',
    expiresInSeconds: 7_200,
  })
  expect(server.received).toHaveLength(1)
  expect(server.received[0]).toMatchObject({ method: 'POST', path: '/auth/token' })
  expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
    client_id: SECRETS.clientId,
    client_secret: SECRETS.clientSecret,
    refresh_token: SECRETS.refreshToken,
  })
  expect(guard.calls).toEqual([
    { system: 'rd-station', login: true, method: 'POST', path: '/auth/token', writes: false },
  ])
})

test.each([{}, { refresh_token: null, expires_in: null }, { refresh_token: '', expires_in: 'soon' }])(
  'what the answer does not say (%j) stays as it was: the refresh token, and a day',
  async rest => {
    await using server = await startFakeServer(() => ({ json: { access_token: 'fresh', ...rest } }))
    expect(await refresh(server)).toEqual({
      accessToken: 'fresh',
      refreshToken: SECRETS.refreshToken,
      expiresInSeconds: 86_400,
    })
  },
)

const refused = (type: string) => ({ errors: { error_type: type, error_message: `${SECRETS.refreshToken} is bad` } })

test.each<{ reply: Reply; code: string }>([
  { reply: { status: 401, json: refused('INVALID_REFRESH_TOKEN') }, code: 'RD_TOKEN_REVOKED' },
  { reply: { status: 400, json: { error: 'invalid_grant' } }, code: 'RD_TOKEN_REVOKED' },
  { reply: { status: 401, json: refused('UNAUTHORIZED') }, code: 'RD_TOKEN_REVOKED' },
  { reply: { status: 401, text: '' }, code: 'RD_TOKEN_REVOKED' },
  { reply: { status: 401, json: refused('ACCESS_DENIED') }, code: 'RD_CLIENT_REJECTED' },
  { reply: { status: 401, json: { error: 'invalid_client' } }, code: 'RD_CLIENT_REJECTED' },
  { reply: { json: { access_token: 7 } }, code: 'RD_UNREADABLE' },
  { reply: { status: 404 }, code: 'RD_REJECTED' },
])('$reply makes everything for RD Station wait with $code, and gives no job up', async ({ reply, code }) => {
  await using server = await startFakeServer(() => reply)
  const failure = await failureOf(refresh(server))
  expect(failure).toBeInstanceOf(CredentialRefused)
  expect(failure).toMatchObject({ code, system: 'rd-station', stage: 'login' })
})

test.each<{ reply: Reply; code: string }>([
  { reply: { status: 502 }, code: 'RD_UNAVAILABLE' },
  { reply: { status: 403, headers: { 'content-type': 'text/html' }, text: '<p>blocked</p>' }, code: 'RD_UNAVAILABLE' },
  { reply: 'drop', code: 'RD_UNREACHABLE' },
  { reply: { status: 429, headers: { 'retry-after': '3' } }, code: 'RD_QUOTA_EXCEEDED' },
])('$reply says nothing about the token: $code', async ({ reply, code }) => {
  await using server = await startFakeServer(() => reply)
  const failure = await failureOf(refresh(server))
  expect(failure.code).toBe(code)
  // The job that needed the token has not made its own call, so there is nothing to look up.
  expect(failure).not.toMatchObject({ isOutcomeUnknown: true })
})

function refresh(server: FakeServer, guard = recordingGuard()) {
  const settings = settingsFor(server.url).rdStation
  return refreshRdAccessToken({ settings, refreshToken: SECRETS.refreshToken, guard })
}

const refusedCode = (type: string) => ({ errors: { error_type: type, error_message: 'the-code is bad' } })

test('a code is exchanged for the first tokens of an account', async () => {
  await using server = await startFakeServer(() => ({ json: { access_token: 'a', expires_in: 9, refresh_token: 'r' } }))
  expect(await exchange(server)).toEqual({ accessToken: 'a', refreshToken: 'r', expiresInSeconds: 9 })
  expect(server.received[0]).toMatchObject({ method: 'POST', path: '/auth/token?token_by=code' })
  expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
    client_id: SECRETS.clientId,
    client_secret: SECRETS.clientSecret,
    code: 'the-code',
  })
})

test.each<{ reply: Reply; code: string }>([
  { reply: { status: 401, json: refusedCode('EXPIRED_CODE_GRANT') }, code: 'RD_REJECTED' },
  { reply: { status: 401, json: refusedCode('ACCESS_DENIED') }, code: 'RD_CLIENT_REJECTED' },
  { reply: { json: { access_token: 'without a refresh token' } }, code: 'RD_UNREADABLE' },
])('a code that is answered $reply is a $code', async ({ reply, code }) => {
  await using server = await startFakeServer(() => reply)
  const failure = await failureOf(exchange(server))
  expect(failure.code).toBe(code)
  expect(String(failure.detail)).not.toContain('the-code')
})

const exchange = (server: FakeServer) =>
  exchangeRdCode({ settings: settingsFor(server.url).rdStation, code: 'the-code', guard: recordingGuard() })
