import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany, sendUntilAccepted } from '../support/company.ts'
import { failedJobs, isQuiet } from '../support/jobs.ts'
import { firstOf } from '../support/long-run.ts'

// The webhooks of TOTVS CRM are sent by the tests, so that their order is the test's.
let company: Company
beforeAll(async () => {
  company = await shareCompany('marks', { workflows: false })
})
afterAll(() => company.stop())

const untilQuiet = (): Promise<void> =>
  expect.poll(() => isQuiet(company.ponte.tenant.name, 'rd-station'), patience).toBe(true)

const failedFor = async (opportunityId: string): Promise<(string | undefined)[]> =>
  (await failedJobs(company.ponte.tenant.name, 'rd-station'))
    .filter(job => job.data.opportunityId === opportunityId)
    .map(job => job.failedReason)

const eventCalls = async (email: string) =>
  (await company.sandbox.calls({ path: '/platform/events', method: 'POST' })).filter(({ body }) =>
    JSON.stringify(body).includes(email),
  )

test('created, won and lost, each in its turn, are marked as they happen', async () => {
  const won = await company.bring({ name: 'Ganha', email: newEmail() })
  await company.announce('created', won.opportunity.id)
  await company.untilMarks(won.contact, ['OPPORTUNITY'])
  await company.crm.win(won.opportunity.id, 1234.56)
  await company.announce('won', won.opportunity.id)
  await company.untilMarks(won.contact, ['OPPORTUNITY', 'SALE'])
  expect(await company.rd.contact(won.contact.uuid)).toMatchObject({
    sales: [1234.56],
    funnel: { lifecycle_stage: 'Client' },
  })

  const lost = await company.bring({ name: 'Perdida', email: newEmail() })
  await company.announce('created', lost.opportunity.id)
  await company.crm.lose(lost.opportunity.id, 'Preço alto')
  await company.announce('lost', lost.opportunity.id)
  await company.untilMarks(lost.contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST'])
  expect((await company.rd.contact(lost.contact.uuid)).marks.at(-1)?.reason).toBe('Preço alto')
})

test.each(firstOf(2, [['won'], ['lost'], ['updated'], ['created']]))(
  'a %s event that comes first brings RD Station up to date with a sale: opportunity, then sale',
  async intent => {
    const { contact, opportunity } = await company.bring({ name: 'Fora de Ordem', email: newEmail() })
    await company.crm.win(opportunity.id, 10)
    await company.announce(intent, opportunity.id)
    await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  },
)

test('late and repeated events change nothing and never turn a client back into an opportunity', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Tarde', email: newEmail() })
  await company.crm.win(opportunity.id, 10)
  await company.announce('won', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  const sameEvent = crypto.randomUUID()
  await company.announce('created', opportunity.id)
  await company.announce('won', opportunity.id, sameEvent)
  expect(await company.announce('won', opportunity.id, sameEvent)).toMatchObject({
    accepted: [],
    duplicates: [{ event: 'opportunity.won' }],
  })
  await untilQuiet()
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE'])
  expect((await company.rd.contact(contact.uuid)).funnel).toMatchObject({
    lifecycle_stage: 'Client',
    opportunity: false,
  })
})

test('all events of an opportunity at once, through two workers, mark each transition once', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Tudo Junto', email: newEmail() })
  await company.crm.win(opportunity.id, 10)
  await Promise.all(
    ['created', 'won', 'updated', 'created', 'won', 'updated', 'lost'].map(intent =>
      company.announce(intent, opportunity.id),
    ),
  )
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  await untilQuiet()
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE'])
})

