import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { failedJobs, isQuiet, withQueue } from '../support/jobs.ts'

let company: Company
beforeAll(async () => {
  company = await shareCompany('search', { workflows: false })
})
afterAll(() => company.stop())

async function ask(
  path: string,
  form?: Record<string, string>,
): Promise<{ url: string; text: string; markup: string }> {
  const { board } = company.ponte
  if (board === undefined) throw new Error('there is no board')
  const response = await fetch(new URL(path, board.url), {
    headers: {
      authorization: `Basic ${Buffer.from(`${board.user}:${board.password}`).toString('base64')}`,
      'accept-language': 'en',
    },
    ...(form && { method: 'POST', body: new URLSearchParams(form) }),
  })
  expect(response.status).toBe(200)
  const markup = await response.text()
  return { url: response.url, markup, text: markup.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ') }
}

const search = (q: string) => ask('/search', { q })
/** A user searches 30 times a minute. */
const patient = { ...patience, interval: 3000 }

const leads = (count: number) =>
  Array.from({ length: count }, () => ({ uuid: crypto.randomUUID(), email: newEmail(), name: 'Outra Pessoa' }))

test('an event in the middle of a long backlog is found by e-mail, phone and opportunity, with each repeat of it', async () => {
  const { name } = company.ponte.tenant
  for (const kind of ['totvs-crm', 'rd-station'] as const) await withQueue(name, kind, queue => queue.pause())
  const email = newEmail()
  const lead = { uuid: crypto.randomUUID(), email, name: 'No Meio', mobile_phone: '+55 (48) 98877-6655' }
  await company.deliverBody({ leads: leads(600) })
  await company.deliverBody({ leads: [lead] })
  await company.deliverBody({ leads: leads(600) })
  await company.deliverBody({ leads: [lead] })
  await company.deliverBody({ leads: [lead] })
  await company.announce('won', 'opportunity-in-the-middle')

  for (const query of [email, '48988776655']) {
    const { url, text } = await search(query)
    expect(url).toMatch(/\/events\//)
    expect(text).toMatch(/in the queue .* Received .* Received again: a duplicate, no change \([2-9] times/)
  }
  // It is recorded after its answer.
  await expect
    .poll(async () => (await search('opportunity-in-the-middle')).text, patient)
    .toMatch(/Opportunity won · in the queue/)
  await withQueue(name, 'totvs-crm', queue => queue.drain())
  await withQueue(name, 'rd-station', queue => queue.drain())
  for (const kind of ['totvs-crm', 'rd-station'] as const) await withQueue(name, kind, queue => queue.resume())
})

test('a delivery that was repaired in quarantine is found by its person, and leads to its event and the effect of it', async () => {
  const { name } = company.ponte.tenant
  await company.deliverBody({ leads: [{ uuid: crypto.randomUUID(), name: 'Sem Identidade' }] })
  await expect.poll(async () => (await failedJobs(name, 'quarantine')).length, patience).toBe(1)
  const email = newEmail()
  await withQueue(name, 'quarantine', async queue => {
    const [job] = await queue.getFailed()
    await job?.updateData({ ...job.data, body: JSON.stringify({ leads: [{ email, name: 'Agora Sim' }] }) })
    await job?.retry('failed')
  })
  await expect
    .poll(async () => (await company.leads()).some(lead => lead.emails.some(entry => entry.email === email)), patience)
    .toBe(true)
  for (const kind of ['quarantine', 'totvs-crm'] as const)
    await expect.poll(() => isQuiet(name, kind), patience).toBe(true)
  await expect.poll(async () => (await search(email)).text, patient).toMatch(/2 events .*Delivery .*Done/)

  const { markup } = await search(email)
  const [, delivery = ''] = /<a href="([^"]+)"><span title="delivery">Delivery<\/span><\/a>/.exec(markup) ?? []
  const deliveryPage = await ask(delivery)
  expect(deliveryPage.text).toMatch(/Received .*LEAD_WITHOUT_IDENTITY .*Done .*produced New lead from RD Station /)
  const [, event = ''] = /produced\s*<a href="([^"]+)"/.exec(deliveryPage.markup) ?? []
  await expect
    .poll(async () => (await ask(event)).text, patience)
    .toMatch(/Received from the delivery that was in quarantine, .*Done lead \S+ created/)
  const eventPage = await ask(event)
  expect(eventPage.markup).toContain(`href="${delivery}"`)
  expect(`${deliveryPage.markup} ${eventPage.markup}`).not.toContain(email)
})

test('a mark that RD Station refuses has not failed permanently while rounds are left, and its opportunity counts as one failure', async () => {
  const { name } = company.ponte.tenant
  const email = newEmail()
  const { contact, opportunity } = await company.bring({ name: 'Recusada', email })
  const { id } = opportunity
  const { id: fault } = await company.sandbox.addFault({
    ...{ system: 'rd-station', kind: 'status', status: 400, times: 'forever' },
    match: { path: '/platform/events', body: email },
    body: { errors: { error_type: 'INVALID_FIELDS', error_message: 'o contato está bloqueado' } },
  })
  await company.announce('created', id)
  await expect.poll(async () => (await failedJobs(name, 'rd-station')).length, patience).toBe(1)
  // The state changes, which begins fresh rounds with another event: its failure takes the place of the one before.
  await company.crm.win(id, 100)
  await company.announce('won', id)
  await expect
    .poll(async () => (await failedJobs(name, 'rd-station')).map(job => job.name), patience)
    .toEqual(['opportunity.won'])

  const { text } = await search(id)
  expect(text).toMatch(/opportunity \S+ .*Opportunity won Round 1 of 3 failed; next at/)
  expect(text).not.toContain('Failed: needs you')
  const causes = (await ask('/failures')).text
  expect(causes).toMatch(/RD_REJECTED RD Station: “.*o contato está bloqueado/)
  expect(causes).toMatch(/\S+ 1 event .*RD_REJECTED .*Ponte retries 1 automatically/)

  await company.sandbox.clearFaults(fault)
  await ask('/failures/retry', { part: `${name}/rd-station/RD_REJECTED` })
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  await expect.poll(async () => (await failedJobs(name, 'rd-station')).length, patience).toBe(0)
  await expect.poll(async () => (await search(id)).text, patient).toMatch(/Opportunity won Done/)
})

test('a lead, its opportunity and its sale are one timeline with the value of the sale, found by the person', async () => {
  const email = newEmail()
  const { contact, opportunity } = await company.bring({ name: 'Comprou', email })
  await company.announce('created', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.crm.win(opportunity.id, 150_000)
  await company.announce('won', opportunity.id)
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])

  const timeline =
    /Lead created → opportunity → sale R\$150,000 .*New lead from RD Station .*Opportunity created .*Opportunity won /
  const isWon = ({ name, data }: { name: string; data: { opportunityId?: unknown } }): boolean =>
    name === 'opportunity.won' && data.opportunityId === opportunity.id
  const ended = () => withQueue(company.ponte.tenant.name, 'rd-station', queue => queue.getCompleted())
  await expect.poll(async () => (await ended()).some(isWon), patience).toBe(true)
  await expect.poll(() => isQuiet(company.ponte.tenant.name, 'totvs-crm'), patience).toBe(true)
  const { text, markup } = await search(email)
  expect(text).toMatch(timeline)
  expect(text).toContain('3 events')
  const [, won = ''] = /<a href="([^"]+)"><span title="opportunity.won">/.exec(markup) ?? []
  expect((await ask(won)).text).toContain('Done marked: sale; value R$150,000')
})
