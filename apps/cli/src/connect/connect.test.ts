import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { connect as connectTo } from 'node:net'
import {
  claimFingerprintKey,
  createCredentialRefusals,
  createCircuitBreaker,
  createSecretBox,
  createTokenStore,
  readOpenBreakers,
  tokenSeed,
} from '@ponte/state'
import { freePort } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { startCallbackServer } from './connect.ts'
import { textsOf } from '../texts/texts.ts'
import { type SetUpTenant, useCliSetUp } from '../testing/use-cli-set-up.ts'

const cli = useCliSetUp()

const policy = { failureThreshold: 1, probeMs: 60_000, maxProbeMs: 60_000 }

/** The tokens that a worker would find, and would take for its own. */
async function tokensOf({ redis, name, tenant }: SetUpTenant) {
  const box = createSecretBox(Buffer.from(cli.secretKey, 'base64'))
  const stored = await createTokenStore(redis, name, box).read()
  return stored?.seed === tokenSeed(tenant.settings.rdStation.refreshToken) ? stored : undefined
}

test('connecting RD Station needs no credentials of TOTVS CRM', async () => {
  const tenant = await cli.newTenant()
  const file = tenant.env.PONTE_CONFIG.replace(/\.yaml$/, '.rd.yaml')
  const source = await readFile(tenant.env.PONTE_CONFIG, 'utf8')
  await writeFile(file, source.replace('"demo-password"', JSON.stringify('${PASSWORD_OF_NOBODY}')))
  const env = { PONTE_CONFIG: file }
  const done = await tenant.run(['connect', '--refresh-token', '-', '--json'], { env, stdin: 'demo-refresh\n' })
  expect(done).toMatchObject({ code: 0 })
  expect(await tokensOf(tenant)).toBeDefined()
})

/** The breaker is open, as after a revoked token. */
async function openBreaker({ redis, name, queues }: SetUpTenant) {
  const refused = { credential: 'c', correlationKey: 's', code: 'RD_TOKEN_REVOKED', stage: 'login' } as const
  await createCredentialRefusals(redis, name, policy).refuse('rd-station', refused)
  await queues['rd-station'].rateLimit(60_000)
}

const addressIn = (text: string): string => /https?:\/\/\S*\/auth\/dialog\S*/.exec(text)?.[0] ?? ''

/** The browser: opens the dialog as soon as it is shown, and follows it to the callback. */
function browser(change: (callback: URL) => void = () => undefined) {
  let opened: Promise<Response> | undefined
  const visit = async (address: string): Promise<Response> => {
    const answer = await fetch(address, { redirect: 'manual' })
    const callback = new URL(answer.headers.get('location') ?? '')
    change(callback)
    return await fetch(callback)
  }
  return {
    onStderr(text: string): void {
      const address = addressIn(text)
      if (address !== '') opened ??= visit(address)
    },
    page: async (): Promise<string> => (await (await opened)?.text()) ?? '',
  }
}

test('the browser connects a revoked account: tokens are kept for the workers, and what waited goes on', async () => {
  const tenant = await cli.newTenant()
  await cli.rd().revokeTokens()
  await openBreaker(tenant)
  const user = browser()
  const port = String(await freePort())
  const run = await tenant.run(['connect', '--json', '--port', port], { onStderr: user.onStderr })
  expect(run.code).toBe(0)
  expect(run.data()).toEqual({ ok: true, tenant: tenant.name, breakerClosed: true })
  expect(await user.page()).toContain('Ponte is connected')

  const stored = await tokensOf(tenant)
  const contact = await fetch(`${cli.url}/rd/platform/contacts/email:nobody@example.com`, {
    headers: { authorization: `Bearer ${stored?.accessToken}` },
  })
  expect(contact.status).toBe(404)
  expect(await readOpenBreakers(tenant.redis, tenant.name)).toEqual([])
  expect(await tenant.queues['rd-station'].getRateLimitTtl()).toBeLessThanOrEqual(0)
  for (const secret of [stored?.accessToken, stored?.refreshToken])
    expect(run.stdout + run.stderr).not.toContain(secret)
  const raw = await tenant.redis.get(`{${tenant.name}}:ponte:rd-tokens`)
  expect(raw).not.toContain('refresh-')
})

