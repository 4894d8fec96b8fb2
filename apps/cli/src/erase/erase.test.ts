import { requireIdentities } from '@ponte/contracts'
import {
  change,
  createContactLinks,
  createContactMarks,
  createEventLists,
  createMarkLedger,
  createImports,
  createLeadLedger,
  createTimelines,
  stateKey,
  timelineId,
} from '@ponte/state'
import { UnrecoverableError } from 'bullmq'
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { dumpRedis } from '../testing/dump-redis.ts'
import { email, erase, lead, phone, quarantine, receivedAt, register, uuid } from '../testing/person-in-redis.ts'
import { useOwnRedis } from '../testing/use-cli-set-up.ts'

const own = useOwnRedis()
const contents = (): Promise<string> => dumpRedis(own.tenant.redis)
const digits = (text: string): string => text.replaceAll(/[\s().\-+]/g, '')

/** Runs the waiting jobs; `end` decides how each of them ends. */
async function work(end: (reason: string) => void): Promise<void> {
  const { tenant } = own
  const worker = await tenant.startWorker('totvs-crm', async job => {
    await job.log(`a note that names ${email}, as it must not`)
    end(`CRM_REJECTED: ${email} is not welcome`)
    return { outcome: 'done', summary: `lead of ${email}` }
  })
  await expect.poll(() => tenant.queues['totvs-crm'].getJobCountByTypes('waiting', 'active')).toBe(0)
  await worker.stop()
}

test('no key of Redis holds the e-mail or phone of a person who was erased, in whichever form it stood there', async () => {
  const { queues, redis, name } = own.tenant
  const { fingerprint } = own
  await register(own.tenant, { email, uuid, mobilePhone: phone })
  await work(() => undefined)
  await register(own.tenant, { email, uuid, phone })
  await work(reason => {
    throw new UnrecoverableError(reason)
  })
  await register(own.tenant, { email, uuid, mobilePhone: '34990000001' })
  await queues['totvs-crm'].add(
    'lead.registered',
    { v: 1, lead: lead({ uuid, phone: '034 9900-00001' }) },
    { jobId: crypto.randomUUID(), delay: 1e6 },
  )
  await queues['totvs-crm'].add(
    'lead.registered',
    { v: 1, lead: lead({ email }) },
    { jobId: crypto.randomUUID(), priority: 3 },
  )

  await quarantine(own.tenant, JSON.stringify({ lead: { mail: email } }))
  await quarantine(
    own.tenant,
    JSON.stringify({ conversion_payload: JSON.stringify({ Email: email }) }).replaceAll('@', '\\u0040'),
  )
  await quarantine(own.tenant, `leads=${encodeURIComponent(`[{"email":"${email}"`)}`, { form: true })
  await quarantine(own.tenant, Buffer.from(`\xff{"email":"${email}"}`, 'latin1').toString('base64'), {
    encoding: 'base64',
  })
  await quarantine(own.tenant, JSON.stringify({ celular: '(34) 9 9000-0001' }))

  const links = createContactLinks(redis, name, fingerprint)
  await change(redis, links.rememberingContactCreatedAt({ uuid, email }, receivedAt))
  await change(redis, links.rememberingSeen({ uuid, email }))
  await change(redis, links.rememberingDelivered({ uuid, email }))
  await change(redis, createContactMarks(name, fingerprint).beginningOf({ uuid, email }, 1_772_724_516_110).made)
  await change(redis, [createMarkLedger(redis, name).addingOpportunityOf(uuid, 'O-2')])
  await redis.set(stateKey(name, 'contact', uuid), JSON.stringify({ shown: true, sold: false }))
  await redis.set(stateKey(name, 'mark', 'O-2'), JSON.stringify({ marked: 'open' }))
  await redis.set(stateKey(name, 'mark', 'O-3'), JSON.stringify({ marked: 'won', contact: uuid }))
  const known = requireIdentities({ email, uuid })
  for (const identities of [known, requireIdentities({ phone: '34990000001' })])
    await change(redis, links.rememberingLead(identities, 'L-1'))
  await createImports(redis, name, fingerprint).remember('import-k', known)
  const ledger = createLeadLedger(redis, name, { fingerprint })
  await change(redis, ledger.rememberingLeadCreation(known, 1_772_724_516_110))
  await change(
    redis,
    ledger.rememberingLeadCreation(requireIdentities({ email: 'colega@cliente.example' }), 1_772_724_516_110),
  )
  await redis.set(
    stateKey(name, 'lead', 'L-1'),
    JSON.stringify({ lastOpened: { id: 'O-1', key: 'k' }, earlier: ['O-0'] }),
  )
  await redis.set(stateKey(name, 'mark', 'O-1'), JSON.stringify({ marked: 'open' }))
  await redis.set(stateKey(name, 'mark', 'O-0'), JSON.stringify({ marked: 'lost' }))
  await redis.set(stateKey(name, 'status-rd', 'O-1'), '{}')
  await redis.zadd(stateKey(name, 'timelines', fingerprint(email)), 1, 'timeline-of-theirs')
  await redis.rpush(stateKey(name, 'timeline', 'timeline-of-theirs'), '{}')
  await redis.zadd(stateKey(name, 'timelines', fingerprint('O-1')), 1, 'timeline-of-mark')
  await redis.rpush(stateKey(name, 'timeline', 'timeline-of-mark'), '{}')
  await redis.rpush(stateKey(name, 'timeline', 'timeline-of-others'), '{}')
  await queues['rd-station'].add(
    'opportunity.won',
    { v: 1, opportunityId: 'O-1', contextUrl: '/x' },
    { jobId: crypto.randomUUID() },
  )
  // Records of corrections outlive their jobs. Three are the person's: by the job, by a phone, by the e-mail in a body. The last
  // is somebody else's.
  const correction = (original: object): string => JSON.stringify({ event: 'x', original, current: {}, changes: [] })
  const [job] = await queues['totvs-crm'].getFailed()
  await redis.set(stateKey(name, 'edit', 'totvs-crm', job?.id ?? ''), correction({ name: 'Ana' }))
  await redis.set(stateKey(name, 'edit', 'totvs-crm', 'gone'), correction({ name: 'Ana', phone: '34 99000-0001' }))
  await redis.set(stateKey(name, 'edit', 'quarantine', 'gone'), correction({ body: `x=1&mail=${email}` }))
  await redis.set(stateKey(name, 'edit', 'totvs-crm', 'others'), correction({ email: 'colega@cliente.example', phone }))
  // What a later version of Ponte may keep.
  await redis.hset(`{${name}}:ponte:audit`, { 1: `retried a job of ${email}`, 2: 'paused' })

  // A delivery that cannot be read has a timeline that names nobody.
  const deliveries = (await queues.quarantine.getWaiting()).map(({ id = '' }) => id)
  for (const jobId of deliveries)
    await createTimelines(redis, name, fingerprint).record(
      { event: 'delivery', key: jobId, jobId, receivedAt, identities: [] },
      { kind: 'retried', at: 1, by: 'ana', jobId },
    )

  const { code, data } = await erase(own.tenant)
  expect(code).toBe(0)
  const all = await contents()
  expect(deliveries).toHaveLength(5)
  for (const jobId of deliveries) expect(all).not.toContain(timelineId(jobId).toLowerCase())
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
    ':mark:o-0',
    ':mark:o-3',
    // Random ids hold these three characters now and then.
    '"o-1',
    'timeline-of-theirs',
    'timeline-of-mark',
  ])
    expect(all).not.toContain(left.toLowerCase())
  expect(all).toContain('timeline-of-others')
  expect(all).toContain(`lead-creation:${fingerprint('email colega@cliente.example')}`.toLowerCase())
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
    'state.contact': 1,
    'state.contact-unknown': 2,
    'state.contact-marks': 2,
    'state.contact-lead': 3,
    'state.imported': 1,
    'state.lead': 1,
    'state.lead-creation': 2,
    'state.edit': 3,
    'state.mark': 4,
    'state.status-rd': 1,
    'state.contact-opportunities': 1,
  })
})

