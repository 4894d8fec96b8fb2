import { DAY_MS, identifiedEventOfJob } from '@ponte/contracts'
import {
  countFailed,
  countRemoved,
  createCalendar,
  createCauseRecords,
  createFigureCounts,
  createMarkLedger,
  createStatusLedger,
  createTenantMode,
  createTimelines,
  readFigures,
  stateKey,
  sumFigures,
} from '@ponte/state'
import { expect, test } from 'vitest'
import { dumpRedis } from '../testing/dump-redis.ts'
import { email, erase, phone, register, uuid } from '../testing/person-in-redis.ts'
import { useOwnRedis } from '../testing/use-cli-set-up.ts'

const own = useOwnRedis()
const timeZone = 'America/Sao_Paulo'

/** Counts conversions and losses as a worker does. */
async function count(at: number, identifiers: readonly string[], reason: string): Promise<void> {
  const { redis, name } = own.tenant
  const { counts, conversion, mark } = createFigureCounts()
  for (const identifier of identifiers) conversion({ identifier })
  mark('loss', { reason })
  const key = crypto.randomUUID()
  const of = { event: 'lead.registered', key, jobId: key, receivedAt: new Date(at).toISOString(), identities: [] }
  await createTimelines(redis, name, own.fingerprint, createCalendar(timeZone)).record(
    of,
    { kind: 'run', at, event: 'lead.registered', jobId: key, outcome: 'done' },
    { figures: { counts, ends: new Map() } },
  )
}
async function figures() {
  const { redis, name } = own.tenant
  const read = await readFigures(redis, [name], { period: '30d', now: Date.now(), timeZone })
  return sumFigures((read.get(name) ?? []).map(span => span.figures))
}

test("the figures lose a person's name, which an event of the person or --name tells, and keep their sums", async () => {
  await register(own.tenant, { email, uuid, name: 'Zeferina  Quitéria' })
  const identifiers = ['Orçamento ZEFERINA-QUITERIA', 'zeferina_quitéria', 'Zeferina Quitérias', 'webinar']
  await count(Date.now() - 3 * DAY_MS, identifiers, 'Zé da Quitanda desistiu')
  await count(Date.now(), identifiers, 'Sem verba')
  const before = await dumpRedis(own.tenant.redis)
  const dry = await erase(own.tenant, '--name', 'Zé da Quitanda', '--dry-run')
  expect(dry.data().tenants[0].removed['figures']).toBe(10)
  expect(await dumpRedis(own.tenant.redis)).toBe(before)

  expect((await erase(own.tenant, '--name', 'Zé da Quitanda')).code).toBe(0)
  expect(await figures()).toMatchObject({
    identifiers: { '': 4, 'Zeferina Quitérias': 2, webinar: 2 },
    lossReasons: { '': 1, 'Sem verba': 1 },
    marks: { loss: 2 },
  })
})

test('a name of one word is removed only where it is asked for, and one of a letter or two not at all', async () => {
  await register(own.tenant, { email, uuid, name: 'Rosa' })
  await count(Date.now(), ['campanha outubro rosa'], 'Preço')
  await erase(own.tenant)
  expect((await figures()).identifiers).toEqual({ 'campanha outubro rosa': 1 })
  expect((await erase(own.tenant, '--name', 'Rô')).code).toBe(2)
  await erase(own.tenant, '--name', 'rosa')
  expect((await figures()).identifiers).toEqual({ '': 1 })
})

test('a note about a cause of failures that names the person goes; to whom the cause is assigned stays', async () => {
  const { redis, name } = own.tenant
  await register(own.tenant, { email, uuid, name: 'Zeferina Quitéria' })
  const records = createCauseRecords(redis, name)
  const failedAt = Date.now()
  const stamp = { by: 'ana', at: 1 }
  const causes = { theirs: 'CRM_REJECTED', other: 'CRM_CONFLICT' }
  for (const code of Object.values(causes))
    await records.change({ queue: 'totvs-crm', code }, 'assignee', { value: { to: 'bia', ...stamp }, failedAt })
  const note = (code: string, text: string) =>
    records.change({ queue: 'totvs-crm', code }, 'note', { value: { text, ...stamp }, failedAt })
  await note(causes.theirs, 'zeferina quiteria ligou')
  await note(causes.other, 'suporte avisado')
  await erase(own.tenant)
  const read = (code: string) => records.read({ queue: 'totvs-crm', code })
  expect(await read(causes.theirs)).toMatchObject({ assignee: { to: 'bia' }, note: undefined })
  expect(await read(causes.other)).toMatchObject({ note: { text: 'suporte avisado' } })
})

