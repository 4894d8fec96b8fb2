import { randomBytes } from 'node:crypto'
import {
  claimFingerprintKey,
  createCircuitBreaker,
  createCredentialRefusals,
  createDoctorResults,
  createFingerprint,
  createReplicas,
  createSecretBox,
  createTokenStore,
  readOpenBreakers,
  replaceFingerprintKey,
  tokenSeed,
} from '@ponte/state'
import { openWorld, sandboxTenant, type TenantOverrides, type World } from '@ponte/testbed'
import { beforeAll, beforeEach, expect, inject, onTestFinished, test } from 'vitest'
import { basic, basicOf, type OpenBoard, openBoard, viewer } from '../../testing/open-board.ts'
import { createBrowser } from '../../testing/log-in.ts'
import { operate, textOf } from '../../testing/operate.ts'

let sandbox: World
beforeAll(async () => {
  sandbox = await openWorld(inject('sharedSandboxUrl'))
})
beforeEach(() => sandbox.client.reset())

const newKey = (): Buffer => randomBytes(32)
const host = 'board.test'
const tokens = { rdStation: 'r'.repeat(32), totvsCrm: 'c'.repeat(32) }

/** A board that connects the sandbox's account, in the hands of somebody who has logged in. */
async function open({
  overrides = {},
  ...options
}: Parameters<typeof openBoard>[0] & { overrides?: TenantOverrides } = {}) {
  const secretKey = newKey()
  const lines: string[] = []
  const board = await openBoard({
    settings: sandboxTenant(sandbox.url, tokens, overrides),
    secretBox: createSecretBox(secretKey),
    onLog: line => lines.push(line),
    ...options,
  })
  onTestFinished(() => board.close())
  await claimFingerprintKey(board.redis, board.tenants, board.fingerprint)
  const browser = createBrowser(() => board)
  const cookie = await browser.logIn()
  return { board, secretKey, lines, cookie, ...browserOf(board, cookie), ownAudit: operate(() => board).ownAudit }
}

/** A browser that has this cookie. */
function browserOf({ app, name }: OpenBoard, cookie: string) {
  const headers = { host, cookie, accept: 'text/html', 'accept-language': 'en' }
  return {
    get: (url: string) => app.inject({ url, headers }),
    start: () =>
      app.inject({
        method: 'POST',
        url: `/connections/${name}/rd-station`,
        headers: { ...headers, origin: `http://${host}` },
      }),
  }
}

type Page = Awaited<ReturnType<ReturnType<typeof browserOf>['get']>>

const dialogOf = ({ headers }: Page): URL => new URL(String(headers['refresh']).replace(/^0; url=/, ''))

/** Allows the connection in RD Station's dialog. Returns the address that the dialog sends the browser back to. */
async function allow(dialog: URL): Promise<URL> {
  const answer = await fetch(dialog, { redirect: 'manual' })
  return new URL(answer.headers.get('location') ?? '')
}
const pathOf = ({ pathname, search }: URL): string => pathname + search

async function revoke({ redis, name, ...own }: OpenBoard): Promise<void> {
  await sandbox.client.rd().revokeTokens()
  const pauses = { probeMs: 60_000, maxProbeMs: 60_000 }
  const refused = { credential: 'c', correlationKey: 's', code: 'RD_TOKEN_REVOKED', stage: 'login' } as const
  await createCredentialRefusals(redis, name, pauses).refuse('rd-station', refused)
  await own['rd-station'].rateLimit(60_000)
}

const storedOf = async ({ redis, name, tenants }: OpenBoard, secretKey: Buffer) => {
  const stored = await createTokenStore(redis, name, createSecretBox(secretKey)).read()
  return stored?.seed === tokenSeed(tenants[0]?.settings.rdStation.refreshToken ?? '') ? stored : undefined
}

const isConnected = ({ redis, name }: OpenBoard): Promise<boolean> =>
  redis.exists(`{${name}}:ponte:rd-tokens`).then(count => count === 1)

test('an operator connects a revoked account in the browser: the workers find the tokens, and what waited goes on', async () => {
  const { board, secretKey, lines, start, get, ownAudit } = await open()
  await revoke(board)
  expect(textOf((await get('/connections')).body)).toMatch(
    /RD Station disconnected: reconnect the account · \d sec ago RD_TOKEN_REVOKED/,
  )
  const onward = await start()
  expect(onward.statusCode).toBe(200)
  const dialog = dialogOf(onward)
  expect(dialog.searchParams.get('redirect_uri')).toBe(`http://${host}/connections/callback`)
  const callback = await allow(dialog)
  const done = await get(pathOf(callback))
  expect(done.statusCode).toBe(303)

  const page = await get(String(done.headers.location))
  expect(textOf(page.body)).toContain(`${board.name} is connected to RD Station. What waited goes on by itself.`)
  expect(textOf(page.body)).not.toContain('disconnected')
  const stored = await storedOf(board, secretKey)
  const contact = await fetch(`${sandbox.url}/rd/platform/contacts/email:nobody@example.com`, {
    headers: { authorization: `Bearer ${stored?.accessToken}` },
  })
  expect(contact.status).toBe(404)
  expect(await readOpenBreakers(board.redis, board.name)).toEqual([])
  expect(await board['rd-station'].getRateLimitTtl()).toBeLessThanOrEqual(0)
  expect(await ownAudit()).toMatchObject([{ action: 'connect', outcome: 'done', user: 'operação' }])

  const secrets = [
    callback.searchParams.get('code'),
    callback.searchParams.get('state'),
    stored?.accessToken,
    stored?.refreshToken,
  ]
  for (const secret of secrets) {
    expect(secret).toBeTruthy()
    expect([...lines, done.headers.location, page.body].join()).not.toContain(secret)
  }
})

