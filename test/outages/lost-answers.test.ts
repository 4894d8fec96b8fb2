import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { isQuiet } from '../support/jobs.ts'

let company: Company
beforeAll(async () => {
  company = await shareCompany('lost-answers', { workflows: false })
})
afterAll(() => company.stop())

const untilQuiet = (queue: 'totvs-crm' | 'rd-station'): Promise<void> =>
  expect.poll(() => isQuiet(company.ponte.tenant.name, queue), patience).toBe(true)

const conversion = (person: { uuid: string; email: string }, minute: number) => ({
  leads: [
    {
      ...person,
      name: 'Ordem',
      city: `Cidade ${minute}`,
      number_conversions: '1',
      last_conversion: {
        created_at: new Date(Date.UTC(2025, 0, 1, 12, minute)).toISOString(),
        content: { identificador: `formulario-${minute}` },
      },
    },
  ],
})

const newPerson = () => ({ uuid: crypto.randomUUID(), email: newEmail() })

/** Of the lead, in the order in which the CRM received them. */
async function citiesWritten(uuid: string): Promise<string[]> {
  const lead = await company.leadOf({ uuid })
  const calls = await company.sandbox.calls({ method: 'POST', resource: 'leads-integration' })
  const own = calls.filter(
    ({ body, integration }) =>
      JSON.stringify(body).includes(uuid) || (lead !== undefined && (integration['filter'] ?? '').includes(lead.id)),
  )
  return own.flatMap(({ body }) => /"cityName":"([^"]+)"/.exec(JSON.stringify(body))?.[1] ?? [])
}

const untilCity = (uuid: string, city: string): Promise<void> =>
  expect.poll(async () => (await company.leadOf({ uuid }))?.addresses[0]?.cityName, patience).toBe(city)

test('an older conversion does not get in between an update whose answer was lost and its repeat', async () => {
  const person = newPerson()
  await company.deliverBody(conversion(person, 1))
  await untilCity(person.uuid, 'Cidade 1')
  await untilQuiet('totvs-crm')
  await company.sandbox.addFault({
    system: 'totvs-crm',
    kind: 'drop-after',
    match: { action: 'update', resource: 'leads-integration' },
  })
  await company.deliverBody(conversion(person, 3))
  await untilCity(person.uuid, 'Cidade 3')
  await company.deliverBody(conversion(person, 2))
  await untilQuiet('totvs-crm')
  expect(await citiesWritten(person.uuid)).not.toContain('Cidade 2')
  await untilCity(person.uuid, 'Cidade 3')
})

test.runIf(inject('isLongRun'))(
  'an older conversion does not get in between a create whose answer was lost and its repeat',
  async () => {
    const person = newPerson()
    await company.sandbox.addFault({
      system: 'totvs-crm',
      kind: 'drop-after',
      match: { action: 'create', resource: 'leads-integration' },
    })
    await company.deliverBody(conversion(person, 3))
    await untilCity(person.uuid, 'Cidade 3')
    await company.deliverBody(conversion(person, 2))
    await untilQuiet('totvs-crm')
    expect(await citiesWritten(person.uuid)).toEqual(['Cidade 3'])
    expect(await company.opportunitiesOf(person)).toHaveLength(1)
  },
)

test.runIf(inject('isLongRun'))(
  'a conversion between a further opportunity whose answer was lost and its repeat opens no other one',
  async () => {
    const person = newPerson()
    await company.deliverBody(conversion(person, 1))
    await expect.poll(async () => (await company.opportunitiesOf(person)).length, patience).toBe(1)
    await untilQuiet('totvs-crm')
    const [first] = await company.opportunitiesOf(person)
    await company.crm.lose(first?.id ?? '', 'Prazo')
    const match = { action: 'create', resource: 'opportunities-integration' }
    await company.sandbox.addFault({ system: 'totvs-crm', kind: 'drop-after', match })
    await company.deliverBody(conversion(person, 2))
    await expect.poll(async () => (await company.opportunitiesOf(person)).length, patience).toBe(2)
    await company.deliverBody(conversion(person, 3))
    await untilQuiet('totvs-crm')
    expect((await company.opportunitiesOf(person)).map(({ status }) => status)).toEqual(['LOST', 'PROGRESS'])
  },
)

test('a newer conversion that TOTVS CRM refused does not keep an older one out', async () => {
  const person = newPerson()
  await company.deliverBody(conversion(person, 1))
  await untilCity(person.uuid, 'Cidade 1')
  await untilQuiet('totvs-crm')
  const match = { action: 'update', resource: 'leads-integration' }
  await company.sandbox.addFault({ system: 'totvs-crm', kind: 'status', status: 400, match })
  await company.deliverBody(conversion(person, 3))
  await untilQuiet('totvs-crm')
  await company.deliverBody(conversion(person, 2))
  await untilCity(person.uuid, 'Cidade 2')
  expect(await citiesWritten(person.uuid)).toEqual(['Cidade 1', 'Cidade 3', 'Cidade 2'])
})

test('a sale that arrived although its answer was lost counts, also when the opportunity was reopened since', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Resposta Perdida', email: newEmail() })
  await company.announce('created', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.crm.win(opportunity.id, 10)
  await company.sandbox.addFault({ system: 'rd-station', kind: 'drop-after', match: { body: '"SALE"' } })
  await company.announce('won', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  await company.crm.reopen(opportunity.id)
  await company.announce('updated', opportunity.id)
  await untilQuiet('rd-station')
  expect(await company.marksOf(contact)).toEqual(['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
})

test.runIf(inject('isLongRun'))(
  'an opportunity mark that did not arrive is made, although the previous opportunity was marked moments ago',
  async () => {
    const { contact, opportunity } = await company.bring({ name: 'De Novo', email: newEmail() })
    await company.announce('created', opportunity.id)
    await company.crm.win(opportunity.id, 10)
    await company.announce('won', opportunity.id)
    await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
    await company.rd.convert(contact.uuid, { identifier: 'de volta' })
    await company.deliver(contact)
    await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(2)
    const second = (await company.opportunitiesOf(contact)).find(({ id }) => id !== opportunity.id)
    await company.sandbox.addFault({ system: 'rd-station', kind: 'html', match: { path: '/platform/events' } })
    await company.announce('created', second?.id ?? '')
    await company.untilMarks(contact, ['OPPORTUNITY', 'SALE', 'OPPORTUNITY'])
  },
)
