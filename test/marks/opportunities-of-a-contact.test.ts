import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { isQuiet } from '../support/jobs.ts'

// RD Station keeps one state for all opportunities of a contact. The webhooks are sent by the tests, so that their order is the test's.
let company: Company
beforeAll(async () => {
  company = await shareCompany('opportunities-of-a-contact', { workflows: false })
})
afterAll(() => company.stop())

const untilQuiet = (): Promise<void> =>
  expect.poll(() => isQuiet(company.ponte.tenant.name, 'rd-station'), patience).toBe(true)

const funnelOf = async ({ uuid }: { uuid: string }) => (await company.rd.contact(uuid)).funnel

/** How often an event with this text was sent, arrived or not. */
const triesOf = async (text: string): Promise<number> =>
  (await company.sandbox.calls({ path: '/platform/events', method: 'POST' })).filter(({ body }) =>
    JSON.stringify(body).includes(text),
  ).length

/** A slow machine may look only after the repeat, a second later: what follows must come out the same. */
const untilTried = (text: string): Promise<void> => expect.poll(() => triesOf(text), patience).toBeGreaterThanOrEqual(1)

/** A contact with one opportunity that Ponte opened and a second one, which the sales team entered. */
async function bringTwo() {
  const { contact, opportunity: first } = await company.bring({ name: 'Duas Vezes', email: newEmail() })
  // The job of the lead records its opportunity last.
  await expect.poll(() => isQuiet(company.ponte.tenant.name, 'totvs-crm'), patience).toBe(true)
  const second = await company.crm.addOpportunity({ leadId: first.leadId ?? '' })
  return { contact, first, second }
}

test('a sale whose webhook comes after that of the next opportunity is registered before it', async () => {
  const { contact, opportunity: first } = await company.bring({ name: 'Volta', email: newEmail() })
  await company.announce('created', first.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.crm.win(first.id, 700)
  await company.deliver(await company.rd.convert(contact.uuid, { identifier: 'volta' }))
  await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(2)
  const second = (await company.opportunitiesOf(contact)).find(({ id }) => id !== first.id)

  await company.announce('created', second?.id ?? '')
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
  await company.announce('won', first.id)
  await untilQuiet()
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
  expect(await company.rd.contact(contact.uuid)).toMatchObject({
    sales: [700],
    funnel: { lifecycle_stage: 'Client', opportunity: true },
  })
})

test('an opportunity that Ponte opened and whose webhooks never came is marked, with its end, before the next one', async () => {
  const { contact, first, second } = await bringTwo()
  await company.crm.lose(first.id, 'Prazo')
  await company.announce('created', second.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST', 'OPPORTUNITY'])
  await Promise.all(['created', 'lost'].map(intent => company.announce(intent, first.id)))
  await untilQuiet()
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'OPPORTUNITY_LOST', 'OPPORTUNITY'])
})

test.each([
  ['won', 'SALE'],
  ['lost', 'OPPORTUNITY_LOST'],
] as const)(
  'an opportunity that is %s leaves the contact an opportunity while another one is open',
  async (end, mark) => {
    const { contact, first, second } = await bringTwo()
    await company.announce('created', first.id)
    await company.untilMarks(contact, ['OPPORTUNITY'])
    await company.announce('created', second.id)
    await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY'])
    await (end === 'won' ? company.crm.win(first.id, 5) : company.crm.lose(first.id, 'Preço'))
    await company.announce(end, first.id)
    await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY', mark, 'OPPORTUNITY'])
    expect(await funnelOf(contact)).toMatchObject({ opportunity: true })

    await company.crm.lose(second.id, 'Desistiu')
    await company.announce('lost', second.id)
    await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY', mark, 'OPPORTUNITY', 'OPPORTUNITY_LOST'])
    await untilQuiet()
    expect(await funnelOf(contact)).toMatchObject({ opportunity: false })
  },
)