test('an account that is connected again is no problem of an earlier doctor any more, and what else it found stays', async () => {
  const { board, start, get } = await open()
  await revoke(board)
  const results = createDoctorResults(board.redis)
  const problems = [
    { check: 'rd-token', problem: 'RD_TOKEN_REVOKED' },
    { check: 'crm-login', problem: 'CRM_LOGIN_REJECTED' },
  ]
  const before = { at: 5, problems, variables: '', samples: [] }
  await results.write(board.name, before)
  await get(pathOf(await allow(dialogOf(await start()))))
  expect(await results.read(board.name)).toEqual({ ...before, problems: problems.slice(1) })
})

test('the replicas of Redis are asked for the new tokens, and the account is connected without them', async () => {
  const missed: string[] = []
  const replicas = createReplicas({ wanted: 1, waitMs: 1, onMissing: step => void missed.push(step) })
  const { board, start, get } = await open({ replicas })
  const callback = await allow(dialogOf(await start()))
  await get(pathOf(callback))
  expect(await isConnected(board)).toBe(true)
  expect(missed).toEqual(['token'])
})

test('with an address of its own the board names that one, and not the host of the request', async () => {
  const { board } = await open({ publicUrl: 'https://ponte.example.com' })
  const answer = await board.app.inject({
    method: 'POST',
    url: `/connections/${board.name}/rd-station`,
    headers: { host: 'ponte.example.com', authorization: basic },
  })
  expect(dialogOf(answer).searchParams.get('redirect_uri')).toBe('https://ponte.example.com/connections/callback')
})

test('a state that is wrong, used, or of another login connects nothing, and stays good for the login that it is of', async () => {
  const { board, start, get } = await open()
  const callback = await allow(dialogOf(await start()))
  const forged = new URL(callback)
  forged.searchParams.set('state', 'forged')
  const other = browserOf(board, await createBrowser(() => board).logIn())
  for (const answer of [
    await get(pathOf(forged)),
    await get('/connections/callback'),
    await other.get(pathOf(callback)),
  ]) {
    expect(answer.statusCode).toBe(400)
    expect(textOf(answer.body)).toContain('belongs to no connection that is under way in this login')
  }
  const watching = await board.app.inject({
    url: pathOf(callback),
    headers: { host, authorization: basicOf(viewer), accept: 'text/html' },
  })
  expect(watching.statusCode).toBe(403)
  expect(await isConnected(board)).toBe(false)
  expect((await get(pathOf(callback))).statusCode).toBe(303)
  expect(await isConnected(board)).toBe(true)
  expect((await get(pathOf(callback))).statusCode).toBe(400)
})

test('who comes back without a login logs in first, and neither code nor state stands in the address of that', async () => {
  const { board, start, get } = await open()
  const callback = await allow(dialogOf(await start()))
  const headers = { host, accept: 'text/html' }
  expect((await board.app.inject({ url: pathOf(callback), headers })).headers.location).toBe(
    '/login?next=%2Fconnections',
  )
  expect(
    (await board.app.inject({ method: 'HEAD', url: pathOf(callback), headers: { ...headers, authorization: basic } }))
      .statusCode,
  ).toBe(404)
  expect((await get(pathOf(callback))).statusCode).toBe(303)
})

/** What the page says after RD Station has sent the browser back. */
async function outcomeOf(
  { start, get }: Awaited<ReturnType<typeof open>>,
  change: (callback: URL) => void | Promise<void>,
) {
  const callback = await allow(dialogOf(await start()))
  await change(callback)
  const answer = await get(pathOf(callback))
  return textOf((await get(String(answer.headers.location))).body)
}

