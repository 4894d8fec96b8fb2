import { SHORT_ID_CHARACTERS } from '@ponte/contracts'
import { createHash, randomBytes } from 'node:crypto'
import { deriveFingerprintKey } from '@ponte/runtime'
import { createAudit, createFingerprint, type Fingerprint, timelineId } from '@ponte/state'
import { type RedisServer, startRedis } from '@ponte/testbed'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWebhookSink } from '../support/servers/alert-sinks.ts'
import { type Company, patience, startCompany } from '../support/company.ts'
import { withQueue } from '../support/jobs.ts'
import { openTestRedis, readRedis } from '../support/redis/redis-contents.ts'
import { openShell, type Shell } from '../support/commands/shell.ts'

const mark = randomBytes(4).toString('hex')
const person = { name: `Clotilde Zwx${mark}`, email: `clotilde.${mark}@cliente.example`, mobile_phone: '34 99123-4567' }
const other = { name: `Osvaldo Qkj${mark}`, email: `osvaldo.${mark}@cliente.example`, mobile_phone: '34 98888-7654' }

let server: RedisServer
let redis: Redis
let fingerprint: Fingerprint
let alerts: Awaited<ReturnType<typeof openWebhookSink>>
let company: Company
let shell: Shell
beforeAll(async () => {
  // A Redis of its own: what is left of the person is looked for in all of it, the keys of no tenant included.
  server = await startRedis()
  redis = openTestRedis(server.url)
  alerts = await openWebhookSink()
  const secretKey = randomBytes(32).toString('base64')
  fingerprint = createFingerprint(deriveFingerprintKey(Buffer.from(secretKey, 'base64')))
  company = await startCompany({
    redisUrl: server.url,
    board: true,
    tenant: { statusRd: { rounds: 1, pauseSeconds: 0.5 } },
    env: {
      PONTE_SECRET_KEY: secretKey,
      ALERT_WEBHOOK_URL: alerts.url,
      ALERT_FAILURES: '1',
      ALERT_WINDOW_MINUTES: '10',
      ALERT_CHECK_SECONDS: '0.2',
    },
  })
  shell = await openShell(company, { secretKey, redisUrl: server.url })
})
afterAll(async () => {
  await company.stop()
  await Promise.all([shell.close(), alerts.close()])
  redis.disconnect()
  await server.stop()
})

type Kind = 'totvs-crm' | 'rd-station' | 'quarantine'
const failedIn = (kind: Kind) => withQueue(company.ponte.tenant.name, kind, queue => queue.getFailed(), server.url)
const untilFailed = (kind: Kind, count: number) =>
  expect.poll(async () => (await failedIn(kind)).length, patience).toBe(count)
const isQuiet = (kind: Kind): Promise<boolean> =>
  withQueue(
    company.ponte.tenant.name,
    kind,
    async queue => (await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized')) === 0,
    server.url,
  )

/** Comes over, is won, and comes again. */
async function bring(seed: typeof person) {
  const { contact, opportunity } = await company.bring(seed)
  await company.crm.win(opportunity.id, 900)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  return { contact, opportunity }
}

/** An operator corrects the failed lead, in vain: it fails again. */
async function editInVain(): Promise<void> {
  const { board, tenant } = company.ponte
  if (board === undefined) throw new Error('there is no board')
  const [job] = await failedIn('totvs-crm')
  const address = `${board.url}/jobs/${tenant.name}/totvs-crm/${job?.id}`
  const authorization = `Basic ${Buffer.from(`${board.user}:${board.password}`).toString('base64')}`
  const post = async (path: string, fields: Record<string, string>): Promise<Response> =>
    await fetch(`${address}/${path}`, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams(fields),
      redirect: 'manual',
    })
  const texts = Object.entries(job?.data.lead ?? {}).flatMap(([field, value]): [string, string][] =>
    typeof value === 'string' ? [[field, value]] : [],
  )
  const fields = { ...Object.fromEntries(texts), city: 'Uberlândia' }
  const [, seen = ''] = /name="seen" value="([^"]+)"/.exec(await (await post('preview', fields)).text()) ?? []
  expect((await post('apply', { ...fields, seen })).status).toBe(303)
  await expect
    .poll(async () => (await failedIn('totvs-crm')).map(({ data }) => data.edited !== undefined), patience)
    .toEqual([true])
}

/** What Redis holds of somebody, a line each: the key, and by what it is theirs. */
async function tracesOf(
  { name, email, mobile_phone: phone }: typeof person,
  ids: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const digits = phone.replaceAll(/\D/g, '')
  const signs = {
    name,
    email,
    phone: digits,
    ...ids,
    emailPrint: fingerprint(email),
    emailIdentity: fingerprint(`email ${email}`),
    phonePrint: fingerprint(digits),
    ...Object.fromEntries(Object.entries(ids).map(([id, value]) => [`${id}Print`, fingerprint(value)])),
    uuidIdentity: fingerprint(`uuid ${ids['uuid']}`),
  }
  const entries = await readRedis(redis)
  expect(entries.filter(({ text }) => text === undefined || text === '')).toEqual([])
  return entries.flatMap(({ key, text }) => {
    const all = `${key} ${text}`.toLowerCase()
    const plain = all.replaceAll(/[\s().\-+]/g, '')
    return Object.entries(signs).flatMap(([sign, value]) =>
      all.includes(value.toLowerCase()) || (sign === 'phone' && plain.includes(value)) ? [`${key} ${sign}`] : [],
    )
  })
}