test('lost, reopened and won, each seen in its turn, is marked at each step', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Reaberta', email: newEmail() })
  await company.announce('created', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.crm.lose(opportunity.id, 'Prazo')
  await company.announce('lost', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST'])
  await company.crm.reopen(opportunity.id)
  await company.announce('updated', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST', 'OPPORTUNITY'])
  await company.crm.win(opportunity.id, 5)
  await company.announce('won', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST', 'OPPORTUNITY', 'SALE'])
})

test('a state that came and went before Ponte read it is not made up', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Ida e Volta', email: newEmail() })
  await company.announce('created', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.crm.lose(opportunity.id, 'Engano')
  await company.crm.reopen(opportunity.id)
  await company.announce('lost', opportunity.id)
  await untilQuiet()
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])
})

test('a discarded opportunity marks nothing', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Descartada', email: newEmail() })
  await company.crm.changeOpportunity(opportunity.id, { status: 'DISCARDED' })
  await company.announce('updated', opportunity.id)
  await untilQuiet()
  expect(await company.marksOf(contact)).toEqual([])
  expect(await failedFor(opportunity.id)).toEqual([])
})

test('a sale without a value is registered with 0, a loss without a reason says so', async () => {
  const sale = await company.bring({ name: 'Sem Valor', email: newEmail() })
  await company.crm.win(sale.opportunity.id, null)
  await company.announce('won', sale.opportunity.id)
  await company.untilMarks(sale.contact, ['OPPORTUNITY', 'SALE'])
  expect((await company.rd.contact(sale.contact.uuid)).sales).toEqual([0])

  const loss = await company.bring({ name: 'Sem Motivo', email: newEmail() })
  await company.crm.lose(loss.opportunity.id)
  await company.announce('lost', loss.opportunity.id)
  await company.untilMarks(loss.contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST'])
  expect((await company.rd.contact(loss.contact.uuid)).marks.at(-1)?.reason).toBe('Motivo não informado')
})

test('a sale above the limit fails with its code, and no sale call is made', async () => {
  const email = newEmail()
  const { contact, opportunity } = await company.bring({ name: 'Cara Demais', email })
  await company.crm.win(opportunity.id, 99_999_999.01)
  await company.announce('won', opportunity.id)
  await expect
    .poll(() => failedFor(opportunity.id), patience)
    .toContainEqual(expect.stringMatching(/^RD_SALE_VALUE_ABOVE_LIMIT: /))
  const calls = await eventCalls(email)
  expect(calls.filter(({ query }) => query['event_type'] === 'sale')).toEqual([])
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])
})

test('the highest value that is allowed is registered', async () => {
  const { contact, opportunity } = await company.bring({ name: 'No Limite', email: newEmail() })
  await company.crm.win(opportunity.id, 99_999_999)
  await company.announce('won', opportunity.id)
  await expect.poll(async () => (await company.rd.contact(contact.uuid)).sales, patience).toEqual([99_999_999])
})

test('a contact that came from RD Station and is gone fails as RD_CONTACT_NOT_FOUND, and no mark is sent', async () => {
  const email = newEmail()
  const { contact, opportunity } = await company.bring({ name: 'Sumiu', email })
  await company.rd.removeContact(contact.uuid)
  await company.announce('created', opportunity.id)
  await expect
    .poll(() => failedFor(opportunity.id), patience)
    .toContainEqual(expect.stringMatching(/^RD_CONTACT_NOT_FOUND: /))
  expect(await eventCalls(email)).toEqual([])
})

test('an opportunity that has nothing to do with RD Station is skipped: no failure, nothing written', async () => {
  const email = newEmail()
  const emails = [{ email, emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }]
  const lead = await company.crm.addLead({ name: 'Indicação', leadOriginId: crypto.randomUUID(), emails })
  const opportunity = await company.crm.addOpportunity({ leadId: lead.id })
  await company.announce('created', opportunity.id)
  await untilQuiet()
  expect(await failedFor(opportunity.id)).toEqual([])
  expect(await eventCalls(email)).toEqual([])
  expect(await company.crm.opportunity(opportunity.id)).toMatchObject({ updatedAt: opportunity.updatedAt })
})

