import { describe, expect, test } from 'vitest'
import { client, driveSandbox } from '../testing/drive-sandbox.ts'

describe('the token address of RD Station', () => {
  test('a rolling refresh token dies with its first use', async () => {
    const { call, control } = await driveSandbox()
    await control('PATCH', '/rd/demo', { settings: { rollingRefreshTokens: true } })
    const refresh = (refresh_token: string) => call('POST', '/rd/auth/token', { ...client, refresh_token })

    const first = await refresh('demo-refresh')
    expect(first.body.refresh_token).not.toBe('demo-refresh')
    const again = await refresh('demo-refresh')
    expect(again.status).toBe(401)
    expect(again.body.errors.error_type).toBe('INVALID_REFRESH_TOKEN')
    expect((await refresh(first.body.refresh_token)).status).toBe(200)
  })

  test.each([
    ['a wrong secret', { ...client, client_secret: 'x', refresh_token: 'demo-refresh' }, 'ACCESS_DENIED'],
    ['an unknown client', { ...client, client_id: 'x', refresh_token: 'demo-refresh' }, 'ACCESS_DENIED'],
    ['an unknown code', { ...client, code: 'x' }, 'ACCESS_DENIED'],
    ['an unknown refresh token', { ...client, refresh_token: 'x' }, 'INVALID_REFRESH_TOKEN'],
  ])('refuses %s', async (_what, body, type) => {
    const { call } = await driveSandbox()
    const answer = await call('POST', '/rd/auth/token', body)
    expect(answer.status).toBe(401)
    expect(answer.body.errors.error_type).toBe(type)
  })

  test('the dialog gives a code that works once and for an hour', async () => {
    const { call, clock } = await driveSandbox()
    const askCode = async () => {
      const query = 'client_id=demo-client&redirect_uri=http%3A%2F%2Flocalhost%2Fcallback&state=s1'
      const { status, headers } = await call('GET', `/rd/auth/dialog?${query}`)
      expect(status).toBe(302)
      const target = new URL(String(headers.location))
      expect(target.searchParams.get('state')).toBe('s1')
      return target.searchParams.get('code')
    }
    const exchange = (code: string | null) => call('POST', '/rd/auth/token?token_by=code', { ...client, code })

    const code = await askCode()
    expect((await exchange(code)).status).toBe(200)
    expect((await exchange(code)).body.errors.error_type).toBe('EXPIRED_CODE_GRANT')
    const late = await askCode()
    clock.now += 3_600_001
    expect((await exchange(late)).body.errors.error_type).toBe('EXPIRED_CODE_GRANT')
  })

  test('the dialog refuses a callback that is not registered', async () => {
    const { call, control } = await driveSandbox()
    await control('PATCH', '/rd/demo', { settings: { redirectUris: ['http://localhost/ours'] } })
    const answer = await call('GET', '/rd/auth/dialog?client_id=demo-client&redirect_uri=http%3A%2F%2Fevil.example')
    expect(answer.status).toBe(401)
    expect(answer.body.errors.error_type).toBe('ACCESS_DENIED')
  })

  test('revoking one token kills both kinds', async () => {
    const { call, rd, token } = await driveSandbox()
    expect((await rd('GET', '/integrations/webhooks')).status).toBe(200)
    const form = new URLSearchParams({ token: await token(), token_type_hint: 'access_token' })
    const revoked = await call('POST', '/rd/auth/revoke', form.toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(revoked).toMatchObject({ status: 200, body: {} })
    expect((await rd('GET', '/integrations/webhooks')).body.errors.error_type).toBe('UNAUTHORIZED')
    const refresh = await call('POST', '/rd/auth/token', { ...client, refresh_token: 'demo-refresh' })
    expect(refresh.body.errors.error_type).toBe('INVALID_REFRESH_TOKEN')
  })

  test('errors come without their wrapper when the account is set so', async () => {
    const { call, control } = await driveSandbox()
    await control('PATCH', '/rd/demo', { settings: { authErrorShape: 'bare' } })
    const answer = await call('POST', '/rd/auth/token', { ...client, refresh_token: 'x' })
    expect(answer.body).toMatchObject({ error_type: 'INVALID_REFRESH_TOKEN' })
  })
})

describe('a call to RD Station', () => {
  test('without a token, with a wrong one and with an expired one is refused in three ways', async () => {
    const { call, clock, rd } = await driveSandbox()
    const missing = await call('GET', '/rd/platform/contacts/email:a@b.example')
    expect(missing).toMatchObject({ status: 401, body: { error: 'invalid_request' } })
    const wrong = await call('GET', '/rd/platform/contacts/email:a@b.example', undefined, { authorization: 'Bearer x' })
    expect(wrong).toMatchObject({ status: 401, body: { errors: { error_type: 'UNAUTHORIZED' } } })

    expect((await rd('GET', '/platform/contacts/email:a@b.example')).status).toBe(404)
    clock.now += 86_400_000
    const expired = await rd('GET', '/platform/contacts/email:a@b.example')
    expect(expired).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
  })

  test.each([
    { shape: 'errors', body: { errors: { error_type: 'UNAUTHORIZED' } } },
    { shape: 'array', body: { errors: [{ error_type: 'UNAUTHORIZED' }] } },
    { shape: 'header', body: { errors: { error_type: 'UNAUTHORIZED' } }, header: /error="expired_token"/ },
  ])('an expired token can be refused in the shape "$shape"', async ({ shape, body, header }) => {
    const { control, rd } = await driveSandbox()
    await control('PATCH', '/rd/demo', { settings: { expiredTokenShape: shape } })
    await rd('GET', '/integrations/webhooks')
    await control('POST', '/rd/demo/tokens/expire')
    const answer = await rd('GET', '/integrations/webhooks')
    expect(answer).toMatchObject({ status: 401, body })
    if (header) expect(answer.headers['www-authenticate']).toMatch(header)
  })
})
