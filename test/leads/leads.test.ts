import { renderMessage } from '@ponte/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { failedJobs, isQuiet, withQueue } from '../support/jobs.ts'

let company: Company
beforeAll(async () => {
  company = await shareCompany('leads')
})
afterAll(() => company.stop())

const untilQuiet = (): Promise<void> =>
  expect.poll(() => isQuiet(company.ponte.tenant.name, 'totvs-crm'), patience).toBe(true)

async function logsOf(contact: { uuid: string }): Promise<string> {
  return await withQueue(company.ponte.tenant.name, 'totvs-crm', async queue => {
    const jobs = await queue.getJobs(['completed', 'failed'])
    const own = jobs.filter(job => JSON.stringify(job.data).includes(contact.uuid))
    const logs = await Promise.all(own.map(async job => (await queue.getJobLogs(job.id ?? '')).logs))
    return logs
      .flat()
      .map(line => renderMessage(line, 'en'))
      .join('\n')
  })
}

test('a lead arrives with every field, the ids of the tenant, the user who owns it, and one open opportunity', async () => {
  const email = newEmail()
  const { contact, opportunity } = await company.bring({
    name: 'Joana Conceição',
    email,
    job_title: 'Diretora',
    company: 'Empresa Ltda',
    city: 'São José',
    state: 'SC',
    personal_phone: '48 3025-2598',
    mobile_phone: '+55 (48) 99999-0000',
    website: 'https://empresa.example',
    funnel: { contact_owner_email: 'ANA.VENDEDORA@DEMO.EXAMPLE' },
  })
  const { users } = await company.crm.state()
  const owner = users.find(({ userEmail }) => userEmail.some(each => each.email === 'ana.vendedora@demo.example'))
  expect(await company.leadOf(contact)).toMatchObject({
    userId: owner?.id,
    name: 'Joana Conceição',
    tradingName: 'Empresa Ltda',
    jobTitle: 'Diretora',
    externalId: `rd:${contact.uuid}`,
    type: 'LEAD',
    leadSituationId: '1aa8633e-5ff3-4bc4-a7d5-1b63a879c4f2',
    leadOriginId: 'ac80e699-8a31-4f20-9833-d1d3656ee89d',
    emails: [{ email, emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }],
    phones: expect.arrayContaining([
      expect.objectContaining({ number: '48 3025-2598', phoneTypeId: 'd870427c-bbad-4eb8-9af5-5183b47f648f' }),
      expect.objectContaining({ number: '+55 (48) 99999-0000', phoneTypeId: '67cd545a-cf05-441e-a0ec-635c44e60d41' }),
    ]),
    addresses: [{ addressType: { id: 'b604f287-36bf-4e6d-ae83-c75c46a2fbeb' }, cityName: 'São José', stateName: 'SC' }],
    website: 'https://empresa.example',
  })
  expect(opportunity).toMatchObject({
    status: 'PROGRESS',
    userId: owner?.id,
    pipeline: { description: 'MQL - Marketing Qualified Lead' },
    stage: { description: 'Abordagem e Investigação' },
    opportunityType: { description: 'Integração RD Station' },
  })
})

test('the newer webhook format brings the lead with its social networks', async () => {
  const social = { facebook: 'empresa', linkedin: 'joana' }
  const contact = await company.convert({ name: 'Segundo Formato', email: newEmail(), city: 'Joinville', ...social })
  await company.deliver(contact, 'v2')
  await expect
    .poll(() => company.leadOf(contact), patience)
    .toMatchObject({ name: 'Segundo Formato', addresses: [{ cityName: 'Joinville' }], ...social })
})

test('a lead with a phone only is created, and the job says that its marks cannot go back', async () => {
  const { contact } = await company.bring({ name: 'Só Telefone', mobile_phone: '47 98888-1234' })
  expect(await company.leadOf(contact)).toMatchObject({ emails: [], phones: [{ number: '47 98888-1234' }] })
  await untilQuiet()
  expect(await logsOf(contact)).toMatch(/marks cannot go back/)
})

test('a repeated delivery is a duplicate and changes nothing', async () => {
  const { contact } = await company.bring({ name: 'Repetida', email: newEmail() })
  await untilQuiet()
  const before = await company.leadOf(contact)
  const sent = await company.sandbox.deliveries({ system: 'rd-station' })
  const body = sent.find(delivery => JSON.stringify(delivery.body).includes(contact.uuid))?.body
  const { attempts } = await company.deliverBody(body)
  expect(JSON.parse(attempts.at(-1)?.answer ?? '')).toMatchObject({
    accepted: [],
    duplicates: [{ event: 'lead.registered' }],
  })
  await untilQuiet()
  expect(await company.leadOf(contact)).toEqual(before)
  expect(await company.opportunitiesOf(contact)).toHaveLength(1)
})

