import os from 'node:os'
import path from 'node:path'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { ConfigurationError, readEnvironment, shardOf, workerSettings } from '@ponte/runtime'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { readAlertSettings, readConfig, summaryProblems } from './config.ts'
import { testTenant } from './testing/test-tenant.ts'

async function settings(more: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-config-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'ponte.config.yaml')
  const tenant = (name: string) => ({
    webhookTokens: { rdStation: `${name}-rd-webhook-token`, totvsCrm: `${name}-crm-webhook-token` },
    rdStation: { clientId: 'id', clientSecret: `\${SECRET_${name.toUpperCase()}}`, refreshToken: 'token' },
    totvsCrm: { username: 'user', password: 'word', tenant: name },
    variables: { totvs_crm_default_user: `vendas@${name}.example` },
  })
  const tenants = Object.fromEntries(['acme', 'globex', 'initech'].map(name => [name, tenant(name)]))
  await writeFile(file, JSON.stringify({ tenants }))
  const secretKey = Buffer.alloc(32).toString('base64')
  return { REDIS_URL: 'redis://127.0.0.1:1', PONTE_CONFIG: file, PONTE_SECRET_KEY: secretKey, ...more }
}
const secrets = { SECRET_ACME: 's', SECRET_GLOBEX: 's', SECRET_INITECH: 's' }
async function servedBy(env: Readonly<Record<string, string>>) {
  const { tenants, isServed } = await readConfig(await settings(env))
  return tenants.filter(isServed).map(({ name }) => name)
}

test('a worker serves the tenants of its shard, and all where it has none; it needs the secrets of those alone', async () => {
  expect(await servedBy(secrets)).toEqual(['acme', 'globex', 'initech'])
  expect(await servedBy({ WORKER_SHARD: 'globex', SECRET_GLOBEX: 's' })).toEqual(['globex'])
  const first = ['acme', 'globex', 'initech'].filter(name => shardOf(name, 2) === 1)
  expect(await servedBy({ ...secrets, WORKER_SHARD: '1/2' })).toEqual(first)
})

test('a shard without tenants is possible: the next one that is added may belong to it', async () => {
  expect(await servedBy({ ...secrets, WORKER_SHARD: '1/8' })).toEqual([])
})

test('a worker refuses a changed file in which it would serve none of the tenants that it names', async () => {
  const env = await settings({ ...secrets, WORKER_SHARD: 'globex' })
  const { readTenantsAgain } = await readConfig(env)
  const { tenants } = z
    .object({ tenants: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(await readFile(env.PONTE_CONFIG, 'utf8')))
  const { globex: _gone, ...others } = tenants
  await writeFile(env.PONTE_CONFIG, JSON.stringify({ tenants: others }))
  await expect(readTenantsAgain()).rejects.toThrow('WORKER_SHARD: the tenants file has none of these tenants: globex')
})

test.each([
  { shard: '9/8', problem: 'WORKER_SHARD: must be a shard such as 2/8 (the second of eight), or names of tenants' },
  { shard: 'acmee', problem: 'WORKER_SHARD: the tenants file has none of these tenants: acmee' },
])('WORKER_SHARD=$shard keeps the worker from starting and says why', async ({ shard, problem }) => {
  await expect(readConfig(await settings({ ...secrets, WORKER_SHARD: shard }))).rejects.toThrow(problem)
})

const required = {
  REDIS_URL: 'redis://127.0.0.1:1',
  PONTE_CONFIG: 'ponte.config.yaml',
  PONTE_SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
}
const readFrom = (env: Record<string, string>) =>
  readAlertSettings(readEnvironment(workerSettings, { ...required, ...env }))

test('without settings nothing is sent, and the limits are those of the documents', () => {
  expect(readFrom({ ALERT_SMTP_URL: '' })).toEqual({
    webhookUrl: undefined,
    command: 'ponte',
    mail: undefined,
    boardUrl: undefined,
    breakerMs: 900_000,
    failures: 10,
    windowMs: 3_600_000,
    checkMs: 30_000,
  })
})

test('alerts by e-mail need a server, a sender and receivers: what is missing is named', () => {
  expect(() => readFrom({ ALERT_SMTP_URL: 'smtp://mail.example' })).toThrow(/ALERT_EMAIL_TO: [^]*ALERT_EMAIL_FROM: /)
  expect(() => readFrom({ ALERT_EMAIL_TO: 'a@x.example' })).toThrow(/ALERT_SMTP_URL: /)
})

test.each([
  { ALERT_SMTP_URL: 'http://secret-user:secret-pass@mail.example' },
  { ALERT_WEBHOOK_URL: 'ftp://secret-hook.example' },
  { ALERT_EMAIL_TO: 'a@x.example, secret-nobody' },
  { ALERT_BREAKER_MINUTES: '-1' },
])('%j stops the process and is named without its value', env => {
  const [name = ''] = Object.keys(env)
  const read = () => readFrom(env)
  expect(read).toThrow(ConfigurationError)
  expect(read).toThrow(name)
  expect(read).not.toThrow(/secret/)
})

const mail = { smtpUrl: 'smtp://127.0.0.1', to: ['ti@empresa.example'], from: 'ponte@empresa.example' }

test('a summary by e-mail without a mail server, or to an address that is none, keeps the worker from starting', () => {
  const tenant = testTenant({ weeklySummary: { emails: ['chefe@empresa.example'], webhookUrl: 'very-secret-hook' } })
  const problems = summaryProblems([tenant], { mail: undefined })
  expect(problems).toEqual([
    `tenants.${tenant.name}.weeklySummary.emails: needs a mail server; set ALERT_SMTP_URL, ALERT_EMAIL_FROM and ALERT_EMAIL_TO`,
    `tenants.${tenant.name}.weeklySummary.webhookUrl: must be an http(s) address`,
  ])
  expect(problems.join()).not.toMatch(/chefe|very-secret/)
})

test('without a summary nothing is needed for one', () => {
  expect(summaryProblems([testTenant()], { mail: undefined })).toEqual([])
  const tenant = testTenant({
    weeklySummary: { emails: ['chefe@empresa.example'], webhookUrl: 'https://chat.example' },
  })
  expect(summaryProblems([tenant], { mail })).toEqual([])
})