test.runIf(inject('isLongRun'))('the mark that is set again is set once, also when its answer is lost', async () => {
  const { contact, first, second } = await bringTwo()
  await company.announce('created', first.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.announce('created', second.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY'])
  await company.crm.win(first.id, 5)
  await company.sandbox.addFault({
    system: 'rd-station',
    kind: 'drop-after',
    times: 2,
    match: { path: '/platform/events', method: 'POST' },
  })
  await company.announce('won', first.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
  await untilQuiet()
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
})

test('a sale whose answer was lost is verified before the next opportunity hides it', async () => {
  const { contact, opportunity: first } = await company.bring({ name: 'Resposta', email: newEmail() })
  await company.announce('created', first.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  const second = await company.crm.addOpportunity({ leadId: first.leadId ?? '' })
  await company.crm.win(first.id, 90)
  const match = { path: '/platform/events', method: 'POST' }
  await company.sandbox.addFault({ system: 'rd-station', kind: 'drop-after', match })
  await company.announce('won', first.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  await company.announce('created', second.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
  await untilQuiet()
  expect(await company.rd.contact(contact.uuid)).toMatchObject({ sales: [90], funnel: { opportunity: true } })
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
})

test.runIf(inject('isLongRun'))(
  'a sale that did not arrive is not taken for made because another opportunity was lost in the meantime',
  async () => {
    const { contact, first, second } = await bringTwo()
    await company.announce('created', first.id)
    await company.crm.win(first.id, 5)
    await company.announce('won', first.id)
    await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
    const third = await company.crm.addOpportunity({ leadId: first.leadId ?? '' })
    for (const { id } of [second, third]) await company.announce('created', id)
    await company.untilMarks(contact, ['OPPORTUNITY', 'SALE', 'OPPORTUNITY', 'OPPORTUNITY'])
    await company.crm.win(third.id, 91)
    await company.sandbox.addFault({ system: 'rd-station', kind: 'drop-before', match: { body: '"value":91' } })
    await company.announce('won', third.id)
    await untilTried('"value":91')
    await company.crm.lose(second.id, 'Preço')
    await company.announce('lost', second.id)
    await untilQuiet()
    expect((await company.rd.contact(contact.uuid)).sales).toEqual([5, 91])
    expect(await funnelOf(contact)).toMatchObject({ opportunity: false })
  },
)

test.runIf(inject('isLongRun'))(
  'an earlier opportunity that cannot be marked does not block the next one',
  async () => {
    const { contact, first, second } = await bringTwo()
    await company.announce('created', first.id)
    await company.untilMarks(contact, ['OPPORTUNITY'])
    await company.crm.win(first.id, 100_000_000)
    await company.announce('created', second.id)
    await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY'])
    expect(await company.statusRdOf(second)).toBeFalsy()
    await company.announce('won', first.id)
    await expect.poll(() => company.statusRdOf(first), patience).toMatch(/^ERRO FINAL 2\/2 RD_SALE_VALUE_ABOVE_LIMIT: /)
  },
)

test('all events of two opportunities at once, through two workers, end in the states of TOTVS CRM', async () => {
  const { contact, first, second } = await bringTwo()
  await company.crm.win(first.id, 12)
  const intents = ['created', 'won', 'updated', 'created', 'updated']
  await Promise.all([first, second].flatMap(({ id }) => intents.map(intent => company.announce(intent, id))))
  await untilQuiet()
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
  expect(await funnelOf(contact)).toMatchObject({ lifecycle_stage: 'Client', opportunity: true })
})

test.runIf(inject('isLongRun'))(
  'a loss that did not arrive is sent again although the end of an earlier opportunity is marked before the next one',
  async () => {
    const { contact, first, second: third } = await bringTwo()
    await company.announce('created', first.id)
    await company.untilMarks(contact, ['OPPORTUNITY'])
    await company.announce('created', third.id)
    await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY'])
    await company.sandbox.addFault({ system: 'rd-station', kind: 'drop-before', match: { body: 'Motivo perdido' } })
    await company.crm.lose(third.id, 'Motivo perdido')
    await company.announce('lost', third.id)
    await untilTried('Motivo perdido')
    await company.crm.win(first.id, 70)
    const second = await company.crm.addOpportunity({ leadId: first.leadId ?? '' })
    await company.announce('created', second.id)
    await company.announce('won', first.id)
    await expect.poll(async () => (await company.marksOf(contact)).length, patience).toBeGreaterThanOrEqual(5)
    await untilQuiet()
    const marks = await company.marksOf(contact)
    expect(marks.filter(mark => mark !== 'OPPORTUNITY').toSorted()).toEqual(['OPPORTUNITY_LOST', 'SALE'])
    expect(await funnelOf(contact)).toMatchObject({ opportunity: true })
  },
)

test('the sale of an opportunity that moved to another lead is registered for the contact of that lead', async () => {
  const { contact, opportunity: first } = await company.bring({ name: 'De Antes', email: newEmail() })
  const other = await company.bring({ name: 'De Agora', email: newEmail() })
  await company.announce('created', first.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.crm.changeOpportunity(first.id, { leadId: other.opportunity.leadId ?? '' })
  await company.crm.win(first.id, 55)
  const second = await company.crm.addOpportunity({ leadId: first.leadId ?? '' })
  await company.announce('created', second.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY'])
  await company.announce('won', first.id)
  await untilQuiet()
  expect((await company.rd.contact(contact.uuid)).sales).toEqual([])
  expect((await company.rd.contact(other.contact.uuid)).sales).toEqual([55])
})

test('an opportunity is marked although RD Station stumbles over the sale of an earlier one, and its own round is the first', async () => {
  const { contact, first, second } = await bringTwo()
  await company.announce('created', first.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.crm.win(first.id, 77)
  const match = { body: '"value":77' }
  await company.sandbox.addFault({ system: 'rd-station', kind: 'status', status: 500, match, times: 'forever' })
  await company.announce('created', second.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY'])
  await untilQuiet()
  expect(await company.statusRdOf(second)).toBeUndefined()
  await company.sandbox.clearFaults()
})

test.runIf(inject('isLongRun'))(
  'a sale that RD Station is still processing when its answer is lost is registered once, whatever comes for another opportunity',
  async () => {
    const { contact, first, second } = await bringTwo()
    await company.announce('created', first.id)
    await company.untilMarks(contact, ['OPPORTUNITY'])
    await company.announce('created', second.id)
    await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY'])
    await company.crm.win(first.id, 32)
    await company.rd.change({ settings: { processingDelayMs: 400 } })
    await company.sandbox.addFault({ system: 'rd-station', kind: 'drop-after', match: { body: '"value":32' } })
    // Before the sale is sent: its job may look at this one when it comes back.
    await company.crm.lose(second.id, 'Preço')
    await company.announce('won', first.id)
    await untilTried('"value":32')
    await company.announce('lost', second.id)
    await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY', 'SALE', 'OPPORTUNITY_LOST'])
    await untilQuiet()
    expect(await triesOf('"value":32')).toBe(1)
    await company.rd.change({ settings: { processingDelayMs: 0 } })
  },
)
