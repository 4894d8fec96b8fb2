import type { Page } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import { type WindowOptions, withoutBrowser } from '../support/browser/browser.ts'
import { type SharedCompany, newEmail, patience, shareCompany } from '../support/company.ts'
import { failedJobs, isQuiet, withQueue } from '../support/jobs.ts'
import { createMeasuredReader } from '../support/browser/measured-reader.ts'
import { useBrowser } from '../support/browser/use-browser.ts'

/** What the CRM does to every write: a rule of the company's own, say. */
const refusesWrites = {
  system: 'totvs-crm',
  match: { method: 'POST', path: '/api/integration' },
  kind: 'status',
  status: 422,
} as const
const isDown = { system: 'totvs-crm', match: { path: '/api/integration' }, kind: 'status', status: 503 } as const
const phone = { width: 390, height: 844 }
/** Of a control each. The login is not counted. */
const MAX_CLICKS_TO_CORRECT = 4

let company: SharedCompany
const browser = useBrowser(async () => {
  company = await shareCompany('operator')
  return company
})
/** What one test leaves broken must not break the next. */
afterEach(async () => {
  if (withoutBrowser !== undefined) return
  await company.sandbox.clearFaults()
  for (const kind of ['totvs-crm', 'quarantine'] as const)
    await withQueue(company.ponte.tenant.name, kind, queue => queue.clean(0, 1000, 'failed'))
})

const board = () => {
  const { board } = company.ponte
  if (board === undefined) throw new Error('there is no board')
  return board
}

