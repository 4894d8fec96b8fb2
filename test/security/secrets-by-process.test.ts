import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type AppName, freePort, sandboxTenant, startProcess } from '@ponte/testbed'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { firstOf } from '../support/long-run.ts'

const tenant = `t-${randomBytes(4).toString('hex')}`
const newSecret = (): string => randomBytes(32).toString('base64')
const rdToken = randomBytes(24).toString('base64url')
const keys = { PONTE_FINGERPRINT_KEY: newSecret() }
const webhookTokens = { CRM_TOKEN: randomBytes(24).toString('base64url') }

let folder: string
let config: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-secrets-'))
  config = await writeConfig('config', '/nowhere/crm-password')
})
afterAll(() => rm(folder, { recursive: true }))

/** A tenants file whose password of TOTVS CRM is a file that this machine has. */
async function configWith(password: string): Promise<string> {
  const file = path.join(folder, 'crm-password')
  await writeFile(file, password)
  return await writeConfig('with-password', file)
}

/** No secret stands in the file: each is a variable, or a file that this machine has. */
async function writeConfig(name: string, passwordFile: string): Promise<string> {
  const tokenFile = path.join(folder, 'rd-token')
  await writeFile(tokenFile, `${rdToken}\n`)
  const tokens = { rdStation: `\${file:${tokenFile}}`, totvsCrm: '${CRM_TOKEN}' }
  const rdStation = { clientId: '${RD_ID}', clientSecret: '${RD_SECRET}', refreshToken: '${RD_REFRESH}' }
  const totvsCrm = { username: '${CRM_USER}', password: `\${file:${passwordFile}}` }
  const source = sandboxTenant('http://127.0.0.1:9', tokens, { rdStation, totvsCrm })
  // Not as other tests do: those look for what stands in the file in all that the processes write, and here that is names only.
  const file = path.join(folder, `${name}.yaml`)
  await writeFile(file, JSON.stringify({ tenants: { [tenant]: source } }))
  return file
}

async function start(app: AppName, own: Record<string, string>) {
  const [port, opsPort] = [await freePort(), await freePort()]
  const ports = { OPS_PORT: String(opsPort), INGRESS_PORT: String(port), BOARD_PORT: String(port) }
  const env = { REDIS_URL: inject('redisUrl'), PONTE_CONFIG: config, ...ports, ...own }
  // The ingress listens at its own port a moment later than at the other one.
  const ready = `http://127.0.0.1:${app === 'ingress' ? port : opsPort}/readyz`
  const running = await startProcess(app, { env, ready })
  return { ...running, url: `http://127.0.0.1:${port}` }
}

test('the ingress takes deliveries with the webhook tokens and the fingerprint key alone', async () => {
  const ingress = await start('ingress', { ...keys, ...webhookTokens })
  const deliver = (token: string) =>
    fetch(`${ingress.url}/webhooks/${tenant}/rd-station`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ leads: [{ id: '1', email: 'ana@cliente.example' }] }),
    })
  expect((await deliver(rdToken)).status).toBe(202)
  expect((await deliver(webhookTokens.CRM_TOKEN)).status).toBe(401)
  expect(await ingress.stop()).toEqual({ code: 0, signal: null })
})

test.each(
  firstOf(2, [
    { what: 'the credentials of TOTVS CRM alone, which it reads for previews', reads: ['crm'] },
    { what: 'those of RD Station and the secret key, with which it connects accounts', reads: ['rd', 'key'] },
    { what: 'the secret key alone', reads: ['key'] },
    { what: 'none of them', reads: [] },
  ]),
)('the board starts with $what, and connects an account only with all that this takes', async ({ reads }) => {
  const password = newSecret()
  const given = {
    ...(reads.includes('crm') && { PONTE_CONFIG: await configWith(newSecret()), CRM_USER: 'user' }),
    ...(reads.includes('rd') && { RD_ID: 'the-id', RD_SECRET: newSecret(), RD_REFRESH: newSecret() }),
    ...(reads.includes('key') && { PONTE_SECRET_KEY: newSecret() }),
  }
  const board = await start('board', { ...keys, BOARD_USER: 'operator', BOARD_PASSWORD: password, ...given })
  const authorization = `Basic ${Buffer.from(`operator:${password}`).toString('base64')}`
  const onward = await fetch(`${board.url}/connections/${tenant}/rd-station`, {
    method: 'POST',
    headers: { authorization },
  })
  const mayConnect = reads.includes('rd') && reads.includes('key')
  expect([onward.status, onward.headers.get('refresh')?.includes('client_id=the-id') === true]).toEqual(
    mayConnect ? [200, true] : [409, false],
  )
  expect(await board.stop()).toEqual({ code: 0, signal: null })
})

test('a worker does not start without the credentials, and names each that is missing', async () => {
  const own = { ...keys, ...webhookTokens, PONTE_SECRET_KEY: newSecret(), RD_ID: 'id', RD_SECRET: 'secret' }
  const outcome = await start('worker', own).then(
    () => 'it started',
    (error: unknown) => String(error),
  )
  expect(outcome).toContain('ended with code 1')
  expect(outcome).toContain(`tenants.${tenant}.rdStation.refreshToken: the variable RD_REFRESH is not set`)
  expect(outcome).toContain(`tenants.${tenant}.totvsCrm.username: the variable CRM_USER is not set`)
  expect(outcome).toContain(`tenants.${tenant}.totvsCrm.password: the file /nowhere/crm-password`)
})