test('a long note and the answers of a mute lose the person, and the mute stays', async () => {
  const { redis, name } = own.tenant
  await register(own.tenant, { email, uuid, name: 'Zeferina Quitéria', mobilePhone: phone })
  const records = createCauseRecords(redis, name)
  const failedAt = Date.now()
  const stamp = { by: 'ana', at: 1 }
  const of = { queue: 'totvs-crm', code: 'CRM_REJECTED' }
  const answer = 'telefone inválido '.repeat(12)
  const shapes = [`${answer}1`, `${answer} de zeferina quiteria`, '34 99000 0001 já existe', 'cep']
  await records.change(of, 'mute', { value: { ...stamp, count: 3, shapes }, failedAt })
  await records.change(of, 'note', { value: { text: `${'x '.repeat(230)}Zeferina\nQuitéria`, ...stamp }, failedAt })
  const dry = await erase(own.tenant, '--dry-run')
  expect(dry.data().tenants[0].removed).toMatchObject({ traces: 2 })
  await erase(own.tenant)
  const { note, mute } = await records.read(of)
  expect(note).toBeUndefined()
  expect(mute).toMatchObject({ by: 'ana', count: 3, shapes: [`${answer}1`, 'cep'] })
})

test('an operator whose login is the e-mail keeps what they noted of others, their mute and what is assigned to them', async () => {
  const { redis, name } = own.tenant
  await register(own.tenant, { email, uuid })
  const records = createCauseRecords(redis, name)
  const failedAt = Date.now()
  const of = { queue: 'totvs-crm', code: 'CRM_REJECTED' }
  const note = { text: 'ask TOTVS', by: email, at: 1 }
  const mute = { by: 'ana', at: 2, count: 3, shapes: ['cep'] }
  const assignee = { to: email, by: email, at: 3 }
  await records.change(of, 'note', { value: note, failedAt })
  await records.change(of, 'mute', { value: mute, failedAt })
  const another = { ...of, code: 'CRM_CONFLICT' }
  await records.change(another, 'assignee', { value: assignee, failedAt })
  expect((await erase(own.tenant)).data().tenants[0].removed).not.toHaveProperty('traces')
  expect(await records.read(of)).toEqual({ note, mute })
  expect(await records.read(another)).toEqual({ assignee })
})

test('the log of another person’s event loses the lines that name the person, by name or by phone', async () => {
  const { queues, redis } = own.tenant
  await register(own.tenant, { email, uuid, name: 'Zeferina Quitéria', mobilePhone: phone })
  const { jobId } = await register(own.tenant, { email: 'outra@cliente.example', name: 'Rui' })
  const queue = queues['totvs-crm']
  const lines = [
    'o e-mail já é de ZEFERINA QUITERIA',
    `${'x '.repeat(300)} Zeferina Quitéria`,
    'o telefone 34 99000-0001 já existe',
    'recusado: cep',
  ]
  for (const line of lines) await queue.addJobLog(jobId, line, 200)
  await erase(own.tenant)
  expect(await redis.lrange(queue.toKey(`${jobId}:logs`), 0, -1)).toEqual(['recusado: cep'])
  expect(await queue.getJob(jobId)).toBeDefined()
})

test('a name that is one of Ponte’s own words takes nothing from what is counted by such words', async () => {
  await register(own.tenant, { email, uuid, name: 'Loss' })
  await count(Date.now(), ['loss aversion'], 'Preço')
  await erase(own.tenant, '--name', 'loss')
  expect(await figures()).toMatchObject({ identifiers: { '': 1 }, marks: { loss: 1 } })
})

