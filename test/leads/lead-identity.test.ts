import { sampleVariables } from '@ponte/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { failedJobs, isQuiet, withQueue } from '../support/jobs.ts'

let company: Company
beforeAll(async () => {
  company = await shareCompany('lead-identity', { workflows: false })
})
afterAll(() => company.stop())

const untilQuiet = (): Promise<void> =>
  expect.poll(() => isQuiet(company.ponte.tenant.name, 'totvs-crm'), patience).toBe(true)

const leadsNamed = async (name: string) => (await company.leads()).filter(lead => lead.name === name)

/** Creates the record and loses the answer, twice: fewer failures than open the circuit breaker. */
const loseCreates = (name: string) =>
  company.sandbox.addFault({
    system: 'totvs-crm',
    kind: 'drop-after',
    times: 2,
    match: { action: 'create', resource: 'leads-integration', body: name },
  })

test.each([
  ['zeros', '(00) 00000-0000'],
  ['the country code and zeros', '+55 (00) 00000-0000'],
  ['one digit again and again', '(11) 1111-1111'],
  ['a number that a spreadsheet rounded', '5,51199E+12'],
  ['a rounded number beside other text', 'Tel: 5,51199E+12'],
  ['a number that JSON wrote with an exponent', 5.511_99e12],
])('a lead whose only phone is %s is quarantined, and nothing is created', async (what, phone) => {
  const name = `Sem identidade: ${what}`
  await loseCreates(name)
  const { attempts } = await company.deliverBody({ leads: [{ name, mobile_phone: phone }] })
  expect(JSON.parse(attempts.at(-1)?.answer ?? '')).toMatchObject({
    accepted: [],
    quarantined: [{ code: 'LEAD_WITHOUT_IDENTITY' }],
  })
  await untilQuiet()
  expect(await leadsNamed(name)).toEqual([])
})

test('a phone that a spreadsheet saved is one person when its digits are there, and replaces nothing when they are lost', async () => {
  const deliver = (lead: object) => company.deliverBody({ leads: [{ uuid: crypto.randomUUID(), ...lead }] })
  const numbersOf = async (name: string) =>
    (await leadsNamed(name)).map(lead => lead.phones.map(({ number }) => number))
  for (const mobile_phone of ['+55 (47) 98888-7004', '5547988887004.0', '="5547988887004"']) {
    await deliver({ name: 'De uma planilha', mobile_phone })
    await untilQuiet()
  }
  expect(await numbersOf('De uma planilha')).toEqual([['+55 (47) 98888-7004']])

  const person = { email: newEmail(), name: 'Com e-mail' }
  for (const mobile_phone of ['5547988887005.0', '5,54799E+12']) {
    await deliver({ ...person, mobile_phone })
    await untilQuiet()
  }
  expect(await numbersOf('Com e-mail')).toEqual([['5547988887005']])
})

test('a lead with a phone only whose create is not answered is one lead, however often it is tried', async () => {
  const name = 'Resposta perdida'
  await loseCreates(name)
  await company.deliverBody({ leads: [{ name, mobile_phone: '(47) 98888-7001' }] })
  await untilQuiet()
  expect(await leadsNamed(name)).toHaveLength(1)
})

const leadReads = async (after: number) =>
  await company.sandbox.calls({ method: 'GET', resource: 'leads-integration', after })

test('a lead with two phones and no e-mail is looked for in at most 8 calls', async () => {
  const name = 'Dois telefones'
  const after = await company.numberOfLastCall()
  const uuid = crypto.randomUUID()
  await company.deliverBody({
    leads: [{ uuid, name, mobile_phone: '+55 (47) 98888-7002', personal_phone: '047 3333-7002' }],
  })
  await expect.poll(() => leadsNamed(name), patience).toHaveLength(1)
  await untilQuiet()
  const reads = await leadReads(after)
  expect(reads.length).toBeGreaterThan(0)
  expect(reads.length).toBeLessThanOrEqual(8)
})

