import { randomUUID } from 'node:crypto'
import type { RegisteredLead } from '@ponte/contracts'
import { enqueueEvent, quarantineDelivery } from '@ponte/runtime'
import { createContactLinks, createContactOpportunities, fingerprint, stateKey } from '@ponte/state'
import { UnrecoverableError, Worker } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readKeyspace } from '../erase/read-keyspace.ts'
import { openSetUp, type SetUp, type SetUpTenant } from '../testing/open-set-up.ts'

let setUp: SetUp
let tenant: SetUpTenant
beforeAll(async () => {
  setUp = await openSetUp()
})
beforeEach(async () => {
  tenant = await setUp.tenant()
})
afterEach(() => tenant.close())
afterAll(() => setUp.close())

const email = 'ana.souza+rd@cliente.example'
const phone = '+55 (34) 99000-0001'
const uuid = '5408c5a3-4711-4f2e-8d0b-13407a3e30f3'
const receivedAt = '2026-03-05T15:28:36.110Z'

const lead = (values: Partial<RegisteredLead>): RegisteredLead => ({ notes: [], ...values })
const register = (values: Partial<RegisteredLead>) =>
  enqueueEvent(
    tenant.queues,
    tenant.tenant,
    { name: 'lead.registered', key: randomUUID(), lead: lead(values) },
    { receivedAt },
  )
const quarantine = (
  body: string,
  { encoding = 'utf8', form = false }: { encoding?: 'utf8' | 'base64'; form?: boolean } = {},
) => quarantineDelivery(tenant.queues, { v: 1, receivedAt, source: 'rd-station', body, encoding, form })
const erase = (...more: string[]) => tenant.run(['erase', '--email', email.toUpperCase(), '--json', ...more])

/** Everything that Redis holds for the tenant, base64 and escapes undone as a curious person would. */
async function contents(): Promise<string> {
  const parts: string[] = []
  for await (const { text } of readKeyspace(tenant.redis, tenant.name)) {
    const decoded = [...text.matchAll(/[A-Za-z0-9+/]{24,}={0,2}/g)].map(([found]) =>
      Buffer.from(found, 'base64').toString(),
    )
    parts.push([text, ...decoded].join('\n'))
  }
  const all = parts.toSorted().join('\n')
  return all
    .replaceAll('\\u0040', '@')
    .replaceAll(/%(?:25)*40/g, '@')
    .replaceAll(/%(?:25)*2B/gi, '+')
    .toLowerCase()
}
const digits = (text: string): string => text.replaceAll(/[\s().\-+]/g, '')

/** Runs what waits: each job ends as `end` says. */
async function work(end: (reason: string) => void): Promise<void> {
  const connection = tenant.redis.duplicate({ maxRetriesPerRequest: null })
  const worker = new Worker(
    `${tenant.name}.totvs-crm`,
    async job => {
      await job.log(`a note that names ${email}, as it must not`)
      end(`CRM_REJECTED: ${email} is not welcome`)
      return { outcome: 'done', summary: `lead of ${email}` }
    },
    { connection, prefix: `{${tenant.name}}` },
  )
  await expect
    .poll(() => tenant.queues['totvs-crm'].getJobCountByTypes('waiting', 'active'), { timeout: 10_000 })
    .toBe(0)
  await worker.close()
  connection.disconnect()
}