test('all others stay: a similar address, a shared phone, another contact, a number that looks alike', async () => {
  await register(own.tenant, { email, uuid, phone })
  await register(own.tenant, { email: `x${email}`, uuid: randomUUID() })
  await register(own.tenant, { email: `${email}.br`, uuid: randomUUID() })
  await register(own.tenant, { email: 'colega@cliente.example', phone })
  await quarantine(own.tenant, JSON.stringify({ mail: 'colega@cliente.example', celular: phone }))
  await quarantine(own.tenant, JSON.stringify({ pedido: '9934990000001' }))
  const { data } = await erase(own.tenant)
  expect(data().tenants[0]).toMatchObject({ removed: { 'jobs.waiting': 1 }, shared: 2 })
  expect(await own.tenant.queues['totvs-crm'].getWaitingCount()).toBe(3)
  expect(await own.tenant.queues.quarantine.getWaitingCount()).toBe(2)
})

test('an erased phone takes every record that holds it along', async () => {
  await register(own.tenant, { email: 'colega@cliente.example', phone })
  await register(own.tenant, { email: 'outra@cliente.example', phone: '34 98888-0000' })
  const { code } = await own.tenant.run(['erase', '--yes', '--phone', '34990000001'])
  expect(code).toBe(0)
  const left = await own.tenant.queues['totvs-crm'].getWaiting()
  expect(left.map(job => job.data.lead.email)).toEqual(['outra@cliente.example'])
})

test('the lists of all events forget those of the person, also when their jobs and timelines are gone, and no other', async () => {
  const { redis, name } = own.tenant
  const timelines = createTimelines(redis, name, own.fingerprint)
  const of = (key: string, identity: string) => ({
    ...{ event: 'lead.registered', key, jobId: key, receivedAt: new Date().toISOString() },
    identities: [identity],
  })
  const other = 'outra@cliente.example'
  for (const [key, identity] of [
    ['one', email],
    ['gone', email],
    ['other', other],
  ] as const)
    await timelines.begin(of(key, identity))
  await redis.del(stateKey(name, 'timeline', timelineId('gone')))
  await erase(own.tenant)
  const span = { from: 0, until: Date.now(), skip: 0, most: 10 }
  const left = await createEventLists(redis, name).read('lead.registered', span)
  expect(left.map(({ id }) => id)).toEqual([timelineId('other')])
})