test('the spellings of a phone are asked for side by side', async () => {
  const after = await company.numberOfLastCall()
  const slow = await company.sandbox.addFault({
    system: 'totvs-crm',
    kind: 'latency',
    delayMs: 14_000,
    times: 8,
    match: { method: 'GET', resource: 'leads-integration' },
  })
  await company.deliverBody({ leads: [{ name: 'Lado a lado', mobile_phone: '+55 (47) 98888-7003' }] })
  const unanswered = async () => (await leadReads(after)).filter(({ status }) => status === null).length
  await expect.poll(unanswered, patience).toBeGreaterThanOrEqual(3)
  await company.sandbox.clearFaults(slow.id)
  await untilQuiet()
  expect(await leadsNamed('Lado a lado')).toHaveLength(1)
})

test('a CRM that ignores filters and does not end its lists gets no second lead: the event waits for a person', async () => {
  const email = newEmail()
  await company.crm.addLead({ name: 'Outro lead' })
  await company.crm.change({ settings: { filters: 'ignored', listForm: 'endless', pages: 'ignored' } })
  await company.deliverBody({ leads: [{ uuid: crypto.randomUUID(), email, name: 'Talvez novo' }] })
  await untilQuiet()
  const { name } = company.ponte.tenant
  const failed = (await failedJobs(name, 'totvs-crm')).filter(({ data }) => data.lead.email === email)
  expect(failed.map(({ failedReason }) => failedReason)).toEqual([expect.stringMatching(/^CRM_LIST_INCOMPLETE: /)])
  expect(await leadsNamed('Talvez novo')).toEqual([])

  await company.crm.change({ settings: { filters: 'applied', listForm: 'hasNext', pages: 'applied' } })
  await withQueue(name, 'totvs-crm', async queue => {
    const job = await queue.getJob(failed[0]?.id ?? '')
    await job?.retry()
  })
  await untilQuiet()
  expect(await leadsNamed('Talvez novo')).toHaveLength(1)
})

test.each(['hasNext-text', 'page-count', 'array-pages'] as const)(
  'a lead that stands on a later page is found where TOTVS CRM ignores filters and gives its lists as %s',
  async listForm => {
    const email = newEmail()
    const jobTitle = `Cargo ${listForm}`
    await company.crm.addLead({
      name: 'De quem está no CRM',
      emails: [{ email, emailTypeId: sampleVariables.totvs_crm_emailtypeid, standard: true }],
    })
    await company.crm.change({ settings: { filters: 'ignored', listForm, maxPageSize: 2 } })
    await company.deliverBody({
      leads: [{ uuid: crypto.randomUUID(), email, name: 'Quem converteu', job_title: jobTitle }],
    })
    await untilQuiet()
    await company.crm.change({ settings: { filters: 'applied', listForm: 'hasNext', maxPageSize: 100 } })
    const leads = (await company.leads()).filter(lead => lead.emails.some(entry => entry.email === email))
    expect(leads.map(lead => lead.jobTitle)).toEqual([jobTitle])
  },
)

test('a lead that TOTVS CRM refuses with an answer of success is not taken for written: the event waits for a person', async () => {
  const email = newEmail()
  await company.sandbox.addFault({
    system: 'totvs-crm',
    kind: 'status',
    status: 200,
    body: { code: 'REGRA-7', message: 'Cargo obrigatório.' },
    match: { action: 'create', resource: 'leads-integration', body: email },
  })
  await company.deliverBody({ leads: [{ uuid: crypto.randomUUID(), email, name: 'Recusado com sucesso' }] })
  await untilQuiet()
  const failed = (await failedJobs(company.ponte.tenant.name, 'totvs-crm')).filter(
    ({ data }) => data.lead.email === email,
  )
  expect(failed.map(({ failedReason }) => failedReason)).toEqual([expect.stringMatching(/^CRM_REJECTED: .*REGRA-7/)])
})
