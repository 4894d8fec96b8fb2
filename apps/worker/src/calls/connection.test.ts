import { createLogger, openQueues, type Tenant } from '@ponte/runtime'
import { createFingerprint, createSecretBox } from '@ponte/state'
import { expect, test } from 'vitest'
import { openConnection } from './connection.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { openTestRedis } from '../testing/test-context.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const redis = openTestRedis()

const tenant = testTenant()
const queues = openQueues([tenant], redis, log).of(tenant.name)

function openWith({
  secretKey = 1,
  fingerprintKey = 2,
  of = tenant,
}: {
  secretKey?: number
  fingerprintKey?: number
  of?: Tenant
}) {
  const box = createSecretBox(Buffer.alloc(32, secretKey))
  const fingerprint = createFingerprint(Buffer.alloc(32, fingerprintKey))
  const onUnreadableTokens = () => undefined
  return openConnection({ tenant: of, queues, redis, box, fingerprint, onUnreadableTokens })
}
const credentialsWith = (options: Parameters<typeof openWith>[0]) => openWith(options).credentials

test('a new secret key does not make a new credential: a refused one stays refused', () => {
  expect(credentialsWith({ secretKey: 9 })).toEqual(credentialsWith({}))
})

test('a password that differs only in case is another credential, and its fingerprint does not reveal it', () => {
  const { settings } = tenant
  const password = settings.totvsCrm.password.toUpperCase()
  const of = { ...tenant, settings: { ...settings, totvsCrm: { ...settings.totvsCrm, password } } }
  expect(credentialsWith({ of })['totvs-crm']).not.toBe(credentialsWith({})['totvs-crm'])
  expect(credentialsWith({ of })['rd-station']).toBe(credentialsWith({})['rd-station'])
  for (const print of Object.values(credentialsWith({}))) expect(print).toMatch(/^[\w-]{20}$/)
  expect(credentialsWith({ fingerprintKey: 3 })).not.toEqual(credentialsWith({}))
})

test('a worker that still has the tenants file from before a switch does not bring the tenant back into the shadow', async () => {
  const inMode = (mode: 'live' | 'shadow') =>
    openWith({ of: { ...tenant, settings: { ...tenant.settings, mode } } }).health.declareMode()
  await inMode('shadow')
  await inMode('live')
  expect(await inMode('shadow')).toMatchObject({ mode: 'live' })
})