test('a salesperson who is erased takes no customer along: the lead goes to the default user', async () => {
  await register(own.tenant, { email: 'cliente@outra.example', ownerEmail: email })
  const { data } = await erase(own.tenant)
  expect(data().tenants[0].removed).toEqual({ owner: 1 })
  const [job] = await own.tenant.queues['totvs-crm'].getWaiting()
  expect(job?.data.lead).toEqual({ email: 'cliente@outra.example' })
})

test('the same of an event that was corrected: neither what it is nor what it was names the salesperson', async () => {
  const theirs = { email: 'cliente@outra.example', ownerEmail: email }
  await register(own.tenant, theirs)
  const [job] = await own.tenant.queues['totvs-crm'].getWaiting()
  const edited = { original: { ...theirs, city: 'Antes' }, changes: [{ at: receivedAt, by: 'bia', fields: ['city'] }] }
  await job?.updateData({ ...job.data, edited })
  expect((await erase(own.tenant)).code).toBe(0)
  expect(await contents()).not.toContain(email)
  const [kept] = await own.tenant.queues['totvs-crm'].getWaiting()
  expect(kept?.data.edited).toEqual({ ...edited, original: { email: 'cliente@outra.example', city: 'Antes' } })
})

test('a dry run says the same and removes nothing', async () => {
  await register(own.tenant, { email, uuid, phone })
  await quarantine(own.tenant, JSON.stringify({ email }))
  const links = createContactLinks(own.tenant.redis, own.tenant.name, own.fingerprint)
  await change(own.tenant.redis, links.rememberingSeen({ uuid, email }))
  const before = await contents()
  const dry = await erase(own.tenant, '--dry-run')
  expect(await contents()).toBe(before)
  const { data } = await erase(own.tenant)
  expect(data().tenants[0].removed).toEqual(dry.data().tenants[0].removed)
  expect(dry.stdout + dry.stderr).not.toContain(email)
})

test('a pipe gets a line for each search of a tenant, a script none, and a terminal one line that is written anew', async () => {
  const { tenant } = own
  const filling = tenant.redis.pipeline()
  for (let index = 0; index < 2100; index += 1)
    filling.set(stateKey(tenant.name, 'contact-created', String(index)), '1')
  await filling.exec()
  const { stderr } = await tenant.run(['erase', '--yes', '--email', email])
  expect(stderr).toMatch(new RegExp(`^${tenant.name}: search 1 finished, 2\\d{3} keys read\n$`))
  expect((await erase(tenant)).stderr).toBe('')
  const terminal = await tenant.run(['erase', '--yes', '--email', email], { env: { TERM: 'xterm' }, isTerminal: true })
  // One line that is rewritten, and erased in the end.
  expect(terminal.stderr).not.toContain('\n')
  expect(terminal.stderr).toMatch(/: search 1, 500 keys read….*: search 1, 1000 keys read….*: search 1 finished/)
  expect(terminal.stderr.endsWith('\u001B[1G\u001B[0K')).toBe(true)
})

test('one is singular in Portuguese and two are plural', async () => {
  await register(own.tenant, { email, uuid })
  await quarantine(own.tenant, JSON.stringify({ mail: email }))
  await quarantine(own.tenant, JSON.stringify({ contact: email }))
  const { stdout } = await own.tenant.run(['erase', '--yes', '--email', email, '--lang', 'pt-BR'])
  expect(stdout).toMatch(/jobs\.waiting: 1 removido\n/)
  expect(stdout).toMatch(/quarantine\.waiting: 2 removidos\n/)
})

test('a job that a worker is processing stays and is reported; the command run again removes it', async () => {
  const { tenant } = own
  await register(tenant, { email, uuid })
  const { promise: release, resolve } = Promise.withResolvers<void>()
  const worker = await tenant.startWorker('totvs-crm', () => release)
  await expect.poll(() => tenant.queues['totvs-crm'].getActiveCount()).toBe(1)
  const first = await erase(tenant)
  expect(first.code).toBe(1)
  expect(first.data()).toMatchObject({ ok: false, tenants: [{ left: [{ queue: 'totvs-crm', state: 'active' }] }] })
  resolve()
  await worker.stop()
  expect((await erase(tenant)).code).toBe(0)
  expect(await contents()).not.toContain(email)
})

test.each([
  ['nobody', []],
  ['an e-mail that is none', ['--email', 'ana']],
  ['a phone that is none', ['--phone', '123']],
])('to erase %s is wrong use', async (_case, argv) => {
  expect((await own.tenant.run(['erase', '--yes', ...argv])).code).toBe(2)
})