test('a second conversion updates the lead, blanks nothing, and opens no second opportunity', async () => {
  const { contact } = await company.bring({ name: 'Volta', email: newEmail(), city: 'Blumenau', job_title: 'Analista' })
  const lead = await company.leadOf(contact)
  await company.crm.changeLead(lead?.id ?? '', { website: 'https://preenchido-no-crm.example' })
  await company.rd.changeContact(contact.uuid, { job_title: 'Gerente' })
  await company.rd.convert(contact.uuid, { identifier: 'segunda' })
  await company.deliver(contact)
  await expect.poll(async () => (await company.leadOf(contact))?.jobTitle, patience).toBe('Gerente')
  await untilQuiet()
  expect(await company.leadOf(contact)).toMatchObject({
    website: 'https://preenchido-no-crm.example',
    addresses: [{ cityName: 'Blumenau' }],
  })
  expect(await company.opportunitiesOf(contact)).toHaveLength(1)
})

test('a conversion after the opportunity was lost opens a new one', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Nova Chance', email: newEmail() })
  await company.crm.lose(opportunity.id, 'Prazo')
  // A delivery that is sent after a mark shows that mark as what happened last.
  await company.untilMarks(contact, ['OPPORTUNITY', 'OPPORTUNITY_LOST'])
  await company.rd.convert(contact.uuid, { identifier: 'de volta' })
  await company.deliver(contact)
  await expect
    .poll(async () => (await company.opportunitiesOf(contact)).map(({ status }) => status), patience)
    .toEqual(['LOST', 'PROGRESS'])
})

test('two deliveries for the same new person at once, through two workers, make one lead and one opportunity', async () => {
  const people = await Promise.all(
    Array.from({ length: 8 }, () => company.convert({ name: 'Ao Mesmo Tempo', email: newEmail() })),
  )
  await Promise.all(
    people.flatMap(({ uuid, email }) =>
      ['primeira', 'segunda', 'terceira'].map(identificador =>
        company.deliverBody({
          leads: [
            {
              uuid,
              email,
              name: 'Ao Mesmo Tempo',
              number_conversions: '1',
              last_conversion: { created_at: new Date().toISOString(), content: { identificador } },
            },
          ],
        }),
      ),
    ),
  )
  await untilQuiet()
  for (const person of people) {
    const found = (await company.leads()).filter(({ emails }) => emails.some(({ email }) => email === person.email))
    expect(found).toHaveLength(1)
    expect(await company.opportunitiesOf(person)).toHaveLength(1)
  }
})

test('two people who share a telephone stay two leads; one without e-mail is found by it, however it is written', async () => {
  const phone = '+55 (49) 97777-0001'
  const body = (lead: object) => ({ leads: [{ mobile_phone: phone, ...lead }] })
  const [first, second] = [newEmail(), newEmail()]
  await company.deliverBody(body({ name: 'Casal Um', email: first }))
  await company.deliverBody(body({ name: 'Casal Dois', email: second }))
  await company.deliverBody(body({ name: 'Sem E-mail' }))
  await untilQuiet()
  await company.deliverBody({ leads: [{ mobile_phone: '49977770001', name: 'Sem E-mail', city: 'Chapecó' }] })
  await untilQuiet()
  const same = (await company.leads()).filter(({ phones }) =>
    phones.some(({ number }) => number.replaceAll(/\D/g, '').endsWith('49977770001')),
  )
  expect(same.map(({ name }) => name).toSorted()).toEqual(['Casal Dois', 'Casal Um', 'Sem E-mail'])
  expect(same.find(({ name }) => name === 'Sem E-mail')?.addresses).toMatchObject([{ cityName: 'Chapecó' }])
})

test('a lead that the CRM knows by e-mail only is adopted, not made again', async () => {
  const email = newEmail()
  const known = await company.crm.addLead({
    name: 'Já Existe',
    emails: [{ email: email.toUpperCase(), emailTypeId: '7391c70e-aeb8-4c68-bd5c-7b5d30cf4d1d', standard: true }],
  })
  const contact = await company.convert({ name: 'Já Existe', email })
  await company.deliver(contact)
  await expect.poll(() => company.leadOf(contact), patience).toMatchObject({ id: known.id })
})

test('a CRM that ignores filters and does not end its lists gets no second lead: the event waits for a person', async () => {
  const email = newEmail()
  await company.crm.addLead({ name: 'Outro lead' })
  await company.crm.change({ settings: { filters: 'ignored', listForm: 'endless', pages: 'ignored' } })
  await company.deliverBody({ leads: [{ uuid: crypto.randomUUID(), email, name: 'Talvez novo' }] })
  await untilQuiet()
  const { name } = company.ponte.tenant
  const created = async () => (await company.leads()).filter(lead => lead.name === 'Talvez novo')
  const failed = (await failedJobs(name, 'totvs-crm')).filter(({ data }) => data.lead.email === email)
  expect(failed.map(({ failedReason }) => failedReason)).toEqual([expect.stringMatching(/^CRM_LIST_INCOMPLETE: /)])
  expect(await created()).toEqual([])

  await company.crm.change({ settings: { filters: 'applied', listForm: 'hasNext', pages: 'applied' } })
  await withQueue(name, 'totvs-crm', async queue => {
    const job = await queue.getJob(failed[0]?.id ?? '')
    await job?.retry()
  })
  await untilQuiet()
  expect(await created()).toHaveLength(1)
})