test('what rules read of a person’s own event goes with it', async () => {
  await register(own.tenant, { email, uuid, values: { cf_pergunta: ['uma resposta livre'] } })
  const { data } = await erase(own.tenant)
  expect(data().tenants[0].removed).toMatchObject({ 'jobs.waiting': 1 })
  expect(await dumpRedis(own.tenant.redis)).not.toContain('resposta livre')
})

test('a customer whose answers mention the person stays, without these answers, and is not followed', async () => {
  const values = { cf_indicacao: [`indicada por ${email}`], cf_porte: ['11-50'], tags: ['feira', email] }
  await register(own.tenant, { email: 'cliente@outra.example', ownerEmail: 'bia@acme.example', values })
  await register(own.tenant, { email: 'cliente@outra.example' })
  const dry = await erase(own.tenant, '--dry-run')
  expect(dry.data().tenants[0].removed).toEqual({ answers: 1 })
  const { data } = await erase(own.tenant)
  expect(data().tenants[0].removed).toEqual({ answers: 1 })
  const left = await own.tenant.queues['totvs-crm'].getWaiting()
  expect(left.map(job => job.data.lead)).toEqual(
    expect.arrayContaining([
      {
        email: 'cliente@outra.example',
        ownerEmail: 'bia@acme.example',
        values: { cf_porte: ['11-50'], tags: ['feira'] },
      },
      { email: 'cliente@outra.example' },
    ]),
  )
  expect(await dumpRedis(own.tenant.redis)).not.toContain(email)
})

test('what the shadow keeps of the person goes, and of others only what names the person', async () => {
  const { redis, name } = own.tenant
  const mode = createTenantMode(redis, name)
  await mode.declare('shadow')
  const receivedAt = Date.now()
  const keep = (id: string, data: object, queue: 'totvs-crm' | 'rd-station' = 'totvs-crm') =>
    mode.endInShadow({ id, queue, name: 'lead.registered', receivedAt, data: { v: 1, key: id, ...data } })
  const other = { email: 'outra@cliente.example', uuid: crypto.randomUUID() }
  await keep('own', { lead: { email, uuid } })
  await keep('other', { lead: other })
  await keep('owned', { lead: { ...other, ownerEmail: email, values: { amigo: [email], cidade: ['Recife'] } } })
  const before = await dumpRedis(redis)
  const dry = await erase(own.tenant, '--dry-run')
  expect(dry.data().tenants[0].removed).toMatchObject({ shadow: 1, owner: 1, answers: 1 })
  expect(await dumpRedis(redis)).toBe(before)

  expect((await erase(own.tenant)).code).toBe(0)
  expect(await dumpRedis(redis)).not.toContain(email)
  const kept = await mode.newest(10)
  expect(new Set(kept.map(({ id }) => id))).toEqual(new Set(['other', 'owned']))
  expect(kept.find(({ id }) => id === 'owned')?.data).toEqual({
    ...{ v: 1, key: 'owned' },
    lead: { ...other, values: { cidade: ['Recife'] } },
  })
  // Nothing waits for what was erased.
  await mode.switchOff(receivedAt)
  expect(await mode.declare('live')).toMatchObject({ isGoingLive: true })
  await mode.drop(['other', 'owned'])
  expect(await mode.endGoingLive()).toBe(true)
})

test('a failed event that is erased counts as removed, and nothing of it stays', async () => {
  const { redis, name, queues } = own.tenant
  const { jobId } = await register(own.tenant, { email, uuid })
  const queue = queues['totvs-crm']
  await redis.lrem(queue.toKey('wait'), 0, jobId)
  await redis.zadd(queue.toKey('failed'), Date.now(), jobId)
  const job = await queue.getJob(jobId)
  if (job === undefined) throw new Error('the lead is not in its queue')
  const ends = createFigureCounts()
  ends.ended('lead.registered', 'failed', 'CRM_REJECTED')
  const run = { kind: 'run', at: Date.now(), event: job.name, jobId, outcome: 'failed' } as const
  const timelines = createTimelines(redis, name, own.fingerprint, createCalendar(timeZone))
  const figuresOfRun = { counts: new Map(), ends: ends.counts }
  await timelines.record(await identifiedEventOfJob(job), run, { figures: figuresOfRun })
  expect(countFailed(await figures())).toBe(1)
  expect((await erase(own.tenant)).code).toBe(0)
  const after = await figures()
  expect([countFailed(after), countRemoved(after)]).toEqual([0, 1])
  expect(await redis.keys(`{${name}}:ponte:timeline*`)).toEqual([])
})

