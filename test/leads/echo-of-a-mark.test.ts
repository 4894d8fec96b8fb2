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

test('the marks of every step come back at once and after the last: each opportunity stays as sales left it', async () => {
  const { contact, opportunity } = await bringClient('Eco de Cada Passo')
  await company.crm.reopen(opportunity.id)
  await company.announce('updated', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
  await company.crm.lose(opportunity.id, 'Prazo')
  await company.announce('lost', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE', 'OPPORTUNITY', 'OPPORTUNITY_LOST'])
  expect(await heldFor(contact)).toHaveLength(4)
  await company.rd.releaseWebhooks()
  await untilQuiet()
  expect(await statusesOf(contact)).toEqual(['LOST'])
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY', 'OPPORTUNITY_LOST'])
})

test('the echo of a mark whose answer was lost comes before its job knows of it, and opens nothing', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Resposta Perdida', email: newEmail() })
  await company.crm.win(opportunity.id, 10)
  await company.sandbox.addFault({
    system: 'rd-station',
    match: { path: 'event_type=opportunity', body: contact.email ?? '' },
    kind: 'drop-after',
  })
  // Its job asks what became of the mark, and gets no answer before the echo has come.
  const asks = { path: `/${contact.uuid}/events` }
  const { id } = await company.sandbox.addFault({ system: 'rd-station', match: asks, kind: 'latency', delayMs: 14_000 })
  await company.announce('won', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await untilQuiet('totvs-crm')
  await company.sandbox.clearFaults(id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
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
  ['v1', (contact: RdContactState) => markedV1(contact, null)],
  ['v2', (contact: RdContactState) => markedV2(contact)],
  ['v1 without the uuid', (contact: RdContactState) => markedV1({ ...contact, uuid: '' }, null)],
] as const)('an echo that tells no time, in format %s, opens nothing', async (_format, body) => {
  const { contact } = await bringClient('Eco sem Hora')
  await company.deliverBody(body(contact))
  await untilQuiet()
  await expectClient(contact)
})

test('an echo brings back no lead that was removed from TOTVS CRM', async () => {
  const { contact } = await bringClient('Removida')
  const lead = await company.leadOf(contact)
  await company.crm.removeLead(lead?.id ?? '')
  await company.rd.releaseWebhooks()
  await untilQuiet()
  expect(await company.leadOf(contact)).toBeUndefined()
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

test.each([
  ['of the same lead', undefined],
  ['of another lead with the e-mail', 'another lead'],
])('a mark by marketing opens nothing while a salesperson has an open opportunity %s', async (_whose, other) => {
  const contact = await company.convert({ name: 'Já em Venda', email: newEmail() })
  const emails = [{ email: contact.email ?? '', emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }]
  const lead = await company.crm.addLead({ name: 'Já em Venda', externalId: `rd:${contact.uuid}`, emails })
  const sold = other === undefined ? lead : await company.crm.addLead({ name: other, emails })
  const { opportunityTypes } = await company.crm.state()
  const type = opportunityTypes.find(({ description }) => description !== 'Integração RD Station')
  await company.crm.addOpportunity({ leadId: sold.id, opportunityType: { id: type?.id ?? '' } })
  await company.rd.mark(contact.uuid)
  await untilQuiet()
  const { opportunities } = await company.crm.state()
  expect(opportunities.filter(({ leadId }) => [lead.id, sold.id].includes(leadId))).toHaveLength(1)
})

test('a mark by marketing opens nothing where TOTVS CRM cannot be asked for the e-mail', async () => {
  const email = newEmail().replace('pessoa.', 'pessoa{1}.')
  const contact = await company.convert({ name: 'Já em Venda', email })
  const emails = [{ email, emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }]
  const lead = await company.crm.addLead({ name: 'Já em Venda', externalId: `rd:${contact.uuid}`, emails })
  const sold = await company.crm.addLead({ name: 'De um Vendedor', emails })
  await company.crm.addOpportunity({ leadId: sold.id })
  await company.rd.mark(contact.uuid)
  await untilQuiet()
  const { opportunities } = await company.crm.state()
  expect(opportunities.filter(({ leadId }) => [lead.id, sold.id].includes(leadId))).toHaveLength(1)
})

test('a mark by marketing opens the opportunity of somebody whom Ponte never marked', async () => {
  const contact = await company.convert({ name: 'Marcada à mão', email: newEmail() })
  await company.rd.mark(contact.uuid)
  await expect.poll(() => statusesOf(contact), patience).toEqual(['PROGRESS'])
  await untilQuiet()
  expect(await statusesOf(contact)).toEqual(['PROGRESS'])
})

test('a conversion that is delivered after the echo of a later mark still opens its opportunity, and its older values overwrite nothing', async () => {
  const contact = await company.rd.addContact({ name: 'Conversão Atrasada', email: newEmail(), city: 'Nova' })
  const emails = [{ email: contact.email ?? '', emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }]
  const lead = await company.crm.addLead({ name: 'Em Venda', externalId: `rd:${contact.uuid}`, emails })
  const { opportunityTypes } = await company.crm.state()
  const type = opportunityTypes.find(({ description }) => description !== 'Integração RD Station')
  const sold = await company.crm.addOpportunity({ leadId: lead.id, opportunityType: { id: type?.id ?? '' } })
  await company.announce('created', sold.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await untilQuiet()
  expect((await company.leadOf(contact))?.addresses).toMatchObject([{ cityName: 'Nova' }])
  await company.deliverBody({
    ...markedV2(contact, inMinutes(-30)),
    event_type: 'WEBHOOK.CONVERTED',
    event_identifier: 'formulario',
    contact: { uuid: contact.uuid, email: contact.email, name: 'Conversão Atrasada', city: 'Velha' },
  })
  await expect.poll(() => statusesOf(contact), patience).toEqual(['PROGRESS', 'PROGRESS'])
  expect((await company.leadOf(contact))?.addresses).toMatchObject([{ cityName: 'Nova' }])
})
