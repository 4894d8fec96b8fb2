import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type RegisteredLead, requireIdentities } from '@ponte/contracts'
import { enqueueEvent, quarantineDelivery } from '@ponte/runtime'
import {
  createContactLinks,
  createContactMarks,
  createContactOpportunities,
  createLeadLedger,
  createTimelines,
  stateKey,
  timelineId,
} from '@ponte/state'
import { type RedisServer, startRedis } from '@ponte/testbed'
import { UnrecoverableError, Worker } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { dumpRedis } from '../testing/dump-redis.ts'
import { openCliSetUp, type SetUp, type SetUpTenant } from '../testing/open-set-up.ts'

let server: RedisServer
let setUp: SetUp
let tenant: SetUpTenant
/** A Redis of its own: what is left of a person is looked for in all of it. */
beforeAll(async () => {
  server = await startRedis()
  setUp = await openCliSetUp({ redisUrl: server.url })
})
beforeEach(async () => {
  tenant = await setUp.tenant()
})
afterEach(async () => {
  await tenant.redis.flushall()
  await tenant.close()
})
afterAll(async () => {
  await setUp.close()
  await server.stop()
})

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
) => quarantineDelivery(tenant.queues, tenant.tenant, { v: 1, receivedAt, source: 'rd-station', body, encoding, form })
const erase = (...more: string[]) => tenant.run(['erase', '--email', email.toUpperCase(), '--json', ...more])

const contents = (): Promise<string> => dumpRedis(tenant.redis)
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
  const { fingerprint } = setUp
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

  const links = createContactLinks(redis, name, fingerprint)
  await links.rememberCreation({ uuid, email }, receivedAt)
  await links.rememberSeen({ uuid, email })
  await links.rememberSale(uuid)
  await links.rememberDelivered({ uuid, email })
  await createContactMarks(redis, name, fingerprint).begin({ uuid, email }, 1_772_724_516_110)
  await createContactOpportunities(redis, name).remember(uuid, 'O-2')
  await redis.set(stateKey(name, 'mark', 'O-2'), JSON.stringify({ marked: 'open' }))
  const known = requireIdentities({ email, uuid })
  for (const identity of [...known, ...requireIdentities({ phone: '34990000001' })])
    await links.rememberLead(identity, 'L-1')
  const ledger = createLeadLedger(redis, name, { fingerprint })
  await ledger.writeCreation(known, 1_772_724_516_110)
  await ledger.writeCreation(requireIdentities({ email: 'colega@cliente.example' }), 1_772_724_516_110)
  await redis.set(stateKey(name, 'lead', 'L-1'), JSON.stringify({ opened: { id: 'O-1', key: 'k' } }))
  await redis.set(stateKey(name, 'mark', 'O-1'), JSON.stringify({ marked: 'open' }))
  await redis.zadd(stateKey(name, 'stories', fingerprint(email)), 1, 'story-of-theirs')
  await redis.rpush(stateKey(name, 'story', 'story-of-theirs'), '{}')
  await redis.zadd(stateKey(name, 'stories', fingerprint('O-1')), 1, 'story-of-mark')
  await redis.rpush(stateKey(name, 'story', 'story-of-mark'), '{}')
  await redis.rpush(stateKey(name, 'story', 'story-of-others'), '{}')
  await queues['rd-station'].add('opportunity.won', { v: 1, opportunityId: 'O-1', contextUrl: '/x' })
  // The records of corrections outlive their jobs: one of theirs by its job, one by a phone of theirs, one of somebody else.
  const correction = (original: object): string => JSON.stringify({ event: 'x', original, current: {}, changes: [] })
  const [job] = await queues['totvs-crm'].getFailed()
  await redis.set(stateKey(name, 'edit', 'totvs-crm', job?.id ?? ''), correction({ name: 'Ana' }))
  await redis.set(stateKey(name, 'edit', 'totvs-crm', 'gone'), correction({ name: 'Ana', phone: '34 99000-0001' }))
  await redis.set(stateKey(name, 'edit', 'quarantine', 'gone'), correction({ body: `x=1&mail=${email}` }))
  await redis.set(stateKey(name, 'edit', 'totvs-crm', 'others'), correction({ email: 'colega@cliente.example', phone }))
  // What a later version of Ponte may keep.
  await redis.hset(`{${name}}:ponte:audit`, { 1: `retried a job of ${email}`, 2: 'paused' })

  // A delivery that cannot be read has a story, and nobody's name by which that could be found.
  const deliveries = (await queues.quarantine.getWaiting()).map(({ id = '' }) => id)
  for (const jobId of deliveries)
    await createTimelines(redis, name, fingerprint).record(
      { event: 'delivery', key: jobId, jobId, receivedAt, identities: [] },
      { kind: 'retried', at: 1, by: 'ana', jobId },
    )

  const { code, data } = await erase()
  expect(code).toBe(0)
  const all = await contents()
  expect(deliveries).toHaveLength(5)
  for (const jobId of deliveries) expect(all).not.toContain(timelineId(jobId))
  expect(all).not.toContain(email)
  expect(digits(all.replaceAll(/.*colega@.*/g, ''))).not.toContain('34990000001')
  expect(all).toContain('colega@cliente.example')
  for (const left of [
    uuid,
    fingerprint(email),
    fingerprint(`email ${email}`),
    fingerprint(`uuid ${uuid}`),
    ':lead:l-1',
    ':mark:o-1',
    ':mark:o-2',
    'o-1',
    'story-of-theirs',
    'story-of-mark',
  ])
    expect(all).not.toContain(left)
  expect(all).toContain('story-of-others')
  expect(all).toContain(`lead-creation:${fingerprint('email colega@cliente.example')}`)
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
    'state.contact-unknown': 2,
    'state.contact-marks': 2,
    'state.contact-lead': 3,
    'state.lead': 1,
    'state.lead-creation': 2,
    'state.edit': 3,
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

