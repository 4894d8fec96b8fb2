import { randomBytes } from 'node:crypto'
import { type RedisMember, startCluster, startSentinels, testAuthority } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { expect, inject, onTestFinished, test } from 'vitest'
import { newEmail, type OwnCompany, startCompany } from '../support/company.ts'
import { openShell } from '../support/commands/shell.ts'
import { redisUser, requireRedisUser } from '../support/redis/redis-user.ts'

const secretKey = randomBytes(32).toString('base64')

async function openCompany(where: Readonly<Record<string, string>>): Promise<OwnCompany> {
  const company = await startCompany({ redisUrl: '', env: { ...where, PONTE_SECRET_KEY: secretKey } })
  onTestFinished(() => company.stop())
  // While a connection is made anew, a delivery is refused at once. RD Station repeats for longer than that takes.
  await company.sandbox.rd().change({ settings: { webhookRepeats: 40 } })
  return company
}

/** A lead comes over, is won and marked. */
async function bringAndWin(company: OwnCompany): Promise<void> {
  const { contact, opportunity } = await company.bring({ name: 'Quem compra', email: newEmail() })
  await company.crm.win(opportunity.id, 900)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
}

/** What processes need for servers that are reached by TLS, and by nobody without a login. */
async function requireLogin(members: readonly RedisMember[]): Promise<Readonly<Record<string, string>>> {
  for (const { url } of members) {
    const redis = new Redis(url)
    await requireRedisUser(redis)
    redis.disconnect()
  }
  return { ...redisUser, REDIS_TLS: 'true', NODE_EXTRA_CA_CERTS: testAuthority }
}

async function openSentinels() {
  const password = randomBytes(12).toString('hex')
  const set = await startSentinels({ tls: true, password })
  onTestFinished(() => set.stop())
  const where = {
    REDIS_SENTINELS: set.addresses,
    REDIS_SENTINEL_NAME: set.name,
    REDIS_SENTINEL_PASSWORD: password,
    ...(await requireLogin(set.members)),
  }
  return { set, where }
}

test('with Sentinel, by TLS and with logins, a lead comes over, is won and marked, and the command line finds Redis', async () => {
  const { where } = await openSentinels()
  const company = await openCompany(where)
  await bringAndWin(company)
  const shell = await openShell(company, { secretKey, redisUrl: '', ...where })
  onTestFinished(() => shell.close())
  const { stdout } = await shell.ponte(['doctor', '--json'])
  const { findings }: { findings: { check: string; status: string }[] } = JSON.parse(stdout)
  expect(findings).toContainEqual(expect.objectContaining({ check: 'redis', status: 'ok' }))
})

test.runIf(inject('isLongRun'))(
  'with Sentinel, by TLS and with logins, a lead comes over after the primary froze',
  async () => {
    const { set, where } = await openSentinels()
    const company = await openCompany(where)
    const primary = await set.primary()
    primary.pause()
    onTestFinished(() => primary.resume())
    await bringAndWin(company)
    expect((await set.primary()).port).not.toBe(primary.port)
  },
)

test.runIf(inject('isLongRun'))(
  'on a Cluster, by TLS and with a login, a lead comes over, is won and marked after the primary of its tenant froze',
  async () => {
    const cluster = await startCluster({ replicas: true, tls: true })
    onTestFinished(() => cluster.stop())
    const login = await requireLogin(cluster.members)
    // Until the frozen server is back, the new primary has no replica that could confirm anything.
    const company = await openCompany({ REDIS_CLUSTER: cluster.addresses, REDIS_WAIT_REPLICAS: '0', ...login })
    await bringAndWin(company)

    const key = `{${company.ponte.tenant.name}}:any`
    const primary = await cluster.primaryOf(key)
    primary.pause()
    onTestFinished(() => primary.resume())
    await bringAndWin(company)
    expect((await cluster.primaryOf(key)).port).not.toBe(primary.port)
  },
)
