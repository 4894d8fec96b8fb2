import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import { sandboxTenant, writeTenantsFile } from '@ponte/testbed'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, startCompany } from './support/company.ts'
import { openTestRedis, readRedis } from './support/redis-contents.ts'

let company: Company
let folder: string
let env: Record<string, string>

beforeAll(async () => {
  const secretKey = randomBytes(32).toString('base64')
  company = await startCompany({
    tenant: { statusRd: { rounds: 1, pauseSeconds: 0.5 } },
    env: { PONTE_SECRET_KEY: secretKey },
  })
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-cli-'))
  env = await environment({ secretKey })
})
afterAll(async () => {
  await company.stop()
  await rm(folder, { recursive: true })
})

/** What an operator's shell has: the tenants file of the running company, and its key. */
async function environment({ secretKey }: { secretKey: string }): Promise<Record<string, string>> {
  const { name, tokens } = company.ponte.tenant
  const file = await writeTenantsFile(folder, { [name]: sandboxTenant(company.sandbox.baseUrl, tokens) })
  return { PONTE_CONFIG: file, PONTE_SECRET_KEY: secretKey, REDIS_URL: inject('redisUrl') }
}

/** `npm run ponte -- …` without npm's own words: in a process, through the door that installs and chooses the Node.js. */
async function ponte(argv: readonly string[], more: Record<string, string> = {}) {
  const root = path.dirname(import.meta.dirname)
  const child = spawn(process.execPath, [path.join(root, 'scripts', 'run.mjs'), 'ponte', ...argv], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  return { code, stdout, stderr }
}

test('doctor finds nothing wrong with a company that works, its ingress included', async () => {
  const { code, stdout, stderr } = await ponte(['doctor', '--json', '--url', company.ponte.ingressUrl])
  const { ok, findings } = JSON.parse(stdout)
  expect(findings.filter(({ status }: { status: string }) => status === 'problem')).toEqual([])
  expect({ ok, code }).toEqual({ ok: true, code: 0 })
  expect(stderr).toContain('checking')
})

test('what went wrong with an account is found, mended in one command, and goes on without a restart', async () => {
  const { contact, opportunity } = await company.bring({ email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.rd.revokeTokens()
  await company.crm.win(opportunity.id, 500)
  await expect
    .poll(async () => JSON.parse((await ponte(['doctor', '--json'])).stdout).findings, patience)
    .toContainEqual(expect.objectContaining({ check: 'rd-token', problem: 'RD_TOKEN_REVOKED' }))
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])

  await company.rd.change({ refreshToken: 'connected-anew' })
  expect((await ponte(['connect', '--refresh-token', 'connected-anew'])).code).toBe(0)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
})

test('failures are seen by their cause, retried by it once it is mended, and gone', async () => {
  const id = crypto.randomUUID()
  await company.announce('created', id)
  await expect
    .poll(async () => JSON.parse((await ponte(['failures', '--json'])).stdout).failures, patience)
    .toMatchObject([{ code: 'CRM_OPPORTUNITY_NOT_FOUND', queue: 'rd-station', count: 1 }])
  const portuguese = await ponte(['failures'], { LANG: 'pt_BR.UTF-8' })
  expect(portuguese.stdout).toContain('A oportunidade não existe no TOTVS CRM.')
  expect(portuguese.code).toBe(1)

  const lead = await company.crm.addLead({ name: 'Cliente' })
  await company.crm.addOpportunity({ id, leadId: lead.id })
  expect((await ponte(['retry', 'CRM_OPPORTUNITY_NOT_FOUND'])).code).toBe(0)
  await expect.poll(async () => (await ponte(['failures'])).code, patience).toBe(0)
})

test('an example that is sent arrives, and a person who is erased leaves nothing in Redis', async () => {
  const sent = await ponte(['send', '--url', company.ponte.ingressUrl, '--json'])
  expect(sent.code).toBe(0)
  const { body } = JSON.parse(sent.stdout)
  expect(body.accepted).toMatchObject([{ event: 'lead.registered' }])

  const email = newEmail()
  const phone = '34 99123-4567'
  const { contact, opportunity } = await company.bring({ email, mobile_phone: phone })
  await company.crm.win(opportunity.id, 900)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  await company.deliverBody({ unknown: 'shape', contato: { mail: email } })

  await expect.poll(async () => (await ponte(['erase', '--email', email])).code, patience).toBe(0)
  const redis = openTestRedis(inject('redisUrl'))
  const entries = await readRedis(redis, `{${company.ponte.tenant.name}}:*`)
  redis.disconnect()
  const holding = entries.filter(({ key, text }) => {
    const all = `${key} ${text}`
    return all.includes(email) || all.includes(contact.uuid) || /34\D*99123\D*4567/.test(all)
  })
  expect(entries.length).toBeGreaterThan(0)
  expect(holding.map(({ key }) => key)).toEqual([])
})

test.each([
  { argv: ['--help'], code: 0 },
  { argv: [], code: 2 },
  { argv: ['cure'], code: 2 },
  { argv: ['doctor', '--tenant', 'nobody'], code: 2 },
  { argv: ['failures'], more: { REDIS_URL: 'redis://127.0.0.1:9' }, code: 3 },
])('ponte $argv ends with $code', async ({ argv, more, code }) => {
  const run = await ponte(argv, more)
  expect(run.code).toBe(code)
  if (code > 0) expect(run.stdout).toBe('')
})
