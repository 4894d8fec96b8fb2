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