test('no key of Redis holds the e-mail or phone of a person who was erased, in whichever form it stood there', async () => {
  const { queues, redis, name } = tenant
  await register({ email, uuid, mobilePhone: phone })
  await work(() => undefined)
  await register({ email, uuid, phone })
  await work(reason => {
    throw new UnrecoverableError(reason)
  })
  await register({ email, uuid, mobilePhone: '34990000001' })
  await queues['totvs-crm'].add(
    'lead.registered',
    { v: 1, lead: lead({ uuid, phone: '034 9900-00001' }) },
    { delay: 1e6 },
  )
  await queues['totvs-crm'].add('lead.registered', { v: 1, lead: lead({ email }) }, { priority: 3 })

  await quarantine(JSON.stringify({ lead: { mail: email } }))
  await quarantine(JSON.stringify({ conversion_payload: JSON.stringify({ Email: email }) }).replaceAll('@', '\\u0040'))
  await quarantine(`leads=${encodeURIComponent(`[{"email":"${email}"`)}`, { form: true })
  await quarantine(Buffer.from(`\xff{"email":"${email}"}`, 'latin1').toString('base64'), { encoding: 'base64' })
  await quarantine(JSON.stringify({ celular: '(34) 9 9000-0001' }))

  const links = createContactLinks(redis, name)
  await links.rememberCreation({ uuid, email }, receivedAt)
  await links.rememberSeen({ uuid, email })
  await links.rememberSale(uuid)
  await createContactOpportunities(redis, name).remember(uuid, 'O-2')
  await redis.set(stateKey(name, 'mark', 'O-2'), JSON.stringify({ marked: 'open' }))
  for (const identity of [`email ${email}`, `uuid ${uuid}`, 'phone 34990000001'])
    await links.rememberLead(identity, 'L-1')
  await redis.set(stateKey(name, 'lead', 'L-1'), JSON.stringify({ opened: { id: 'O-1', key: 'k' } }))
  await redis.set(stateKey(name, 'mark', 'O-1'), JSON.stringify({ marked: 'open' }))
  await redis.zadd(stateKey(name, 'stories', fingerprint(email)), 1, 'story-of-theirs')
  await redis.rpush(stateKey(name, 'story', 'story-of-theirs'), '{}')
  await redis.zadd(stateKey(name, 'stories', fingerprint('O-1')), 1, 'story-of-mark')
  await redis.rpush(stateKey(name, 'story', 'story-of-mark'), '{}')
  await redis.rpush(stateKey(name, 'story', 'story-of-others'), '{}')
  await queues['rd-station'].add('opportunity.won', { v: 1, opportunityId: 'O-1', contextUrl: '/x' })
  // What a later version of Ponte may keep.
  await redis.hset(`{${name}}:ponte:audit`, { 1: `retried a job of ${email}`, 2: 'paused' })

  const { code, data } = await erase()
  expect(code).toBe(0)
  const all = await contents()
  expect(all).not.toContain(email)
  expect(digits(all)).not.toContain('34990000001')
  for (const left of [
    uuid,
    fingerprint(email),
    fingerprint(`email ${email}`),
    ':lead:l-1',
    ':mark:o-1',
    ':mark:o-2',
    'o-1',
    'story-of-theirs',
    'story-of-mark',
  ])
    expect(all).not.toContain(left)
  expect(all).toContain('story-of-others')
  expect(await redis.hgetall(`{${name}}:ponte:audit`)).toEqual({ 2: 'paused' })
  expect(data().tenants[0].removed).toMatchObject({
    'jobs.completed': 1,
    'jobs.failed': 1,
    'jobs.waiting': 2,
    'jobs.delayed': 1,
    'jobs.prioritized': 1,
    'quarantine.waiting': 5,
    'state.contact-created': 2,
    'state.contact-seen': 2,
    'state.contact-sold': 1,
    'state.contact-lead': 3,
    'state.lead': 1,
    'state.mark': 2,
    'state.contact-opportunities': 1,
  })
})

test('everybody else stays: a similar address, a shared phone, another contact, a number that only looks like it', async () => {
  await register({ email, uuid, phone })
  await register({ email: `x${email}`, uuid: randomUUID() })
  await register({ email: `${email}.br`, uuid: randomUUID() })
  await register({ email: 'colega@cliente.example', phone })
  await quarantine(JSON.stringify({ mail: 'colega@cliente.example', celular: phone }))
  await quarantine(JSON.stringify({ pedido: '9934990000001' }))
  const { data } = await erase()
  expect(data().tenants[0]).toMatchObject({ removed: { 'jobs.waiting': 1 }, shared: 2 })
  expect(await tenant.queues['totvs-crm'].getWaitingCount()).toBe(3)
  expect(await tenant.queues.quarantine.getWaitingCount()).toBe(2)
})

test('a phone that was named takes whatever holds it', async () => {
  await register({ email: 'colega@cliente.example', phone })
  await register({ email: 'outra@cliente.example', phone: '34 98888-0000' })
  const { code } = await tenant.run(['erase', '--phone', '34990000001'])
  expect(code).toBe(0)
  const left = await tenant.queues['totvs-crm'].getWaiting()
  expect(left.map(job => job.data.lead.email)).toEqual(['outra@cliente.example'])
})

test('a salesperson who is erased takes no customer along: the lead goes to the default user', async () => {
  await register({ email: 'cliente@outra.example', ownerEmail: email })
  const { data } = await erase()
  expect(data().tenants[0].removed).toEqual({ owner: 1 })
  const [job] = await tenant.queues['totvs-crm'].getWaiting()
  expect(job?.data.lead).toEqual({ email: 'cliente@outra.example', notes: [] })
})

test('a dry run says the same and removes nothing', async () => {
  await register({ email, uuid, phone })
  await quarantine(JSON.stringify({ email }))
  await createContactLinks(tenant.redis, tenant.name).rememberSeen({ uuid, email })
  const before = await contents()
  const dry = await erase('--dry-run')
  expect(await contents()).toBe(before)
  const { data } = await erase()
  expect(data().tenants[0].removed).toEqual(dry.data().tenants[0].removed)
  expect(dry.stdout + dry.stderr).not.toContain(email)
})

test('a job that a worker holds is left and told; the command run again removes it', async () => {
  await register({ email, uuid })
  const connection = tenant.redis.duplicate({ maxRetriesPerRequest: null })
  const { promise: release, resolve } = Promise.withResolvers<void>()
  const worker = new Worker(`${tenant.name}.totvs-crm`, () => release, { connection, prefix: `{${tenant.name}}` })
  await expect.poll(() => tenant.queues['totvs-crm'].getActiveCount()).toBe(1)
  const first = await erase()
  expect(first.code).toBe(1)
  expect(first.data()).toMatchObject({ ok: false, tenants: [{ left: [{ queue: 'totvs-crm', state: 'active' }] }] })
  resolve()
  await worker.close()
  connection.disconnect()
  expect((await erase()).code).toBe(0)
  expect(await contents()).not.toContain(email)
})

test.each([
  ['nobody', []],
  ['an e-mail that is none', ['--email', 'ana']],
  ['a phone that is none', ['--phone', '123']],
])('to erase %s is wrong use', async (_who, argv) => {
  expect((await tenant.run(['erase', ...argv])).code).toBe(2)
})
