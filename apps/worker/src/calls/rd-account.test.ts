import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallGuard } from '@ponte/clients'
import type { Tenant } from '@ponte/runtime'
import { createSecretBox, createTokenStore, stateKey, tokenSeed, type TokenStore } from '@ponte/state'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRdAccount } from './rd-account.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { openTestRedis } from '../testing/test-context.ts'

const redis = openTestRedis()

/** RD Station, whose refresh tokens roll: each is good for one renewal. */
let rd: Awaited<ReturnType<typeof startRollingRd>>
beforeEach(async () => {
  rd = await startRollingRd()
})
afterEach(() => rd.stop())

async function startRollingRd() {
  const good = new Set<string>()
  let renewals = 0
  let onRenewal = async (): Promise<void> => {}
  const server = createServer((request, response) => void answer(request, response))
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const given = /"refresh_token":"([^"]+)"/.exec(text)?.[1] ?? ''
    response.setHeader('content-type', 'application/json')
    if (!good.delete(given)) {
      response.statusCode = 401
      response.end(JSON.stringify({ errors: { error_type: 'INVALID_REFRESH_TOKEN' } }))
      return
    }
    renewals += 1
    const next = `${given.split('.')[0]}.${renewals}`
    good.add(next)
    await onRenewal()
    response.end(JSON.stringify({ access_token: `access-${next}`, refresh_token: next, expires_in: 86_400 }))
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    tokenUrl: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/auth/token`,
    connect: (token: string) => good.add(token),
    renewals: () => renewals,
    onRenewal(work: () => Promise<void>) {
      onRenewal = work
    },
    stop: () => new Promise(resolve => server.close(resolve)),
  }
}

const quiet: CallGuard = { before: () => Promise.resolve(), after: () => Promise.resolve() }

const tenantWith = (refreshToken: string, name?: string): Tenant => {
  const tenant = testTenant({
    rdStation: { clientId: 'id', clientSecret: 'secret', refreshToken, tokenUrl: rd.tokenUrl },
  })
  return name === undefined ? tenant : { ...tenant, name }
}

/** A worker with this refresh token in its tenants file, which it read this long ago. */
function openWorker(
  refreshToken: string,
  { ageMs = 0, keepMs = 0, ...given }: { ageMs?: number; keepMs?: number; name?: string; store?: TokenStore } = {},
) {
  const tenant = tenantWith(refreshToken, given.name)
  const store = given.store ?? createTokenStore(redis, tenant.name, box)
  const account = createRdAccount({ redis, tenant, store, ageMs: () => ageMs, keepMs })
  return { name: tenant.name, store, account, tokens: account.tokens(quiet) }
}
const box = createSecretBox(randomBytes(32))

test('in a rolling restart with a changed refresh token the newer connection stays, whatever the older worker does', async () => {
  rd.connect('old')
  rd.connect('new')
  const older = openWorker('old', { ageMs: 60_000 })
  const newer = openWorker('new', { name: older.name })
  expect((await older.tokens.current()).value).toBe('access-old.1')
  expect((await newer.tokens.current()).value).toBe('access-new.2')
  // The older worker goes on as well, with the account that was connected later.
  expect((await older.tokens.current()).value).toBe('access-new.2')
  expect((await older.tokens.renew('access-new.2')).value).toBe('access-new.3')
  expect((await newer.tokens.current()).value).toBe('access-new.3')
  expect(await newer.store.read()).toMatchObject({ refreshToken: 'new.3', seed: tokenSeed('new') })
})

test('the newer file wins also when the older worker had asked for no token before', async () => {
  rd.connect('old')
  rd.connect('new')
  const older = openWorker('old', { ageMs: 60_000 })
  const newer = openWorker('new', { name: older.name })
  await newer.tokens.current()
  expect((await older.tokens.current()).value).toBe('access-new.1')
  expect(rd.renewals()).toBe(1)
})

test('a worker with the older file that is started again does not become the newer one', async () => {
  rd.connect('old')
  rd.connect('new')
  const older = openWorker('old', { ageMs: 60_000 })
  await older.tokens.current()
  const newer = openWorker('new', { name: older.name, ageMs: 30_000 })
  await newer.tokens.current()
  const again = openWorker('old', { name: older.name, ageMs: 0 })
  expect((await again.tokens.current()).value).toBe('access-new.2')
})

test('a renewal of the older connection that comes back late does not overwrite the newer one', async () => {
  rd.connect('old')
  rd.connect('new')
  const older = openWorker('old', { ageMs: 60_000 })
  const newer = openWorker('new', { name: older.name })
  rd.onRenewal(async () => {
    rd.onRenewal(async () => {})
    // The older worker is paused meanwhile, and its lock ends.
    await redis.del(stateKey(older.name, 'lock', 'rd-tokens'))
    await newer.tokens.current()
  })
  await older.tokens.current()
  expect(await newer.store.read()).toMatchObject({ seed: tokenSeed('new') })
  expect((await older.tokens.current()).value).toMatch(/^access-new/)
})

test('an account that was connected by hand wins over the file that was there before, and not over a later file', async () => {
  for (const token of ['file', 'by-hand', 'later']) rd.connect(token)
  const worker = openWorker('file', { ageMs: 60_000 })
  await worker.tokens.current()
  const generation = await worker.store.nextGeneration()
  const tokens = { accessToken: 'access-by-hand', refreshToken: 'by-hand', expiresAt: Date.now() + 60_000 }
  await worker.store.replace({ ...tokens, seed: tokenSeed('file'), generation })
  expect((await openWorker('file', { name: worker.name }).tokens.current()).value).toBe('access-by-hand')
  await expect.poll(async () => (await worker.store.nextGeneration()) > generation + 1).toBe(true)
  expect((await openWorker('later', { name: worker.name }).tokens.current()).value).toMatch(/^access-later/)
})

test('members that a newer version stored with the tokens survive a renewal', async () => {
  rd.connect('file')
  const worker = openWorker('file')
  await worker.tokens.current()
  const stored = await worker.store.read()
  if (stored === undefined) throw new Error('nothing is stored')
  await worker.store.replace({ ...stored, ...{ account: 'a member of tomorrow' } })
  await worker.tokens.renew(stored.accessToken)
  expect(await worker.store.read()).toMatchObject({ refreshToken: 'file.2', account: 'a member of tomorrow' })
})

test('a renewal in progress ends although its job has to stop, and the new tokens are stored', async () => {
  rd.connect('file')
  const worker = openWorker('file')
  const stop = new AbortController()
  rd.onRenewal(async () => stop.abort())
  expect((await worker.account.tokens({ ...quiet, signal: stop.signal }).current()).value).toBe('access-file.1')
  expect(await worker.store.read()).toMatchObject({ refreshToken: 'file.1' })
})

test('a worker that has to stop starts no renewal, and waits until the one in progress is stored', async () => {
  rd.connect('file')
  const tenant = tenantWith('file')
  const real = createTokenStore(redis, tenant.name, box)
  let isAway = true
  let refusals = 0
  const store: TokenStore = {
    ...real,
    replace: async (...args) => {
      if (!isAway) return await real.replace(...args)
      refusals += 1
      throw new Error('Connection is closed.')
    },
  }
  const worker = openWorker('file', { name: tenant.name, store })
  await expect(worker.tokens.current()).rejects.toThrow('Connection is closed.')
  worker.account.stop()
  await expect(worker.tokens.current()).rejects.toMatchObject({ name: 'JobDelayed' })
  expect(rd.renewals()).toBe(1)

  let areStored = false
  const stored = (async () => {
    await worker.account.allStored()
    areStored = true
  })()
  await expect.poll(() => refusals).toBeGreaterThan(2)
  await sleep(0)
  expect(areStored).toBe(false)
  isAway = false
  await stored
  expect(await real.read()).toMatchObject({ refreshToken: 'file.1' })
})

test('a token is read from Redis once in a while, not for each call, and an account that is connected again is found', async () => {
  rd.connect('file')
  const tenant = tenantWith('file')
  const real = createTokenStore(redis, tenant.name, box)
  let reads = 0
  const store: TokenStore = {
    ...real,
    async read() {
      reads += 1
      return await real.read()
    },
  }
  const worker = openWorker('file', { name: tenant.name, store, keepMs: 200 })
  const { value } = await worker.tokens.current()
  await worker.tokens.current()
  reads = 0
  await Promise.all(Array.from({ length: 20 }, () => worker.tokens.current()))
  expect(reads).toBeLessThanOrEqual(1)

  const generation = await real.nextGeneration()
  const connected = { accessToken: 'access-connected', refreshToken: 'connected', expiresAt: Date.now() + 60_000 }
  await real.replace({ ...connected, seed: tokenSeed('other'), generation })
  await expect.poll(async () => (await worker.tokens.current()).value).not.toBe(value)
  expect((await worker.tokens.current()).value).toBe('access-connected')
})

test('jobs of one process whose token is refused at the same moment renew it once, and use the new one from then on', async () => {
  rd.connect('file')
  const worker = openWorker('file', { keepMs: 60_000 })
  const { value } = await worker.tokens.current()
  const renewed = await Promise.all(Array.from({ length: 8 }, () => worker.tokens.renew(value)))
  expect(new Set(renewed.map(each => each.value))).toEqual(new Set(['access-file.2']))
  expect((await worker.tokens.current()).value).toBe('access-file.2')
  expect(rd.renewals()).toBe(2)

  await worker.tokens.renew('access-file.2')
  expect((await worker.tokens.current()).value).toBe('access-file.3')
})