/** Logs in by the page, as a person does. */
async function logIn(
  path: string,
  { as = board(), ...options }: WindowOptions & { as?: { user: string; password: string } } = {},
): Promise<Page> {
  const { page } = await browser.open(options)
  await page.goto(`${board().url}${path}`)
  await page.getByLabel(/^(Usuário|User)$/).fill(as.user)
  await page.getByLabel(/^(Senha|Password)$/).fill(as.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${board().url}${path}`)
  return page
}

const failures = (): Promise<number> => failedJobs(company.ponte.tenant.name, 'totvs-crm').then(jobs => jobs.length)
/** Of the whole page: a click waits for its beginning alone. */
async function text(page: Page): Promise<string> {
  await page.waitForLoadState()
  return await page.locator('main').innerText()
}

const fitsTheScreen = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')

test('an operator sees which breaker is open, reads the cause of what failed, tries one, retries the others, and sees what became of them', async () => {
  const page = await logIn('/waiting')
  await company.sandbox.addFault({ ...isDown, times: 'forever' })
  const waiting = await Promise.all(['Um', 'Dois', 'Três'].map(name => company.convert({ name, email: newEmail() })))
  for (const contact of waiting) await company.deliver(contact)
  await expect
    .poll(async () => (await page.reload(), await text(page)), patience)
    .toMatch(/TOTVS CRM está fora do ar[\s\S]*TOTVS CRM está fora do ar/)
  await company.sandbox.clearFaults()
  for (const contact of waiting) {
    await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(1)
  }

  await company.sandbox.addFault({ ...refusesWrites, times: 'forever' })
  const contacts = await Promise.all(['Ana', 'Bia'].map(name => company.convert({ name, email: newEmail() })))
  for (const contact of contacts) await company.deliver(contact)
  await expect.poll(failures, patience).toBe(2)

  await page.getByRole('link', { name: 'Falhas' }).click()
  const cause = page.getByRole('region').filter({ hasText: 'CRM_REJECTED' })
  expect(await cause.innerText()).toMatch(/2 eventos[\s\S]*TOTVS CRM[\s\S]*Corrija os dados/)
  for (const { email } of contacts) expect(await page.content()).not.toContain(email)

  await cause.getByRole('button', { name: 'Testar um primeiro' }).click()
  await page.waitForURL(/\/retries\//)
  const outcome = async () => (await page.reload(), await page.getByRole('status').innerText())
  await expect.poll(outcome, patience).toBe('Teste: 1 falhou de novo')

  await company.sandbox.clearFaults()
  await page.getByRole('link', { name: '← Falhas' }).click()
  await cause.getByRole('button', { name: 'Testar um primeiro' }).click()
  await expect.poll(outcome, patience).toBe('Teste: 1 entregue')
  await page.getByRole('button', { name: 'Reenviar o outro' }).click()
  await expect.poll(outcome, patience).toBe('1 evento: 1 entregue')
  for (const contact of contacts) {
    await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(1)
  }
  await page.goto(`${board().url}/failures`)
  expect(await text(page)).toContain('Nenhuma falha.')

  await page.getByRole('link', { name: 'Auditoria' }).click()
  expect(await text(page)).toMatch(/reenviou todos · 1 CRM_REJECTED ver o resultado/)
  await page.getByRole('link', { name: 'ver o resultado' }).first().click()
  expect(await page.getByRole('status').innerText()).toBe('1 evento: 1 entregue')
})

test('without JavaScript and by keyboard alone, on a phone, an operator corrects the data of an event and the lead arrives', async () => {
  await company.sandbox.addFault({ ...refusesWrites, times: 1 })
  const email = newEmail()
  const contact = await company.convert({ name: 'Caio Prado', email, city: 'Sao Palo' })
  await company.deliver(contact)
  await expect.poll(failures, patience).toBe(1)

  const page = await logIn('/failures', { ...phone, javaScript: false })
  await page.getByRole('link', { name: '1 evento' }).press('Enter')
  expect(await page.content()).not.toContain(email)
  await page.getByRole('link', { name: 'Corrigir e reenviar' }).press('Enter')
  expect(await page.getByLabel('E-mail', { exact: true }).inputValue()).toBe(email)

  await page.getByLabel('E-mail', { exact: true }).fill('caio')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/preview$/)
  expect(await text(page)).toContain('Não é um e-mail válido.')
  expect(await page.getByLabel('E-mail', { exact: true }).getAttribute('aria-invalid')).toBe('true')

  await page.getByLabel('E-mail', { exact: true }).fill(email)
  await page.getByLabel('Cidade').fill('São Paulo')
  await page.getByRole('button', { name: 'Revisar' }).press('Enter')
  expect(await page.getByRole('row', { name: 'Cidade' }).innerText()).toMatch(/Sao Palo[\s\S]*São Paulo/)
  expect(await page.locator('pre').innerText()).toContain('"cityName": "São Paulo"')
  await page.getByRole('button', { name: 'Confirmar e reenviar' }).press('Enter')
  await page.waitForURL(/\/events\//)
  await expect
    .poll(async () => (await company.leadOf(contact))?.addresses, patience)
    .toEqual([expect.objectContaining({ cityName: 'São Paulo' })])

  await expect.poll(async () => (await page.reload(), await text(page)), patience).toMatch(/concluído/)
  const timeline = await text(page)
  const { user } = board()
  const lines = [
    'Recebido',
    'linhas? técnicas?',
    'Falhou CRM_REJECTED',
    `Corrigido por ${user}: Cidade`,
    `Reenviado por ${user}`,
  ]
  expect(timeline).toMatch(new RegExp([...lines, 'Concluído'].join('[\\s\\S]*')))
  const { edited } = await withQueue(company.ponte.tenant.name, 'totvs-crm', async queue => {
    const jobs = await queue.getCompleted()
    return jobs.find(job => job.data.edited !== undefined)?.data
  })
  expect(edited).toMatchObject({
    original: { city: 'Sao Palo', email },
    changes: [{ by: user, fields: ['city'] }],
  })
})

test.each([1, 3])(
  'an administrator who reads on the overview that a cause has %i event(s) corrects one within four clicks after the login',
  async count => {
    await company.sandbox.addFault({ ...refusesWrites, times: count })
    const contacts = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        company.convert({ name: 'Lia', email: newEmail(), mobile_phone: `+55 48 99911-220${index}`, city: 'Recfe' }),
      ),
    )
    for (const contact of contacts) await company.deliver(contact)
    await expect.poll(failures, patience).toBe(count)
    const page = await logIn('/')
    const reader = createMeasuredReader(page)
    await reader.use(page.getByRole('link', { name: count === 1 ? '1 evento' : `${count} eventos`, exact: true }))
    const row = page.getByRole('row').filter({ hasText: '***00' })
    await reader.use(row.getByRole('link', { name: 'Corrigir e reenviar' }))
    await page.getByLabel('Cidade').fill('Recife')
    await reader.use(page.getByRole('button', { name: 'Revisar' }))
    await reader.use(page.getByRole('button', { name: 'Confirmar e reenviar' }))
    expect(reader.measured.clicks).toBeLessThanOrEqual(MAX_CLICKS_TO_CORRECT)
    const [corrected] = contacts
    await expect
      .poll(async () => corrected && (await company.leadOf(corrected))?.addresses, patience)
      .toEqual([expect.objectContaining({ cityName: 'Recife' })])
    // Its opportunity is still written, which what the next test breaks would refuse.
    await expect.poll(() => isQuiet(company.ponte.tenant.name, 'totvs-crm'), patience).toBe(true)
    expect(await failures()).toBe(count - 1)
  },
)

test('a quarantined delivery is corrected in its body, and its event is enqueued', async () => {
  const { name } = company.ponte.tenant
  await company.deliverBody({ leads: [{ uuid: crypto.randomUUID(), name: 'Sem Identidade' }] })
  await expect.poll(async () => (await failedJobs(name, 'quarantine')).length, patience).toBe(1)
  const page = await logIn('/failures', { locale: 'en-US' })
  await page.getByRole('link', { name: '1 event' }).click()
  await page.getByRole('link', { name: 'Edit and retry' }).click()
  const body = page.getByLabel('Body of the delivery')
  const before = await body.inputValue()
  await body.fill(before.replace('Sem Identidade', 'Nova Identidade'))
  await page.getByRole('button', { name: 'Review' }).click()
  expect(await text(page)).toContain('Ponte cannot read this yet: LEAD_WITHOUT_IDENTITY')

  const email = newEmail()
  await body.fill(before.replace('"name"', `"email":"${email}","name"`))
  await page.getByRole('button', { name: 'Review' }).click()
  expect(await page.locator('pre').innerText()).toContain(email)
  await page.getByRole('button', { name: 'Back to the form' }).click()
  expect(await body.inputValue()).toContain(email)
  await page.getByRole('button', { name: 'Review' }).click()
  await page.getByRole('button', { name: 'Confirm and retry' }).click()
  await page.waitForURL(/\/events\//)
  await expect
    .poll(async () => (await company.leads()).some(lead => lead.emails.some(entry => entry.email === email)), patience)
    .toBe(true)
})

test('a search by e-mail or phone tells the whole timeline of a lead and its opportunity, also after the jobs are gone', async () => {
  const { name } = company.ponte.tenant
  const email = newEmail()
  const { contact, opportunity } = await company.bring({ name: 'Dora', email, mobile_phone: '+55 48 99911-2233' })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  for (const kind of ['totvs-crm', 'rd-station'] as const) {
    await expect
      .poll(() => withQueue(name, kind, queue => queue.getJobCountByTypes('waiting', 'active', 'delayed')), patience)
      .toBe(0)
  }
  const page = await logIn('/failures')
  const search = async (query: string): Promise<void> => {
    await page.goto(`${board().url}/failures`)
    await page.getByRole('searchbox').fill(query)
    await page.getByRole('button', { name: 'Buscar' }).click()
  }
  await search(email)
  expect(await text(page)).toMatch(
    /Novo lead do RD Station[\s\S]*Oportunidade criada|Oportunidade criada[\s\S]*Novo lead do RD Station/,
  )
  expect(page.url()).toBe(`${board().url}/search`)

  await withQueue(name, 'totvs-crm', queue => queue.clean(0, 1000, 'completed'))
  await withQueue(name, 'rd-station', queue => queue.clean(0, 1000, 'completed'))
  await search('(48) 99911-2233')
  await page.getByRole('link', { name: 'Novo lead do RD Station' }).click()
  expect(await text(page)).toMatch(
    /não está mais na fila[\s\S]*Recebido[\s\S]*Concluído lead \S+ criado; oportunidade aberta/,
  )
  await search(opportunity.id)
  await page.getByRole('link', { name: 'Oportunidade criada' }).click()
  expect(await text(page)).toMatch(/Recebido[\s\S]*Concluído marcado: oportunidade/)
})

test('a viewer sees everything masked, finds no button, and is refused by the server', async () => {
  const { name } = company.ponte.tenant
  await company.sandbox.addFault({ ...refusesWrites, times: 'forever' })
  const email = newEmail()
  await company.deliver(await company.convert({ name: 'Eva', email }))
  await expect.poll(failures, patience).toBe(1)
  const [job] = await failedJobs(name, 'totvs-crm')

  const page = await logIn('/failures', { as: { user: board().viewer, password: board().password } })
  expect(await text(page)).toContain('CRM_REJECTED')
  expect(await page.getByRole('button', { name: /Reenviar/ }).count()).toBe(0)
  expect(await page.getByRole('link', { name: 'Auditoria' }).count()).toBe(0)
  const cause = page.getByRole('region').filter({ hasText: 'CRM_REJECTED' })
  await cause.getByRole('link', { name: '1 evento' }).click()
  expect(await page.content()).not.toContain(email)
  expect(await page.getByRole('button', { name: /Reenviar/ }).count()).toBe(0)

  await page.goto(`${board().url}/queues/queue/${name}.totvs-crm?status=failed`)
  await page.getByText('CRM_REJECTED').first().waitFor()
  expect(await page.getByRole('button', { name: 'Tentar novamente todos' }).count()).toBe(0)

  const refused = [
    ['PUT', `/queues/api/queues/${name}.totvs-crm/${job?.id}/retry`],
    ['PUT', `/queues/api/queues/${name}.totvs-crm/pause`],
    ['POST', `/jobs/${name}/totvs-crm/${job?.id}/retry`],
    ['GET', `/jobs/${name}/totvs-crm/${job?.id}/edit`],
    ['GET', '/audit'],
  ] as const
  for (const [method, path] of refused) {
    const answer = await page.request.fetch(`${board().url}${path}`, {
      method,
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    expect([path, answer.status()]).toEqual([path, 403])
  }
  expect(await failures()).toBe(1)
  await company.sandbox.clearFaults()

  const operator = await logIn(`/queues/queue/${name}.totvs-crm?status=failed`)
  await operator.getByRole('button', { name: 'Tentar novamente todos' }).click()
  await operator.getByRole('button', { name: 'Confirmar' }).click()
  await expect.poll(failures, patience).toBe(0)
})

test.each([
  '/waiting',
  '/failures',
  '/retries',
  '/search',
  '/preview',
  '/error-codes',
  '/error-codes/CRM_REJECTED',
  '/audit',
])(
  'on a phone %s fits the screen, says its language, and has a heading, a landmark and a way to skip to it',
  async path => {
    const page = await logIn(path, phone)
    expect(await fitsTheScreen(page)).toBe(true)
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR')
    expect(await page.locator('h1').count()).toBe(1)
    expect(await page.getByRole('main').count()).toBe(1)
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.getAttribute("href")')).toBe('#main')
  },
)