test('an answer with another state is refused and connects nothing; the right one still does', async () => {
  const tenant = await cli.newTenant()
  let foreign: Promise<Response> | undefined
  const user = browser(callback => {
    const forged = new URL(callback)
    forged.searchParams.set('state', 'forged')
    foreign = fetch(forged)
  })
  const port = String(await freePort())
  const run = await tenant.run(['connect', '--port', port], { onStderr: user.onStderr })
  expect((await foreign)?.status).toBe(400)
  expect(run.code).toBe(0)
  expect(await tokensOf(tenant)).toBeDefined()
})

test('a refused connection and one that nobody comes back from end with 1', async () => {
  const tenant = await cli.newTenant()
  const user = browser(callback => {
    callback.searchParams.delete('code')
    callback.searchParams.set('error', 'access_denied')
  })
  const refused = await tenant.run(['connect', '--json', '--port', '0'], { onStderr: user.onStderr })
  const words = 'RD Station denied access: the user did not allow the connection'
  expect(refused.data()).toMatchObject({
    ok: false,
    error: { code: 'REFUSED', messages: [expect.stringContaining(words)] },
  })
  expect(refused.code).toBe(1)
  const late = await tenant.run(['connect', '--json', '--port', '0', '--timeout', '1'])
  expect(late.data()).toMatchObject({ error: { code: 'NO_ANSWER' } })
  expect(late.code).toBe(1)
  expect(await tokensOf(tenant)).toBeUndefined()
})

test('a code that was pasted, alone or in the address it came in, connects once', async () => {
  const tenant = await cli.newTenant()
  const newCode = async (): Promise<URL> => {
    const dialog = `${cli.url}/rd/auth/dialog?client_id=demo-client&redirect_uri=http://127.0.0.1/callback`
    return new URL((await fetch(dialog, { redirect: 'manual' })).headers.get('location') ?? '')
  }
  const address = await newCode()
  const first = await tenant.run(['connect', '--code', '-'], { stdin: `${address.href}\n` })
  expect(first.code).toBe(0)
  const asked = addressIn(first.stderr)
  expect(asked).toContain('redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fcallback')
  expect((await fetch(asked, { redirect: 'manual' })).headers.get('location')).toContain('code=')
  expect(await tokensOf(tenant)).toBeDefined()
  const code = (await newCode()).searchParams.get('code') ?? ''
  expect((await tenant.run(['connect', '--code', '-'], { stdin: `${code}\n` })).code).toBe(0)
  const again = await tenant.run(['connect', '--json', '--code', '-'], { stdin: `${code}\n` })
  expect(again.data()).toMatchObject({ ok: false, error: { code: 'RD_REJECTED' } })
  expect(again.data().error.messages).toEqual([expect.stringContaining('it was used before, or is older than an hour')])
  expect(again.code).toBe(1)
})

test('a pasted address in which RD Station refuses access says so in words, and nothing is asked of it', async () => {
  const tenant = await cli.newTenant()
  await cli.client.clearCalls()
  const stdin = 'http://127.0.0.1:8765/callback?error=access_denied\n'
  const { code, stdout } = await tenant.run(['connect', '--code', '-', '--lang', 'pt-BR'], { stdin })
  expect(code).toBe(1)
  expect(stdout).toContain('O RD Station negou o acesso')
  expect(await cli.client.calls({ system: 'rd-station' })).toEqual([])
})

test('a refresh token that was obtained elsewhere connects; a wrong one says so and leaves everything as it was', async () => {
  const tenant = await cli.newTenant()
  await cli.rd().revokeTokens()
  await openBreaker(tenant)
  const wrong = await tenant.run(['connect', '--json', '--refresh-token', '-'], { stdin: 'wrong\n' })
  expect(wrong.data()).toMatchObject({ error: { code: 'RD_TOKEN_REVOKED' } })
  expect(wrong.code).toBe(1)
  expect(await readOpenBreakers(tenant.redis, tenant.name)).toMatchObject([{ reason: 'revoked' }])
  await cli.rd().change({ refreshToken: 'from-elsewhere' })
  expect((await tenant.run(['connect', '--refresh-token', '-'], { stdin: 'from-elsewhere\n' })).code).toBe(0)
  expect(await tokensOf(tenant)).toMatchObject({ refreshToken: 'from-elsewhere' })
  expect(await readOpenBreakers(tenant.redis, tenant.name)).toEqual([])
})