test('the same of an event that was corrected: neither what it is nor what it was names the salesperson', async () => {
  const theirs = { email: 'cliente@outra.example', ownerEmail: email }
  await register(theirs)
  const [job] = await tenant.queues['totvs-crm'].getWaiting()
  const edited = { original: { ...theirs, city: 'Antes' }, changes: [{ at: receivedAt, by: 'bia', fields: ['city'] }] }
  await job?.updateData({ ...job.data, edited })
  expect((await erase()).code).toBe(0)
  expect(await contents()).not.toContain(email)
  const [kept] = await tenant.queues['totvs-crm'].getWaiting()
  expect(kept?.data.edited).toEqual({ ...edited, original: { email: 'cliente@outra.example', city: 'Antes' } })
})

test('a dry run says the same and removes nothing', async () => {
  await register({ email, uuid, phone })
  await quarantine(JSON.stringify({ email }))
  await createContactLinks(tenant.redis, tenant.name, setUp.fingerprint).rememberSeen({ uuid, email })
  const before = await contents()
  const dry = await erase('--dry-run')
  expect(await contents()).toBe(before)
  const { data } = await erase()
  expect(data().tenants[0].removed).toEqual(dry.data().tenants[0].removed)
  expect(dry.stdout + dry.stderr).not.toContain(email)
})

test('a body of several people that cannot be read goes as a whole, which a dry run says before', async () => {
  await quarantine(JSON.stringify([{ mail: email }]))
  await quarantine(`[{"email":"${email.replace('@', '\\u0040')}"},{"email":"bia@outra.example"`)
  await quarantine('[{"email":"bia@outra.example"')
  const dry = await erase('--dry-run')
  expect(dry.data().tenants[0]).toMatchObject({ removed: { 'quarantine.waiting': 2 }, withOthers: 1 })
  const { stdout } = await tenant.run(['erase', '--email', email, '--lang', 'pt-BR'])
  expect(stdout).toContain('1 entrega em quarentena contém também e-mails de outras pessoas e saiu por inteiro')
  expect(await tenant.queues.quarantine.getWaitingCount()).toBe(1)
})

test('a person who waits is told how far it is, a script is not', async () => {
  const filling = tenant.redis.pipeline()
  for (let index = 0; index < 1100; index += 1) filling.set(stateKey(tenant.name, 'contact-sold', String(index)), '1')
  await filling.exec()
  const told = await tenant.run(['erase', '--email', email])
  expect(told.stderr).toContain(`${tenant.name}: look 1, 1000 keys read…`)
  expect((await erase()).stderr).not.toContain('keys read')
})

