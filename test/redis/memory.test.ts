import { type RedisServer, startRedis } from '@ponte/testbed'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, startCompany, swift } from '../support/company.ts'
import { openQueueView, type QueueView, untilOver } from '../support/queue-view.ts'
import { openTestRedis, readRedis, type RedisEntry } from '../support/redis/redis-contents.ts'

const DAY_MS = 24 * 3_600_000
/** The longest life of a key: the ledger of an opportunity's marks. */
const MAX_MS = 400 * DAY_MS
/** More than the 1,000 completed jobs that a queue keeps; and many more that come when there are as many. */
const [FILL, MORE] = inject('isLongRun') ? [1300, 1300] : [1050, 250]

/** What a tenant has one of, and keeps. */
const oneOfEach = ['fingerprint-key', 'mode', 'rd-tokens', 'served', 'start']

/** What BullMQ keeps for each queue, however many jobs there were. */
const fixed =
  /:(?:meta|id|events|completed|failed|wait|active|delayed|prioritized|paused|marker|stalled|pc|metrics:completed:data|metrics:failed:data)$/

// A Redis of its own: everything in it is Ponte's.
let server: RedisServer
let redis: Redis
let company: Company
let view: QueueView
beforeAll(async () => {
  server = await startRedis()
  redis = openTestRedis(server.url)
  const tenant = { rdStation: { ...swift.rdStation, callsPerMinute: 60_000 } }
  company = await startCompany({ redisUrl: server.url, tenant, env: { WORKER_CONCURRENCY: '30' } })
  view = openQueueView(server.url, company.ponte.tenant.name)
})
afterAll(async () => {
  await view.close()
  await company.stop()
  redis.disconnect()
  await server.stop()
})

/** Keys of jobs: the job itself and its log. */
function isJob({ key }: RedisEntry, ids: ReadonlySet<string>): boolean {
  const [, id = ''] = /\.(?:totvs-crm|rd-station|quarantine):([^:]+)(?::logs)?$/.exec(key) ?? []
  return ids.has(id)
}

async function idsOfJobs(): Promise<ReadonlySet<string>> {
  const jobs = await Promise.all((['totvs-crm', 'rd-station', 'quarantine'] as const).map(kind => view.jobs(kind)))
  return new Set(jobs.flat().map(({ id }) => id))
}

const lasting = async (): Promise<readonly RedisEntry[]> => (await readRedis(redis)).filter(({ ttl }) => ttl < 0)

async function announceMany(count: number, ids: readonly string[]): Promise<void> {
  for (let sent = 0; sent < count; sent += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, index) => company.announce('created', ids[index] ?? '')))
    // A busy machine may need longer for all of them together than a test waits.
    await view.untilQuiet()
  }
}

test('after work of every kind each key has an end, belongs to a job that is kept, or is one of a fixed number', async () => {
  const email = newEmail()
  const { contact, opportunity } = await company.bring({ name: 'Memória', email, mobile_phone: '47 98888-7777' })
  await company.bring({ name: 'Só Telefone', mobile_phone: '47 97777-6666' })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.deliver(contact)
  await company.deliverBody({ leads: [{ name: 'Sem Identidade' }] })
  // A mark that fails in every round and then succeeds, one that RD Station does not let through yet, one outage.
  const tooMuch = await company.bring({ name: 'Cara', email: newEmail() })
  await company.crm.win(tooMuch.opportunity.id, 100_000_000)
  await expect.poll(() => company.statusRdOf(tooMuch.opportunity), patience).toMatch(/^ERRO FINAL/)
  await company.crm.changeOpportunity(tooMuch.opportunity.id, { totalValue: 5 })
  await company.untilMarks(tooMuch.contact, ['OPPORTUNITY', 'SALE'])
  await company.sandbox.addFault({ system: 'rd-station', kind: 'status', status: 503, times: 8 })
  await company.crm.lose(opportunity.id, 'Prazo')
  await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST'])
  await untilOver(company, view)

  const entries = await readRedis(redis)
  const kept = await idsOfJobs()
  const prefix = `{${company.ponte.tenant.name}}:ponte:`
  const withoutEnd = entries.filter(entry => entry.ttl < 0 && !fixed.test(entry.key) && !isJob(entry, kept))
  expect(withoutEnd.map(({ key }) => key).toSorted()).toEqual(oneOfEach.map(name => `${prefix}${name}`))
  expect(Math.max(...entries.map(({ ttl }) => ttl))).toBeLessThanOrEqual(MAX_MS)
  expect(new Set(entries.filter(({ key }) => fixed.test(key)).map(({ key }) => key)).size).toBeLessThanOrEqual(3 * 17)

  const own = entries.filter(({ key }) => key.startsWith(prefix))
  expect(own.length).toBeGreaterThan(10)
  for (const { key, text } of own)
    expect(`${key} ${text}`).not.toMatch(/@|cliente\.example|988887777|977776666|98888-|97777-|Memória|Cara/)
})

test.runIf(inject('isLongRun'))('however many events come, what is kept of them is bounded', async () => {
  const contact = await company.rd.addContact({ name: 'Muitas', email: newEmail() })
  const lead = await company.crm.addLead({ name: 'Muitas', externalId: `rd:${contact.uuid}` })
  // The locks are by opportunity: many of them, so that the jobs do not wait for each other. There is nothing to mark.
  const ids = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const { id } = await company.crm.addOpportunity({ leadId: lead.id, status: 'DISCARDED' })
      return id
    }),
  )
  await announceMany(FILL, ids)
  const first = await lasting()
  await announceMany(MORE, ids)
  const second = await lasting()
  expect(await view.queues['rd-station'].getCompletedCount()).toBe(1000)
  // A job may have a log or none.
  expect(second.length).toBeLessThanOrEqual(first.length * 1.05)
  const stream = `{${company.ponte.tenant.name}}:${company.ponte.tenant.name}.rd-station:events`
  expect(await redis.xlen(stream)).toBeLessThan(1500)
})

test('a day later Redis holds no more keys than at the start, except for what failed', async () => {
  const yesterday = await company.bring({ name: 'Ontem', email: newEmail() })
  await company.untilMarks(yesterday.contact, ['OPPORTUNITY'])
  await view.untilQuiet()
  for (const kind of ['totvs-crm', 'rd-station'] as const) {
    const queue = view.queues[kind]
    const key = `{${company.ponte.tenant.name}}:${queue.name}:completed`
    for (const id of await redis.zrange(key, '0', '-1')) await redis.zadd(key, Date.now() - DAY_MS - 1000, id)
  }
  for (const { key, ttl } of await readRedis(redis)) if (ttl > 0) await redis.pexpire(key, 1)

  const { contact } = await company.bring({ name: 'Novo Dia', email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await view.untilQuiet()
  expect(await view.queues['totvs-crm'].getCompletedCount()).toBe(1)
  expect(await view.queues['rd-station'].getCompletedCount()).toBe(1)
  const kept = await idsOfJobs()
  const rest = (await lasting()).filter(entry => !fixed.test(entry.key) && !isJob(entry, kept))
  expect(rest.map(({ key }) => key).toSorted()).toEqual(
    oneOfEach.map(name => `{${company.ponte.tenant.name}}:ponte:${name}`),
  )
})