test('with another fingerprint key than that of the workers nothing is connected, and RD Station is not called', async () => {
  const tenant = await cli.newTenant()
  await claimFingerprintKey(tenant.redis, [{ name: tenant.name }], cli.fingerprint)
  await cli.client.clearCalls()
  const env = { PONTE_SECRET_KEY: randomBytes(32).toString('base64') }
  const refused = await tenant.run(['connect', '--refresh-token', '-'], { env, stdin: 'demo-refresh\n' })
  expect(refused).toMatchObject({ code: 2 })
  expect(refused.stderr).toContain('PONTE_FINGERPRINT_KEY')
  expect(await tenant.redis.exists(`{${tenant.name}}:ponte:rd-tokens`)).toBe(0)
  expect(await cli.client.calls({ system: 'rd-station' })).toEqual([])
})

test('a breaker that is open for another reason than a revoked connection stays open', async () => {
  const tenant = await cli.newTenant()
  await createCircuitBreaker(tenant.redis, tenant.name, policy).throttle('rd-station', {
    code: 'RD_QUOTA_EXCEEDED',
    waitMs: 60_000,
  })
  expect((await tenant.run(['connect', '--refresh-token', '-'], { stdin: 'demo-refresh\n' })).code).toBe(0)
  expect(await readOpenBreakers(tenant.redis, tenant.name)).toMatchObject([{ reason: 'throttled' }])
})

test('an RD Station that does not answer ends with 3 and says what to check, wrong app credentials end with 1', async () => {
  const away = await cli.newTenant({ rdStation: { tokenUrl: 'http://127.0.0.1:9/auth/token' } })
  const unreachable = await away.run(['connect', '--code', '-'], { stdin: 'x\n' })
  expect(unreachable.code).toBe(3)
  expect(unreachable.stderr).toContain('RD_UNREACHABLE: RD Station could not be reached.')
  expect(unreachable.stderr).toContain('More: docs/failures.md#rd_unreachable')
  expect(unreachable.stderr).toContain('`ponte doctor` checks')
  const wrong = await cli.newTenant({ rdStation: { clientSecret: 'not-the-secret-of-demo' } })
  const run = await wrong.run(['connect', '--json', '--refresh-token', '-'], { stdin: 'x\n' })
  expect(run.data()).toMatchObject({ error: { code: 'RD_CLIENT_REJECTED' } })
  expect(run.code).toBe(1)
})

test.each([
  { argv: ['connect', '--code', 'a', '--refresh-token', 'b'], what: 'both ways at once' },
  { argv: ['connect', '--port', 'http'], what: 'a port that is none' },
  { argv: ['connect', '--tenant', 'nobody'], what: 'a tenant that is none' },
])('$what is wrong use', async ({ argv }) => {
  const tenant = await cli.newTenant()
  expect((await tenant.run(argv)).code).toBe(2)
})

test.each(['--code', '--refresh-token'])('a secret in the arguments is refused and not repeated: %s', async option => {
  const tenant = await cli.newTenant()
  const { code, stdout, stderr } = await tenant.run(['connect', option, 's3cret-canary'])
  expect(code).toBe(2)
  expect(stderr).toContain('Write - instead')
  expect(stdout + stderr).not.toContain('s3cret-canary')
})

test('no address that somebody asks for ends the wait for the browser', async () => {
  const server = await startCallbackServer({ port: 0, state: 'state', timeoutMs: 60_000, texts: textsOf.en })
  const { port, hostname } = new URL(server.redirectUri)
  for (const path of ['//', '///', '//[', 'http://[', '/%', '*', '/callback?state=%E0%A4%A']) {
    const socket = connectTo({ port: Number(port), host: hostname })
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    expect(answer, path).toMatch(/^HTTP\/1\.1 40[04] /)
  }
  expect((await fetch(`${server.redirectUri}?state=state&code=found`)).status).toBe(200)
  expect(await server.code).toEqual({ code: 'found' })
  server.close()
})
