import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany, sendUntilAccepted } from '../support/company.ts'
import { failedJobs, isQuiet } from '../support/jobs.ts'

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

test('all events of two opportunities of one contact at once, through two workers, end in the states of TOTVS CRM', async () => {
  const { contact, opportunity: first } = await company.bring({ name: 'Duas Vezes', email: newEmail() })
  // The job of the lead records its opportunity last.
  await expect.poll(() => isQuiet(company.ponte.tenant.name, 'totvs-crm'), patience).toBe(true)
  const second = await company.crm.addOpportunity({ leadId: first.leadId ?? '' })
  await company.crm.win(first.id, 12)
  const intents = ['created', 'won', 'updated', 'created', 'updated']
  await Promise.all([first, second].flatMap(({ id }) => intents.map(intent => company.announce(intent, id))))
  await untilQuiet()
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
  expect((await company.rd.contact(contact.uuid)).funnel).toMatchObject({
    lifecycle_stage: 'Client',
    opportunity: true,
  })
})

test('opportunities from before Ponte are not marked when they are saved, and what sales change later is', async () => {
  const addKnown = async () => {
    const contact = await company.rd.addContact({ name: 'De Antes', email: newEmail() })
    const lead = await company.crm.addLead({ name: 'De Antes', externalId: `rd:${contact.uuid}` })
    return { contact, opportunity: await company.crm.addOpportunity({ leadId: lead.id }) }
  }
  await company.sandbox.setClock(new Date(Date.now() - 24 * 3_600_000))
  const [won, lost, open] = [await addKnown(), await addKnown(), await addKnown()]
  await company.crm.win(won.opportunity.id, 900)
  await company.crm.lose(lost.opportunity.id, 'Prazo')
  await company.sandbox.setClock()
  const save = async ({ opportunity }: typeof won) => {
    await company.announce('updated', opportunity.id)
    await untilQuiet()
  }
  for (const each of [won, lost, open]) await save(each)
  for (const { contact } of [won, lost, open]) expect(await company.marksOf(contact)).toEqual([])

  await company.crm.win(open.opportunity.id, 70)
  await save(open)
  expect(await company.marksOf(open.contact)).toEqual(['SALE'])
  await company.crm.reopen(won.opportunity.id)
  await save(won)
  expect(await company.marksOf(won.contact)).toEqual(['OPPORTUNITY'])
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