const otherUuid = '6c1f9a52-0d1c-4c55-9d51-6a2f1f6f0b11'
const theirs = { reason: 'Zeferina Quitéria desistiu' }
const price = { reason: 'Preço' }
const at = 1_772_724_516_110
const last = { mark: 'loss', at, address: 'a', wasShown: true, wasSold: false } as const

const keep = (kind: string, id: string, record: object) =>
  own.tenant.redis.set(stateKey(own.tenant.name, kind, id), JSON.stringify(record), 'EX', 1000)

async function read(kind: string, id: string): Promise<unknown> {
  const { redis, name } = own.tenant
  return JSON.parse((await redis.get(stateKey(name, kind, id))) ?? 'null')
}

test('a reason that names the person goes from the records of others, and all else of these stays', async () => {
  const { redis, name } = own.tenant
  await register(own.tenant, { email, uuid, name: 'Zeferina Quitéria' })
  const asked = { ...last, opportunityId: 'o-2', by: 'o-2', recheckAfter: at, isCounted: true }
  const ends = [
    { opportunityId: 'o-1', marked: 'lost' },
    { opportunityId: 'o-3', marked: 'lost', worth: price },
  ] as const
  const contact = { shown: true, sold: true, last: { ...last, opportunityId: 'o-3' } }
  const mark = { marked: 'lost', contact: otherUuid, counted: ['open', 'lost'], newer: 1 }
  await keep('contact', otherUuid, {
    ...contact,
    kept: [{ ...ends[0], worth: theirs }, ends[1]],
    unanswered: { ...asked, worth: theirs },
  })
  await keep('mark', 'o-4', { ...mark, worth: theirs })
  await keep('mark', 'o-5', { ...mark, worth: price })
  const text =
    'OK: perda registrada com o motivo "Zeferina Quitéria desistiu"; o motivo agora é "Prazo": corrija no RD Station'
  const failing = { round: 1, code: 'RD_REJECTED', fingerprint: 'f', failedJobs: ['j'] }
  await keep('status-rd', 'o-4', { failing, field: { text, state: 'shown', writes: 1, shown: text }, differs: text })
  const before = await dumpRedis(redis)
  const dry = await erase(own.tenant, '--dry-run')
  expect(dry.data().tenants[0].removed).toMatchObject({ traces: 3 })
  expect(await dumpRedis(redis)).toBe(before)

  const { code, data } = await erase(own.tenant)
  expect([code, data().tenants[0].removed['traces']]).toEqual([0, 3])
  expect(await dumpRedis(redis)).not.toMatch(/zeferina/i)
  expect(await read('contact', otherUuid)).toEqual({ ...contact, kept: ends, unanswered: asked })
  expect(await read('mark', 'o-4')).toEqual(mark)
  expect(await read('mark', 'o-5')).toEqual({ ...mark, worth: price })
  expect(await read('status-rd', 'o-4')).toEqual({ failing })
  // They can be read, and end when they would have ended.
  expect(await createMarkLedger(redis, name).peek(['o-4'])).toMatchObject([{ marked: 'lost' }])
  expect(await createStatusLedger(redis, name).peek(['o-4'])).toEqual([{ failing }])
  expect(await redis.ttl(stateKey(name, 'mark', 'o-4'))).toBeGreaterThan(0)
})

test('a contact that gave an opportunity to the person keeps its record, without the end of that one', async () => {
  const { redis, name } = own.tenant
  await register(own.tenant, { email, uuid })
  const opportunity = '0d9c2b6e-93a5-4d35-8a60-3e1c3fd0a001'
  await redis.zadd(stateKey(name, 'contact-opportunities', uuid), 1, opportunity)
  const contact = { shown: true, sold: true }
  await keep('contact', otherUuid, { ...contact, kept: [{ opportunityId: opportunity, marked: 'lost', worth: price }] })
  expect((await erase(own.tenant)).code).toBe(0)
  expect(await read('contact', otherUuid)).toEqual({ ...contact, kept: [] })
})
