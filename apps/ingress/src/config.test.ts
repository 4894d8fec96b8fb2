import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from './config.ts'

test('the ingress starts without the credentials of either system, which only workers use', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-config-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const acme = {
    webhookTokens: { rdStation: '${RD_TOKEN}', totvsCrm: '${CRM_TOKEN}' },
    rdStation: { clientId: '${RD_ID}', clientSecret: '${RD_SECRET}', refreshToken: '${RD_REFRESH}' },
    totvsCrm: { username: '${CRM_USER}', password: '${CRM_PASSWORD}', tenant: 'demo' },
    variables: { totvs_crm_default_user: 'vendas@demo.example' },
  }
  const file = path.join(folder, 'ponte.config.json')
  await writeFile(file, JSON.stringify({ tenants: { acme } }))
  const env = {
    REDIS_URL: 'redis://127.0.0.1:6379',
    PONTE_CONFIG: file,
    PONTE_FINGERPRINT_KEY: Buffer.alloc(32, 1).toString('base64'),
  }
  const tokens = { RD_TOKEN: 'rd-webhook-token-3f1c', CRM_TOKEN: 'crm-webhook-token-77ab' }
  expect((await readConfig({ ...env, ...tokens })).tenants.map(({ name }) => name)).toEqual(['acme'])
  await expect(readConfig(env)).rejects.toThrow('RD_TOKEN')
})
