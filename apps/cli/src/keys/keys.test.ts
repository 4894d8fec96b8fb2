import { randomBytes } from 'node:crypto'
import { deriveFingerprintKey } from '@ponte/runtime'
import { claimFingerprintKey, createSecretBox, createTokenStore, stateKey } from '@ponte/state'
import { beforeEach, expect, test } from 'vitest'
import { useOwnRedis } from '../testing/use-cli-set-up.ts'

const own = useOwnRedis()
beforeEach(() => claimFingerprintKey(own.tenant.redis, [own.tenant], own.fingerprint))

const tokens = { accessToken: 'access', refreshToken: 'refresh', expiresAt: 1, seed: 'seed', generation: 1 }
const former = (): Buffer => Buffer.from(own.secretKey, 'base64')
const storeWith = (key: Buffer, name = own.tenant.name) =>
  createTokenStore(own.tenant.redis, name, createSecretBox(key))

test('after rotate-key the new key alone reads the tokens of every tenant, and fingerprints are found as before', async () => {
  const key = randomBytes(32)
  const secrets = { PONTE_SECRET_KEY: key.toString('base64'), PONTE_OTHER_SECRET_KEYS: own.secretKey }
  for (const name of [own.tenant.name, 'of-another-file']) await storeWith(former(), name).replace(tokens)

  // The fingerprint key would change with the key that it is derived from.
  const early = await own.tenant.run(['rotate-key'], { env: secrets })
  expect(early).toMatchObject({ code: 2, stderr: expect.stringContaining('PONTE_FINGERPRINT_KEY') })
  expect(await storeWith(key).read()).toBeUndefined()

  const shown = await own.tenant.run(['fingerprint-key'], { env: secrets })
  const line = `PONTE_FINGERPRINT_KEY=${deriveFingerprintKey(former()).toString('base64')}`
  expect(shown).toMatchObject({ code: 0, stdout: `${line}\n` })
  const env = { ...secrets, PONTE_FINGERPRINT_KEY: line.slice(line.indexOf('=') + 1) }

  expect((await own.tenant.run(['rotate-key', '--dry-run', '--json'], { env })).data()).toMatchObject({ resealed: 2 })
  expect(await storeWith(former()).read()).toEqual(tokens)
  const done = await own.tenant.run(['rotate-key', '--json'], { env })
  expect(done.code).toBe(0)
  expect(done.data()).toMatchObject({ ok: true, resealed: 2, current: 0, unreadable: [] })
  expect(done.stdout + done.stderr).not.toContain(own.secretKey)
  for (const name of [own.tenant.name, 'of-another-file']) expect(await storeWith(key, name).read()).toEqual(tokens)
  expect((await own.tenant.run(['rotate-key', '--json'], { env })).data()).toMatchObject({ resealed: 0, current: 2 })
})

test('after rotate-key the new key alone reads the session at TOTVS CRM too, which ends when it would have', async () => {
  const key = stateKey(own.tenant.name, 'crm-session', 'a-credential')
  const env = {
    PONTE_SECRET_KEY: randomBytes(32).toString('base64'),
    PONTE_OTHER_SECRET_KEYS: own.secretKey,
    PONTE_FINGERPRINT_KEY: deriveFingerprintKey(former()).toString('base64'),
  }
  await own.tenant.redis.set(key, createSecretBox(former()).seal('session-cookie', key), 'PX', 3_600_000)
  expect((await own.tenant.run(['rotate-key', '--json'], { env })).data()).toMatchObject({ resealed: 1 })
  const sealed = (await own.tenant.redis.get(key)) ?? ''
  expect(createSecretBox(Buffer.from(env.PONTE_SECRET_KEY, 'base64')).open(sealed, key)).toBe('session-cookie')
  expect(createSecretBox(former()).open(sealed, key)).toBeUndefined()
  expect(await own.tenant.redis.pttl(key)).toBeGreaterThan(3_000_000)
})

test('what no configured key opens is named, left as it is, and the exit code is not 0', async () => {
  const lost = randomBytes(32)
  await storeWith(lost).replace(tokens)
  const { code, stdout } = await own.tenant.run(['rotate-key'])
  expect(code).toBe(1)
  expect(stdout).toContain(`! {${own.tenant.name}}:ponte:rd-tokens was encrypted with a key`)
  expect(await storeWith(lost).read()).toEqual(tokens)
})

test('a lost fingerprint key is replaced only with --adopt, and not while a worker runs', async () => {
  const env = { PONTE_SECRET_KEY: randomBytes(32).toString('base64') }
  const unknown = await own.tenant.run(['fingerprint-key', '--json'], { env })
  expect(unknown.code).toBe(1)
  expect(unknown.data()).toMatchObject({ error: { code: 'FINGERPRINT_KEY_UNKNOWN' } })

  const worker = await own.tenant.startWorker('totvs-crm', async () => undefined)
  expect((await own.tenant.run(['fingerprint-key', '--adopt', '--json'], { env })).data()).toMatchObject({
    error: { code: 'WORKERS_CONNECTED' },
  })
  await worker.stop()
  await expect.poll(async () => (await own.tenant.run(['fingerprint-key', '--adopt'], { env })).code).toBe(0)
  expect((await own.tenant.run(['fingerprint-key'], { env })).code).toBe(0)
  expect((await own.tenant.run(['fingerprint-key'])).code).toBe(1)
})
