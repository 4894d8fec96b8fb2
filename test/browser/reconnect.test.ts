import { readOpenBreakers } from '@ponte/state'
import { Redis } from 'ioredis'
import type { Page } from 'playwright-core'
import { afterAll, expect, inject, test } from 'vitest'
import type { WindowOptions } from '../support/browser/browser.ts'
import { type Company, newEmail, patience, shareCompany } from '../support/company.ts'
import { withQueue } from '../support/jobs.ts'
import { useBrowser } from '../support/browser/use-browser.ts'

const isDown = { system: 'totvs-crm', match: { path: '/api/integration' }, kind: 'status', status: 503 } as const

let company: Company
const redis = new Redis(inject('redisUrl'))
const browser = useBrowser(async () => {
  company = await shareCompany('reconnect')
  return company
})
afterAll(() => redis.disconnect())

/** Another site than that of the sandbox, as RD Station's is: of two ports of one host cookies would know no difference. */
const boardUrl = (): string => company.ponte.board?.url.replace('127.0.0.1', 'localhost') ?? ''

async function logIn(path: string, options: WindowOptions = {}): Promise<Page> {
  const { page } = await browser.open(options)
  await page.goto(`${boardUrl()}${path}`)
  await page.getByLabel(/^(Usuário|User)$/).fill(company.ponte.board?.user ?? '')
  await page.getByLabel(/^(Senha|Password)$/).fill(company.ponte.board?.password ?? '')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${boardUrl()}${path}`)
  return page
}

/** Of the whole page: a click waits for its beginning alone. */
async function text(page: Page): Promise<string> {
  await page.waitForLoadState()
  return await page.locator('main').innerText()
}
const openReasons = async (): Promise<readonly string[]> =>
  (await readOpenBreakers(redis, company.ponte.tenant.name)).map(({ reason }) => reason)

test('without JavaScript, on a phone, an operator reconnects a revoked account in the browser, and the mark that waited is made', async () => {
  const { contact, opportunity } = await company.bring({ name: 'Ana', email: newEmail() })
  await company.untilMarks(contact, ['OPPORTUNITY'])
  await company.rd.revokeTokens()
  await company.crm.win(opportunity.id, 10)
  await expect.poll(openReasons, patience).toEqual(['revoked'])

  const page = await logIn('/waiting', { width: 390, height: 844, javaScript: false })
  expect(await text(page)).toContain('RD Station desconectado: reconecte a conta')
  expect(await text(page)).not.toMatch(/Próxima verificação/i)
  // Somebody allows it on a page of RD Station's: the way back comes from another site, as no redirect of our own does.
  await page.route(/\/auth\/dialog\?(?!.*allowed)/, route =>
    route.fulfill({ contentType: 'text/html', body: `<a href="${route.request().url()}&allowed=1">Permitir</a>` }),
  )
  await page.getByRole('button', { name: 'Reconectar o RD Station' }).click()
  await page.getByRole('link', { name: 'Permitir' }).click()
  await page.waitForURL(/\/connections\?attempt=/)
  expect(await page.getByRole('status').innerText()).toContain('está conectada ao RD Station')
  expect(page.url()).not.toContain('code=')
  await company.untilMarks(contact, ['OPPORTUNITY', 'SALE'])
  expect(await openReasons()).toEqual([])
  await page.goto(`${boardUrl()}/audit`)
  expect(await text(page)).toContain('conectou a conta do RD Station')
})

test('an operator has a system checked that works again: the only event that waits comes at once, with all its attempts', async () => {
  await company.sandbox.addFault({ ...isDown, times: 'forever' })
  const contact = await company.convert({ name: 'Bia', email: newEmail() })
  await company.deliver(contact)
  await expect.poll(openReasons, patience).toEqual(['down'])
  const page = await logIn('/waiting', { locale: 'en-US' })
  expect(await text(page)).toMatch(/TOTVS CRM (?:is down|does not answer to writes) \(503\)/)
  const before = await company.numberOfLastCall()
  await page.getByRole('button', { name: 'Check now' }).click()
  // The check has failed, and the event waits again: until its time if it was what checked, else in the queue that is paused.
  const checks = () => company.sandbox.calls({ system: 'totvs-crm', after: before })
  await expect.poll(async () => (await checks()).length, patience).toBeGreaterThan(0)
  const isWaiting = () =>
    withQueue(company.ponte.tenant.name, 'totvs-crm', async queue => {
      const { active = 0, delayed = 0, wait = 0 } = await queue.getJobCounts('active', 'delayed', 'wait')
      return active === 0 && delayed + wait === 1
    })
  await expect.poll(isWaiting, patience).toBe(true)
  expect(await company.opportunitiesOf(contact)).toEqual([])

  await company.sandbox.clearFaults()
  await expect
    .poll(async () => {
      await page.goto(`${boardUrl()}/waiting`)
      return await page.getByRole('button', { name: 'Check now' }).count()
    }, patience)
    .toBe(1)
  await page.getByRole('button', { name: 'Check now' }).click()
  await page.waitForURL(/\/waiting\?check=/)
  await expect.poll(() => page.getByRole('status').innerText(), patience).toContain('TOTVS CRM answers')
  await expect.poll(async () => (await company.opportunitiesOf(contact)).length, patience).toBe(1)
  const attempts = await withQueue(company.ponte.tenant.name, 'totvs-crm', async queue => {
    await expect.poll(() => queue.getJobCountByTypes('active', 'delayed', 'waiting'), patience).toBe(0)
    return (await queue.getCompleted()).map(job => job.attemptsMade)
  })
  expect(new Set(attempts)).toEqual(new Set([1]))
})