test('one is singular in Portuguese and two are plural', async () => {
  await register({ email, uuid })
  await quarantine(JSON.stringify({ mail: email }))
  await quarantine(JSON.stringify({ contact: email }))
  const { stdout } = await tenant.run(['erase', '--email', email, '--lang', 'pt-BR'])
  expect(stdout).toMatch(/jobs\.waiting: 1 removido\n/)
  expect(stdout).toMatch(/quarantine\.waiting: 2 removidos\n/)
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

const plainBody = JSON.stringify({ mail: email })
test.each<[string, Buffer]>([
  ['packed with gzip', gzipSync(plainBody)],
  ['in UTF-16', Buffer.from(plainBody, 'utf16le')],
  ['in UTF-16, the other byte first', Buffer.from(plainBody, 'utf16le').swap16()],
  ['in base64', Buffer.from(JSON.stringify({ file: Buffer.from(plainBody).toString('base64') }))],
  ['in HTML entities', Buffer.from(plainBody.replace('@', '&#64;').replaceAll('.', '&#x2e;'))],
  ['in quoted-printable', Buffer.from(plainBody.replace('@', '=40').replace('cliente', 'cli=\r\nente'))],
])('a quarantined body that holds the e-mail %s is removed', async (_form, bytes) => {
  await quarantine(bytes.toString('base64'), { encoding: 'base64' })
  const { data } = await erase()
  expect(data().tenants[0].removed).toMatchObject({ 'quarantine.waiting': 1 })
  expect(await tenant.queues.quarantine.getWaitingCount()).toBe(0)
})

test('a quarantined body that cannot be read is named, and the exit code is not 0', async () => {
  await quarantine(Buffer.alloc(64, 0xfe).toString('base64'), { encoding: 'base64' })
  const [job] = await tenant.queues.quarantine.getWaiting()
  const { code, data } = await erase()
  expect(code).toBe(1)
  expect(data()).toMatchObject({ ok: false, tenants: [{ unread: [job?.id] }] })
})

test.each<[string, string, boolean]>([
  ['names a person by name alone', JSON.stringify({ leads: [{ id: '1234567890', nome: 'Ana Souza' }] }), true],
  [
    'splits an e-mail',
    JSON.stringify({ user: 'ana.souza', host: 'cliente', created: '2026-03-05T15:28:36.110Z' }),
    true,
  ],
  ['is broken off', '{"leads":[{"name":"Ana', true],
  ['names somebody by name in a form', 'nome=Ana+Souza', true],
  ['has the e-mail of somebody else', JSON.stringify({ leads: [{ name: 'Rui', email: 'rui@outro.example' }] }), false],
  ['has the phone of somebody else', JSON.stringify({ lead: { name: 'Rui', celular: '11988887777' } }), false],
  ['has the phone of somebody else as people write it', JSON.stringify({ text: 'Rui (11) 98888-7777' }), false],
  ['has no words', JSON.stringify({ leads: [{}, { id: '12', score: 3, a_number_of_something: [] }, null] }), false],
])('a quarantined body that %s is told of unless it can be nobody', async (_form, body, isTold) => {
  await quarantine(body, { form: !body.startsWith('{') })
  const [job] = await tenant.queues.quarantine.getWaiting()
  const { code, data } = await erase()
  expect(data().tenants[0].nameless).toEqual(isTold ? [job?.id] : [])
  expect([code, data().ok]).toEqual(isTold ? [1, false] : [0, true])
  // Ponte does not decide for the operator.
  expect(await tenant.queues.quarantine.getWaitingCount()).toBe(1)
  for (const [language, words] of [
    ['en', 'the person may be named in it'],
    ['pt-BR', 'a pessoa pode ser citada nela'],
  ] as const) {
    const { stdout } = await tenant.run(['erase', '--email', email, '--dry-run', '--lang', language])
    expect(stdout.includes(words)).toBe(isTold)
  }
})

test('a body that unpacks to more than is looked through is told of, and what else is theirs goes', async () => {
  const long = Buffer.from('nome da pessoa ').toString('base64').repeat(400_000)
  await quarantine(gzipSync(long).toString('base64'), { encoding: 'base64' })
  const [job] = await tenant.queues.quarantine.getWaiting()
  await register({ email, uuid })
  const { code, data } = await erase()
  expect(data()).toMatchObject({ ok: false, tenants: [{ unread: [job?.id], removed: { 'jobs.waiting': 1 } }] })
  expect(code).toBe(1)
})
