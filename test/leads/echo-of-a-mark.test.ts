import type { RdContactState } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { isQuiet } from '../support/jobs.ts'

// RD Station tells Ponte of every mark by itself, in both formats, also of those that Ponte made.
let company: Company
const redis = new Redis(inject('redisUrl'))
beforeAll(async () => {
  company = await shareCompany('echo-of-a-mark', { workflows: false })
})
afterAll(async () => {
  redis.disconnect()
  await company.stop()
})

const listen = (formats: readonly ('v1' | 'v2')[]) => {
  const { rdStationUrl, tokens } = company.ponte.tenant
  const url = `${rdStationUrl}?token=${tokens.rdStation}`
  return company.rd.change({ webhooks: formats.map(format => ({ url, format, trigger: 'opportunity' })) })
}
beforeEach(async () => {
  await company.rd.releaseWebhooks()
  await untilQuiet()
  await listen(['v1', 'v2'])
})

async function untilQuiet(...kinds: readonly ('rd-station' | 'totvs-crm')[]): Promise<void> {
  const { name } = company.ponte.tenant
  await expect.poll(async () => await company.sandbox.deliveries({ state: 'sending' }), patience).toEqual([])
  for (const destination of kinds.length > 0 ? kinds : (['rd-station', 'totvs-crm'] as const))
    await expect.poll(() => isQuiet(name, destination), patience).toBe(true)
}

/** A contact whose opportunity is won and was marked so; what the marks send is held. */
async function bringClient(name: string) {
  await company.rd.holdWebhooks()
  const { contact, opportunity } = await company.bring({ name, email: newEmail() })
  await company.crm.win(opportunity.id, 10)
  await company.announce('won', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  return { contact, opportunity }
}

const heldFor = async ({ uuid }: { uuid: string }) =>
  (await company.sandbox.deliveries({ system: 'rd-station', state: 'held' })).filter(({ body }) =>
    JSON.stringify(body).includes(uuid),
  )

const statusesOf = async (contact: { uuid: string }): Promise<string[]> =>
  (await company.opportunitiesOf(contact)).map(({ status }) => status)

/** Nothing was opened, reopened or marked. */
async function expectClient(contact: { uuid: string }): Promise<void> {
  expect(await statusesOf(contact)).toEqual(['WON'])
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE'])
}

/** Ponte's marks were made an hour earlier than they were. */
async function ageMarks(contact: Pick<RdContactState, 'uuid' | 'email'>): Promise<void> {
  const keys = await redis.keys(`{${company.ponte.tenant.name}}:ponte:contact-marks:*`)
  expect(keys.length).toBeGreaterThan(0)
  for (const key of keys)
    for (const member of await redis.zrange(key, '0', '-1')) await redis.zincrby(key, -3_600_000, member)
  expect(contact.uuid).toBeTruthy()
}

const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString()

const markedV1 = ({ uuid, email }: RdContactState, at: string | null) => ({
  leads: [{ uuid, email, name: 'Marcada', opportunity: 'true', last_marked_opportunity_date: at, last_conversion: {} }],
})
const markedV2 = ({ uuid, email }: RdContactState, at?: string) => ({
  event_type: 'WEBHOOK.MARKED_OPPORTUNITY',
  entity_type: 'CONTACT',
  event_identifier: 'default',
  timestamp: new Date().toISOString(),
  ...(at !== undefined && { event_timestamp: at }),
  contact: { uuid, email, name: 'Marcada' },
})

test('the marks of a won opportunity come back late, in both formats, the newer first: the lead is updated, nothing else', async () => {
  const { contact } = await bringClient('Eco Atrasado')
  const echoes = await heldFor(contact)
  expect(echoes).toHaveLength(2)
  await company.rd.changeContact(contact.uuid, { job_title: 'Gerente' })
  for (const { id } of echoes.toReversed()) {
    await company.rd.releaseWebhooks([id])
    await untilQuiet()
    await expectClient(contact)
  }
  expect((await company.leadOf(contact))?.jobTitle).toBe('Gerente')
  for (const { id } of echoes) await company.sandbox.redeliver(id)
  await untilQuiet()
  await expectClient(contact)
})

test('the echo of a mark that is under way opens nothing', async () => {
  await company.rd.holdWebhooks()
  const { contact, opportunity } = await company.bring({ name: 'Em Andamento', email: newEmail() })
  await company.crm.win(opportunity.id, 10)
  const match = { path: 'event_type=opportunity', body: contact.email ?? '' }
  const { id } = await company.sandbox.addFault({ system: 'rd-station', match, kind: 'latency', delayMs: 14_000 })
  await company.announce('won', opportunity.id)
  await expect
    .poll(async () => JSON.stringify(await company.sandbox.calls({ path: '/platform/events' })), patience)
    .toContain(contact.email)
  expect(await company.marksOf(contact)).toEqual([])
  await company.deliverBody(markedV2(contact, inMinutes(0)))
  await expect.poll(() => isQuiet(company.ponte.tenant.name, 'totvs-crm'), patience).toBe(true)
  expect(await statusesOf(contact)).toEqual(['WON'])
  await company.sandbox.clearFaults(id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  await untilQuiet()
  await expectClient(contact)
})

test.each([
  ['v1', (contact: RdContactState) => markedV1(contact, inMinutes(0))],
  ['v2', (contact: RdContactState) => markedV2(contact, inMinutes(0))],
] as const)(
  'a later mark by marketing, in format %s, opens one opportunity, which is marked once',
  async (_format, body) => {
    const { contact } = await bringClient('Marcada de Novo')
    await company.rd.releaseWebhooks()
    await untilQuiet()
    await ageMarks(contact)
    await company.deliverBody(body(contact))
    await expect.poll(() => statusesOf(contact), patience).toEqual(['WON', 'PROGRESS'])
    await company.deliverBody(body(contact))
    const opened = (await company.opportunitiesOf(contact)).at(-1)
    await company.announce('created', opened?.id ?? '')
    await company.untilMarks(contact, ['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
    await untilQuiet()
    expect(await statusesOf(contact)).toEqual(['WON', 'PROGRESS'])
    expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
  },
)
