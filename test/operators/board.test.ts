import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { failedJobs, isQuiet, withQueue } from '../support/jobs.ts'

let company: Company
beforeAll(async () => {
  company = await shareCompany('board')
})
afterAll(() => company.stop())

function boardFetch(path: string, { method = 'GET' }: { method?: string } = {}): Promise<Response> {
  const { board } = company.ponte
  if (board === undefined) throw new Error('there is no board')
  const authorization = `Basic ${Buffer.from(`${board.user}:${board.password}`).toString('base64')}`
  return fetch(`${board.url}${path}`, { method, headers: { authorization } })
}

test('an operator fixes the cause, retries the failed job through the board, and the lead arrives', async () => {
  const { users } = await company.crm.state()
  const defaultUser = users.find(({ userEmail }) => userEmail.some(({ email }) => email === 'vendas@demo.example'))
  const { name } = company.ponte.tenant
  await company.crm.changeUser(defaultUser?.id ?? '', { roleId: null })
  const contact = await company.convert({ name: 'Espera o Papel', email: newEmail() })
  await company.deliver(contact)
  await expect.poll(async () => (await failedJobs(name, 'totvs-crm')).length, patience).toBe(1)

  const seen = await (await boardFetch(`/queues/api/queues?activeQueue=${name}.totvs-crm&status=failed`)).text()
  expect(seen).toContain('CRM_DEFAULT_USER_WITHOUT_ROLE: ')
  expect(seen).toContain('totvs_crm_default_user')
  expect(seen).not.toContain(contact.email)

  await company.crm.changeUser(defaultUser?.id ?? '', { roleId: defaultUser?.roleId ?? null })
  const [job] = await failedJobs(name, 'totvs-crm')
  const retried = await boardFetch(`/queues/api/queues/${name}.totvs-crm/${job?.id}/retry`, { method: 'PUT' })
  expect([retried.status, await retried.text()]).toEqual([204, ''])
  await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(1)
  expect(await failedJobs(name, 'totvs-crm')).toEqual([])
  // The mark of its opportunity must not run into the next test's faults.
  await company.untilMarks(contact, ['OPPORTUNITY'])
})

test('a retry by hand starts from the first attempt', async () => {
  const { name } = company.ponte.tenant
  const fault = { system: 'totvs-crm', match: { path: '/api/integration' }, kind: 'status', status: 500 } as const
  await company.sandbox.addFault({ ...fault, times: 'forever' })
  const contact = await company.convert({ name: 'Três Vezes', email: newEmail() })
  await company.deliver(contact)
  await expect
    .poll(async () => (await failedJobs(name, 'totvs-crm')).map(job => job.attemptsMade), patience)
    .toEqual([3])

  const [job] = await failedJobs(name, 'totvs-crm')
  await company.sandbox.clearCalls()
  await boardFetch(`/queues/api/queues/${name}.totvs-crm/${job?.id}/retry`, { method: 'PUT' })
  await expect.poll(async () => (await company.sandbox.calls({ path: '/api/integration' })).length, patience).toBe(3)
  await expect.poll(async () => (await failedJobs(name, 'totvs-crm')).length, patience).toBe(1)

  await company.sandbox.clearFaults()
  await boardFetch(`/queues/api/queues/${name}.totvs-crm/retry/failed`, { method: 'PUT' })
  await expect.poll(() => company.leadOf(contact), patience).toBeDefined()
})

test('a quarantined delivery reads CODE: sentence on the board, and its retry enqueues what has come to make sense', async () => {
  const { name } = company.ponte.tenant
  await company.deliverBody({ leads: [{ uuid: crypto.randomUUID(), name: 'Sem Identidade' }] })
  await expect
    .poll(async () => (await failedJobs(name, 'quarantine')).map(job => job.failedReason), patience)
    .toEqual([expect.stringMatching(/^LEAD_WITHOUT_IDENTITY: /)])

  // As after an upgrade that reads more: the same delivery, with what was missing.
  const email = newEmail()
  const [job] = await withQueue(name, 'quarantine', async queue => {
    const failed = await queue.getFailed()
    const body = JSON.stringify({ leads: [{ email, name: 'Agora Sim' }] })
    await Promise.all(failed.map(delivery => delivery.updateData({ ...delivery.data, body })))
    return failed
  })
  await boardFetch(`/queues/api/queues/${name}.quarantine/${job?.id}/retry`, { method: 'PUT' })
  await expect
    .poll(
      async () => (await company.leads()).filter(lead => lead.emails.some(entry => entry.email === email)).length,
      patience,
    )
    .toBe(1)
  await expect.poll(() => isQuiet(name, 'quarantine'), patience).toBe(true)
})

test('without a login nothing about the queues is shown', async () => {
  const { board } = company.ponte
  for (const path of [
    '/',
    '/queues/api/queues',
    `/queues/api/queues/${company.ponte.tenant.name}.totvs-crm/retry/failed`,
  ]) {
    const response = await fetch(`${board?.url}${path}`, {
      redirect: 'manual',
      headers: { accept: 'application/json' },
    })
    expect([302, 303, 401]).toContain(response.status)
    expect(await response.text()).not.toContain(company.ponte.tenant.name)
  }
})
