import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { findingsOfAxe } from '../support/browser/axe.ts'
import type { WindowOptions } from '../support/browser/browser.ts'
import { newEmail, patience, type SharedCompany, shareCompany } from '../support/company.ts'
import { useBrowser } from '../support/browser/use-browser.ts'

let company: SharedCompany
const browser = useBrowser(async () => {
  company = await shareCompany('set-up', { workflows: false })
  return company
})

const address = (): string => `${company.ponte.board?.url ?? ''}/connections`

async function logIn(options: WindowOptions = {}) {
  const { page, context } = await browser.open(options)
  await page.goto(address())
  await page.getByLabel(/^(Usuário|User)$/).fill(company.ponte.board?.user ?? '')
  await page.getByLabel(/^(Senha|Password)$/).fill(company.ponte.board?.password ?? '')
  await page.keyboard.press('Enter')
  await page.waitForURL(address())
  return { page, context }
}

/** The tenant's part of the page. Where many tenants share the board, the checklists are folded. */
const card = (page: Page) => page.getByRole('region', { name: company.ponte.tenant.name, exact: true })

async function unfold(page: Page): Promise<void> {
  const fold = card(page).locator('details.set-up')
  if ((await fold.getAttribute('open')) === null) await fold.locator('> summary').click()
}

test.each([
  { locale: 'pt-BR', width: 1280 },
  { locale: 'en-US', width: 390 },
] as const)('the checklist fits a screen of $width in $locale, and axe finds nothing', async options => {
  const { page } = await logIn(options)
  await unfold(page)
  expect(await findingsOfAxe(page)).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true)
})

test('an address is copied by its button', async () => {
  const { page, context } = await logIn({ locale: 'en-US' })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await unfold(page)
  await card(page).getByRole('button', { name: 'Copy: Opportunity won' }).click()
  await card(page).getByRole('button', { name: 'Copied: Opportunity won' }).waitFor()
  expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/\/totvs-crm\/opportunity-won$/)
})

test('without JavaScript an address is a field to select from, a system is tested, and the page is renewed by the browser', async () => {
  const { page } = await logIn({ width: 390, height: 844, javaScript: false })
  await unfold(page)
  const field = card(page).getByLabel('Endereço, sem o token', { exact: true })
  expect(await field.inputValue()).toContain(`/webhooks/${company.ponte.tenant.name}/rd-station?token=`)
  expect(
    await card(page)
      .getByRole('button', { name: /Copiar/ })
      .count(),
  ).toBe(0)
  expect(await page.content()).toContain('http-equiv="refresh"')
  const answered = page.waitForResponse(response => response.request().method() === 'POST')
  await card(page)
    .getByRole('button', { name: /^Testar agora: .* TOTVS CRM$/ })
    .click()
  await answered
  await expect
    .poll(async () => (await page.goto(address()), await card(page).locator('ol').textContent()), patience)
    .toMatch(/Teste:\s+ok em \d+ ms/)
})

test('what is waited for turns green by itself', async () => {
  const { page } = await logIn()
  await page.clock.install()
  await page.goto(address())
  const step = card(page).locator('li').filter({ hasText: 'Webhook do RD Station' })
  expect(await step.getAttribute('class')).toBe('open')
  const contact = await company.convert({ name: 'Primeira', email: newEmail() })
  await company.deliver(contact)
  const stepClass = async () => {
    await page.clock.fastForward(31_000)
    await page.waitForLoadState()
    return await step.getAttribute('class')
  }
  await expect.poll(stepClass, patience).toBe('done')
})