test('after erase nothing of a person is left in Redis, wherever the person stood', async () => {
  const { rd, crm, sandbox } = company
  const { contact, opportunity } = await bring(person)
  const bystander = await bring(other)
  const lead = await company.leadOf(contact)

  // A mark fails permanently, and so does the write of its text.
  const refusal = { kind: 'status', status: 400, times: 'forever' } as const
  await sandbox.addFault({ ...refusal, system: 'rd-station', match: { path: '/platform/events', method: 'POST' } })
  const second = await crm.addOpportunity({ leadId: lead?.id ?? '', userId: lead?.userId ?? '' })
  await untilFailed('rd-station', 1)
  await expect.poll(() => company.statusRdOf(second), patience).toMatch(/^ERRO FINAL/)
  // A lead fails, is corrected and fails again; a delivery of theirs cannot be read.
  await sandbox.addFault({
    ...refusal,
    system: 'totvs-crm',
    match: { path: '/api/integration', method: 'POST' },
    body: { code: 'E1', message: `${person.email} ${person.name} ${person.mobile_phone}` },
  })
  await rd.convert(contact.uuid, { identifier: 'outra-vez' })
  await company.deliver(contact)
  await untilFailed('totvs-crm', 1)
  await editInVain()
  await company.deliverBody({ unknown: 'shape', contato: { mail: person.email, nome: person.name } })
  await untilFailed('quarantine', 1)
  await expect.poll(() => alerts.texts().join('\n'), patience).toMatch(/falh.*aguarda/)
  for (const kind of ['totvs-crm', 'rd-station', 'quarantine'] as const)
    await expect.poll(() => isQuiet(kind), patience).toBe(true)

  const [delivery] = await failedIn('quarantine')
  const ids = {
    delivery: delivery?.id ?? '',
    uuid: contact.uuid,
    leadId: lead?.id ?? '',
    opportunityId: opportunity.id,
    secondId: second.id,
  }
  const before = await tracesOf(person, ids)
  // Nor can somebody who has Redis alone find the person by trying every e-mail and every phone there is.
  const dump = (await readRedis(redis)).map(({ key, text }) => `${key} ${text}`).join('\n')
  const digits = person.mobile_phone.replaceAll(/\D/g, '')
  const guesses = [person.email, digits, contact.uuid].flatMap(known =>
    ['', 'email ', 'phone ', 'uuid ', 'person '].map(kind => kind + known),
  )
  for (const guess of guesses)
    for (const hash of ['sha256', 'sha1', 'md5'])
      for (const [form, length] of [
        ['hex', 32],
        ['base64url', SHORT_ID_CHARACTERS],
      ] as const)
        expect(dump, `${hash} ${form}`).not.toContain(createHash(hash).update(guess).digest(form).slice(0, length))
  const { name: tenant } = company.ponte.tenant
  const kinds = new Set(before.map(line => line.split(' ')[0]?.split(':').slice(1, 3).join(':').replace(tenant, 't')))
  // Whatever Ponte keeps of a person was there to be found.
  for (const kind of ['lead', 'mark', 'contact-lead', 'contact-seen', 'timelines', 'edit'])
    expect([...kinds], kind).toContain(`ponte:${kind}`)
  const timelineCount = (await redis.keys(`{${tenant}}:ponte:timeline:*`)).length

  // What is still at work for the person makes it refuse: again, then.
  await expect.poll(() => shell.ponte(['erase', '--yes', '--email', person.email]), patience).toMatchObject({ code: 0 })
  // A job's id says nothing about the person; its timeline does.
  const { delivery: jobId, ...others } = ids
  expect(before.some(line => line.includes(`:ponte:timeline:${timelineId(jobId)}`))).toBe(true)
  expect(await redis.exists(`{${tenant}}:ponte:timeline:${timelineId(jobId)}`)).toBe(0)
  expect(await tracesOf(person, others)).toEqual([])
  expect((await redis.keys(`{${tenant}}:ponte:timeline:*`)).length).toBeLessThan(timelineCount)
  expect(await createAudit(redis).read({ count: 1000 })).toContainEqual(expect.objectContaining({ action: 'erase' }))

  const { contact: stranger, opportunity: theirs } = bystander
  const left = await tracesOf(other, { uuid: stranger.uuid, opportunityId: theirs.id })
  expect(left.some(line => line.includes(':ponte:contact-lead:'))).toBe(true)
  expect(left.some(line => line.includes(':ponte:mark:'))).toBe(true)
})
