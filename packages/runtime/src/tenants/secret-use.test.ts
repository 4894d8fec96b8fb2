import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { isRecord } from '@ponte/contracts'
import { expect, onTestFinished, test } from 'vitest'
import { parseDocument } from 'yaml'
import { ConfigurationError } from '../settings/configuration-error.ts'
import { deriveFingerprintKey } from '../settings/fields.ts'
import { cliSettings } from '../settings/process-settings.ts'
import { redisAt } from '../settings/redis-target.ts'
import { readEnvironment } from '../settings/read-environment.ts'
import { problemsOf } from '../testing/problems-of.ts'
import { parseTenants } from './tenants.ts'

const guarded = `
tenants:
  acme:
    webhookTokens: { rdStation: "\${RD_TOKEN}", totvsCrm: ["\${CRM_TOKEN}", "\${OLD_TOKEN}"] }
    rdStation: { clientId: "\${ID}", clientSecret: "\${SECRET}", refreshToken: "written-down" }
    totvsCrm: { username: "\${USER}", password: "\${PASSWORD}", tenant: acme }
    variables: { totvs_crm_default_user: vendas@acme.example }
`
const webhookEnv = { RD_TOKEN: 'r'.repeat(32), CRM_TOKEN: 'c'.repeat(32), OLD_TOKEN: 'o'.repeat(32) }

test('a process reads only the secrets that it uses, and using another one throws', () => {
  const [ingress] = parseTenants(guarded, webhookEnv, 'en', { uses: ['webhookTokens'] })
  expect(ingress?.settings.webhookTokens.totvsCrm).toEqual(['c'.repeat(32), 'o'.repeat(32)])
  expect(() => ingress?.settings.totvsCrm.password).toThrow('this process does not read totvsCrm.password')
  // Also a secret that the file holds literally.
  expect(() => ingress?.settings.rdStation.refreshToken).toThrow('rdStation.refreshToken')
  expect(JSON.stringify(ingress)).not.toMatch(/written-down|password|clientSecret/)

  const [board] = parseTenants(guarded, {}, 'en', { uses: [] })
  expect(board?.settings.totvsCrm.tenant).toBe('acme')
  expect(() => board?.settings.webhookTokens.rdStation).toThrow('webhookTokens.rdStation')

  const credentials = { ID: 'id', SECRET: 'secret', USER: 'user', PASSWORD: 'word' }
  const [worker] = parseTenants(guarded, credentials, 'en', { uses: ['rdCredentials', 'crmCredentials'] })
  expect(worker?.settings.totvsCrm.password).toBe('word')
  const [connecting] = parseTenants(guarded, { ID: 'id', SECRET: 'secret' }, 'en', { uses: ['rdCredentials'] })
  expect(connecting?.settings.rdStation.clientSecret).toBe('secret')
  expect(() => connecting?.settings.totvsCrm.username).toThrow('totvsCrm.username')
  expect(problemsOf(() => parseTenants(guarded, credentials, 'en', { uses: ['webhookTokens'] }))).toEqual([
    'tenants.acme.webhookTokens.rdStation: the variable RD_TOKEN is not set',
    'tenants.acme.webhookTokens.totvsCrm.0: the variable CRM_TOKEN is not set',
    'tenants.acme.webhookTokens.totvsCrm.1: the variable OLD_TOKEN is not set',
  ])
})

test('a tenant knows by which name the file refers to each webhook token, also in a process that does not read it', () => {
  const [tenant] = parseTenants(guarded, {}, 'en', { uses: [] })
  expect(tenant?.tokenNames).toEqual({ rdStation: 'RD_TOKEN', totvsCrm: 'CRM_TOKEN' })
  const literal = `"${'l'.repeat(32)}"`
  const file = guarded.replace('"${RD_TOKEN}"', '"${file:/run/secrets/rd}"').replace('"${CRM_TOKEN}"', literal)
  const [other] = parseTenants(file, {}, 'en', { uses: [] })
  expect(other?.tokenNames).toEqual({ rdStation: '/run/secrets/rd', totvsCrm: undefined })
})

test('a process may start without a secret that it would use; it knows of each tenant which it lacks', () => {
  const use = { uses: ['crmCredentials'], optional: ['crmCredentials'] } as const
  const [without] = parseTenants(guarded, { USER: 'user' }, 'en', use)
  expect(without?.lacks).toEqual(['crmCredentials'])
  expect(() => without?.settings.totvsCrm.username).toThrow('this process does not read totvsCrm.username')
  const [given] = parseTenants(guarded, { USER: 'user', PASSWORD: 'word' }, 'en', use)
  expect(given?.settings.totvsCrm.password).toBe('word')
  expect(given).not.toHaveProperty('lacks')
})