test('a lead of another origin whose contact RD Station knows is marked', async () => {
  const contact = await company.convert({ name: 'Conhecida', email: newEmail() })
  const emails = [{ email: contact.email ?? '', emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }]
  const lead = await company.crm.addLead({ name: 'Conhecida', leadOriginId: crypto.randomUUID(), emails })
  const opportunity = await company.crm.addOpportunity({ leadId: lead.id })
  await company.announce('created', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
})

test('a lead with a phone only is skipped without a failure: RD Station marks by e-mail', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Só Telefone', mobile_phone: '47 98888-4321' })
  await company.announce('created', opportunity.id)
  await untilQuiet()
  expect(await failedFor(opportunity.id)).toEqual([])
  expect(await company.marksOf(contact)).toEqual([])
})

test.each(['status', 'drop-before'] as const)(
  'the sale of somebody who was a client before is made again when its first try did not arrive (%s)',
  async kind => {
    const { contact, opportunity } = await company.bring({
      name: 'Cliente Fiel',
      email: newEmail(),
      funnel: { lifecycle_stage: 'Client' },
    })
    const match = { path: 'event_type=sale', body: contact.email ?? '' }
    await company.sandbox.addFault({ system: 'rd-station', match, kind, ...(kind === 'status' && { status: 500 }) })
    await company.crm.win(opportunity.id, 77)
    await company.announce('won', opportunity.id)
    await expect.poll(async () => (await company.rd.contact(contact.uuid)).sales, patience).toEqual([77])
    expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE'])
  },
)

test('a person who writes REENVIAR where nothing is missing reads how RD Station stands, and nothing is sent twice', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Pergunta', email: newEmail() })
  await company.announce('created', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.crm.changeOpportunity(opportunity.id, { customFields: { statusRD: 'REENVIAR' } })
  await company.announce('updated', opportunity.id)
  await expect.poll(() => company.statusRdOf(opportunity), patience).toBe('OK: oportunidade marcada no RD Station.')
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY'])
})

test('one look-up of the contact serves all its marks', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Econômica', email: newEmail() })
  await company.announce('created', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.crm.win(opportunity.id, 1)
  await company.announce('won', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  expect(await company.sandbox.calls({ path: `/platform/contacts/uuid:${contact.uuid}` })).toHaveLength(1)
})

test('an address that does not look like an opportunity of the CRM is refused, and nothing is called', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Endereço', email: newEmail() })
  // Opportunities of other tests may be read again meanwhile.
  const own = [opportunity.id, opportunity.leadId, contact.uuid, contact.email ?? '']
  const callsAboutIt = async (): Promise<number> =>
    (await company.sandbox.calls()).filter(call => own.some(id => JSON.stringify(call).includes(id))).length
  const before = await callsAboutIt()
  const body = JSON.stringify({
    eventId: crypto.randomUUID(),
    source: {
      object: { contextUrl: '//evil.example/api/v11/opportunity/opportunities' },
      row: { id: opportunity.id },
    },
  })
  const { totvsCrmUrl, tokens } = company.ponte.tenant
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokens.totvsCrm}` }
  await sendUntilAccepted(() => fetch(`${totvsCrmUrl}/opportunity-won`, { method: 'POST', headers, body }))
  // The event and the second round, which is the last: a state that stays.
  const refused = expect.stringMatching(/^CRM_CONTEXT_URL_REFUSED: /)
  await expect.poll(() => failedFor(opportunity.id), patience).toEqual([refused, refused])
  await untilQuiet()
  expect(await callsAboutIt()).toBe(before)
})

test('a contact that RD Station created moments ago is marked when it is old enough, and not dropped', async () => {
  const careful = await shareCompany('marks-of-new-contacts')
  try {
    await careful.rd.change({ settings: { dropMarksYoungerThanSeconds: 3 } })
    const { contact } = await careful.bring({ name: 'Recém-Criada', email: newEmail() })
    await careful.untilMarks(contact, ['OPPORTUNITY'])
    expect((await careful.rd.state()).droppedMarks).toEqual([])
  } finally {
    await careful.stop()
  }
})
