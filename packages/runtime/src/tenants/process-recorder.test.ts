import { createFingerprint, readProcesses } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import { parseTenants } from './tenants.ts'
import { createLiveTenants } from './live-tenants.ts'
import { createProcessRecorder } from './process-recorder.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const fingerprint = createFingerprint(Buffer.alloc(32, 7))
const secret = 'a-password-of-the-canary'
const tenantsOf = (names: readonly string[], password = secret) =>
  parseTenants(
    JSON.stringify({
      tenants: Object.fromEntries(
        names.map(name => [
          name,
          {
            webhookTokens: { rdStation: `${name}-rd-webhook-token`, totvsCrm: `${name}-crm-webhook-token` },
            rdStation: { clientId: 'id', clientSecret: secret, refreshToken: 'token' },
            totvsCrm: { username: 'user', password, tenant: name },
            variables: { totvs_crm_default_user: `vendas@${name}.example` },
          },
        ]),
      ),
    }),
    {},
    'en',
    { uses: ['crmCredentials'] },
  )

test('a process records fingerprints of what it reads, no value, and none that two tenants share', async () => {
  const names = [1, 2].map(() => `t-${crypto.randomUUID()}`)
  const live = createLiveTenants(tenantsOf(names))
  const recorder = createProcessRecorder({ redis, kind: 'worker', fingerprint, tenants: live })
  onTestFinished(() => recorder.forget())
  const record = async () => {
    await recorder.record({ hash: 'of-the-file', readAt: 5 }, undefined)
    const [use] = await readProcesses(redis, names)
    return use
  }
  const use = await record()
  const [one, other] = names.map(name => use?.tenants.get(name))
  expect([...(one?.keys() ?? [])]).toEqual(['totvsCrm.username', 'totvsCrm.password'])
  expect(one?.get('totvsCrm.password')).toMatch(/^[\w-]{8}$/)
  expect(one?.get('totvsCrm.password')).not.toBe(other?.get('totvsCrm.password'))
  expect(use?.file.readAt).toBe(5)
  const all = JSON.stringify([use, ...names.map(name => [...(use?.tenants.get(name)?.values() ?? [])])])
  expect(all).not.toContain('canary')
  expect(all).not.toContain('of-the-file')

  live.replace(tenantsOf(names, 'another-password').map(tenant => ({ ...tenant, version: 'next' })))
  const next = (await record())?.tenants.get(names[0] ?? '')
  expect(next?.get('totvsCrm.username')).toBe(one?.get('totvsCrm.username'))
  expect(next?.get('totvsCrm.password')).not.toBe(one?.get('totvsCrm.password'))
})