test('a secret may be the content of a file, in the tenants file and in the environment; no error shows it', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-secret-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'password')
  await writeFile(file, 'from-a-file\n')
  const yaml = guarded.replace('${PASSWORD}', `\${file:${file}}`)
  const env = { ...webhookEnv, ID: 'id', SECRET: `\${file:${file}}`, USER: 'user' }
  const [acme] = parseTenants(yaml, env)
  expect(acme?.settings.totvsCrm.password).toBe('from-a-file')
  expect(acme?.settings.rdStation.clientSecret).toBe('from-a-file')

  const keyFile = path.join(folder, 'key')
  await writeFile(keyFile, `${'0f'.repeat(32)}\r\n`)
  const keys = { PONTE_SECRET_KEY: `\${file:${keyFile}}` }
  expect(readEnvironment(cliSettings.pick({ PONTE_SECRET_KEY: true }), keys).PONTE_SECRET_KEY).toEqual(
    Buffer.alloc(32, 15),
  )
  expect(readEnvironment(cliSettings.pick({ PONTE_FINGERPRINT_KEY: true }), keys).PONTE_FINGERPRINT_KEY).toEqual(
    deriveFingerprintKey(Buffer.alloc(32, 15)),
  )
  // The file of a secret that only another process uses may be absent.
  const other = { REDIS_URL: 'redis://127.0.0.1', PONTE_SECRET_KEY: '${file:/nowhere}' }
  expect(readEnvironment(cliSettings.pick({ REDIS: true }), other)).toEqual({ REDIS: redisAt('redis://127.0.0.1') })

  await writeFile(path.join(folder, 'empty'), '\n')
  await writeFile(path.join(folder, 'long'), 'x'.repeat(65 * 1024))
  for (const name of ['missing', 'empty', 'long', '.']) {
    const there = path.join(folder, name)
    const broken = guarded.replace('${PASSWORD}', `\${file:${there}}`)
    expect(problemsOf(() => parseTenants(broken, env, 'pt-BR'))).toEqual([
      `tenants.acme.totvsCrm.password: o arquivo ${there} não existe, está vazio, é longo demais ou não pode ser lido`,
    ])
    expect(
      problemsOf(() =>
        readEnvironment(cliSettings.pick({ PONTE_SECRET_KEY: true }), { PONTE_SECRET_KEY: `\${file:${there}}` }),
      ),
    ).toEqual([`PONTE_SECRET_KEY: the file ${there} is missing, empty, too long or cannot be read`])
  }
  const wrong = problemsOf(() =>
    readEnvironment(cliSettings.pick({ PONTE_SECRET_KEY: true }), { PONTE_SECRET_KEY: `\${file:${file}}` }),
  )
  expect(wrong).toEqual(['PONTE_SECRET_KEY: must be 32 bytes, as base64 or 64 hex digits'])
})

/** Every text of a tenants file, with its path. */
const textsIn = (value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] => {
  if (typeof value === 'string') return [path]
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => textsIn(item, [...path, index]))
  return isRecord(value) ? Object.entries(value).flatMap(([name, item]) => textsIn(item, [...path, name])) : []
}

const everySection = `${guarded}
    weeklySummary: { emails: [ana@acme.example], webhookUrl: "https://chat.example" }
    marksSince: 2026-11-01T00:00:00-03:00
    leadFields: { mobilePhone: [Zap] }
    fields: [{ name: a, from: cf_a, to: lead.customFields.a, as: { map: { x: y } } }]
    filters: { skip: [{ name: b, when: { tag: x } }] }
    routes: [{ name: c, when: { field: { cf_a: x } }, then: { stage: Contato, owner: ana@acme.example } }]
`

test('a reference is read at the places of secrets alone, and anywhere else refused with its place', () => {
  const values = { ...webhookEnv, ID: 'id', SECRET: 'secret', USER: 'user', PASSWORD: 'word' }
  const [acme] = parseTenants(everySection, values)
  const whole = parseDocument(JSON.stringify({ tenants: { acme: acme?.settings } }))
  const all = textsIn(whole.toJS())
  expect(all.length).toBeGreaterThan(60)
  const secrets = all.filter(place => {
    const planted = whole.clone()
    planted.setIn(place, '${NOVA_PASSWORD} planted')
    const env = { NOVA_PASSWORD: 'canary canary canary' }
    const problems = problemsOf(() => {
      parseTenants(planted.toString(), env)
      throw new ConfigurationError([])
    })
    const where = place.join('.')
    if (problems.length > 0)
      expect(problems).toContainEqual(expect.stringContaining(`${where}: holds \${…}, which is read only where`))
    expect(problems.join()).not.toContain('canary')
    return problems.length === 0
  })
  expect(secrets.map(place => place.slice(2).join('.'))).toEqual([
    'webhookTokens.rdStation.0',
    'webhookTokens.totvsCrm.0',
    'webhookTokens.totvsCrm.1',
    'rdStation.clientId',
    'rdStation.clientSecret',
    'rdStation.refreshToken',
    'totvsCrm.username',
    'totvsCrm.password',
    'weeklySummary.webhookUrl',
  ])
})

test('a worker of one shard starts without the secrets of the others', () => {
  const two = guarded + guarded.replace('tenants:\n', '').replace('acme:', 'other:').replaceAll(/\$\{/g, '${OTHER_')
  const credentials = { ID: 'id', SECRET: 'secret', USER: 'user', PASSWORD: 'word' }
  const uses = ['rdCredentials', 'crmCredentials'] as const
  const [acme, other] = parseTenants(two, credentials, 'en', { uses, shard: { names: ['acme'] } })
  expect(acme?.settings.totvsCrm.password).toBe('word')
  expect(() => other?.settings.totvsCrm.password).toThrow('this process does not read totvsCrm.password')
  expect(problemsOf(() => parseTenants(two, credentials, 'en', { uses }))).toHaveLength(4)
})