test('when RD Station denies access, sends no code, or refuses the code, the page says so and nothing has changed', async () => {
  const opened = await open()
  const { board, ownAudit } = opened
  await revoke(board)
  const denied = await outcomeOf(opened, ({ searchParams }) => {
    searchParams.delete('code')
    searchParams.set('error', 'access_denied')
  })
  expect(denied).toMatch(/was not connected\. RD Station denied access: the user did not allow.* Nothing has changed\./)
  expect(await outcomeOf(opened, ({ searchParams }) => searchParams.delete('code'))).toContain(
    'RD Station sent no code.',
  )
  const used = await outcomeOf(opened, async ({ searchParams }) => {
    const json = { client_id: 'demo-client', client_secret: 'demo-secret', code: searchParams.get('code') }
    await fetch(`${sandbox.url}/rd/auth/token?token_by=code`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(json),
    })
  })
  expect(used).toContain('RD Station refused the code: it was used before, or is older than an hour.')
  expect(await isConnected(board)).toBe(false)
  expect(await readOpenBreakers(board.redis, board.name)).toMatchObject([{ reason: 'revoked' }])
  expect((await ownAudit()).map(({ outcome, code }) => [outcome, code])).toEqual([
    ['failed', 'RD_REJECTED'],
    ['failed', undefined],
    ['failed', undefined],
  ])
})

test('when RD Station does not answer, or refuses the app, the page says so and nothing has changed', async () => {
  const away = await open({ overrides: { rdStation: { tokenUrl: 'http://127.0.0.1:9/auth/token' } } })
  const dialog = dialogOf(await away.start())
  const answer = await away.get(`/connections/callback?code=x&state=${dialog.searchParams.get('state')}`)
  expect(textOf((await away.get(String(answer.headers.location))).body)).toContain('RD Station could not be reached.')
  expect(await isConnected(away.board)).toBe(false)
  const wrong = await open({ overrides: { rdStation: { clientSecret: 'not-the-secret-of-demo' } } })
  expect(await outcomeOf(wrong, () => undefined)).toContain(
    'RD Station refused the client id, the client secret or the code.',
  )
  expect(await isConnected(wrong.board)).toBe(false)
})

test('a breaker that is open for another reason than a revoked connection stays open', async () => {
  const opened = await open()
  const { redis, name } = opened.board
  const policy = { failureThreshold: 1, probeMs: 60_000, maxProbeMs: 60_000 }
  await createCircuitBreaker(redis, name, policy).throttle('rd-station', { code: 'RD_QUOTA_EXCEEDED', waitMs: 60_000 })
  expect(await outcomeOf(opened, () => undefined)).toContain('is connected to RD Station')
  expect(await readOpenBreakers(redis, name)).toMatchObject([{ reason: 'throttled' }])
})

test('with other keys than the workers have the board asks nothing of RD Station and leaves the tokens as they are', async () => {
  const { board, start, get } = await open()
  const key = `{${board.name}}:ponte:rd-tokens`
  const sealed = createSecretBox(newKey()).seal('{}', key)
  await board.redis.set(key, sealed)
  const refused = await start()
  expect([refused.statusCode, textOf(refused.body)]).toEqual([
    409,
    expect.stringContaining('The stored tokens were encrypted with another PONTE_SECRET_KEY'),
  ])
  expect(await board.redis.get(key)).toBe(sealed)
  await board.redis.del(key)
  const callback = await allow(dialogOf(await start()))
  await sandbox.client.clearCalls()
  await replaceFingerprintKey(board.redis, board.name, createFingerprint(newKey()))
  const answer = await get(pathOf(callback))
  expect(textOf((await get(String(answer.headers.location))).body)).toContain('another PONTE_FINGERPRINT_KEY')
  expect((await start()).statusCode).toBe(409)
  expect(await sandbox.client.calls({ system: 'rd-station' })).toEqual([])
  expect(await isConnected(board)).toBe(false)
})

test.each([
  { what: 'the secret key', options: { secretBox: undefined }, words: 'The board was not given PONTE_SECRET_KEY' },
  {
    what: 'the credentials of RD Station',
    options: { overrides: { rdStation: { clientSecret: '${NOT_THERE}' } } },
    words: 'The board was not given the credentials of RD Station',
  },
  {
    what: 'an address of the dialog',
    options: { overrides: { rdStation: { tokenUrl: 'http://127.0.0.1:9/oauth2' } } },
    words: 'The authorization page cannot be derived',
  },
])('without $what the page says what to set, and the command that does it instead', async ({ options, words }) => {
  const { board, start, get } = await open(options)
  await revoke(board)
  const { body } = await get('/connections')
  const command = `ponte connect --tenant ${board.name}`
  expect(textOf(body)).toContain(words)
  expect(body).toContain(command)
  expect(body).not.toContain(`action="/connections/${board.name}/rd-station"`)
  const refused = await start()
  expect([refused.statusCode, refused.headers['refresh']]).toEqual([409, undefined])
  expect(refused.body).toContain(command)
})

test('a viewer sees how the connections are, and no button', async () => {
  const { board } = await open()
  await revoke(board)
  const as = { host, authorization: basicOf(viewer), 'accept-language': 'pt-BR' }
  const { body } = await board.app.inject({ url: '/connections', headers: as })
  expect(textOf(body)).toContain('RD Station desconectado: reconecte a conta')
  expect(body).not.toMatch(/<form[^>]*action="\/connections/)
  const start = await board.app.inject({ method: 'POST', url: `/connections/${board.name}/rd-station`, headers: as })
  expect(start.statusCode).toBe(403)
})
