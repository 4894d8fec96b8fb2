import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { WindowOptions } from '../support/browser/browser.ts'
import { type SharedCompany, shareCompany } from '../support/company.ts'
import { useBrowser } from '../support/browser/use-browser.ts'

let company: SharedCompany
const browser = useBrowser(async () => {
  company = await shareCompany('header', { workflows: false })
  return company
})

async function logIn(path: string, options: WindowOptions = {}): Promise<Page> {
  const { board } = company.ponte
  if (board === undefined) throw new Error('there is no board')
  const { url, user, password } = board
  const { page } = await browser.open(options)
  await page.goto(`${url}${path}`)
  await page.getByLabel(/^(Usuário|User)$/).fill(user)
  await page.getByLabel(/^(Senha|Password)$/).fill(password)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${url}${path}`)
  return page
}

test.each([{ width: 1280 }, { width: 320 }])(
  'without JavaScript and by keyboard alone, the account opens on a screen of $width, and leads to the other language and out',
  async ({ width }) => {
    const page = await logIn('/audit', { width, javaScript: false })
    const account = page.getByRole('button', { name: /^(Conta|Account): / })
    await account.press('Enter')
    await page.getByRole('button', { name: 'English' }).press('Enter')
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Audit')
    await account.press('Enter')
    await page.keyboard.press('Escape')
    expect(await page.getByRole('link', { name: 'Log out' }).isVisible()).toBe(false)
    await account.press('Enter')
    await page.getByRole('link', { name: 'Log out' }).press('Enter')
    await page.waitForURL(/\/login/)
  },
)

test('a filter is applied when it is chosen, with the keyboard when it is left, and without JavaScript by its button', async () => {
  const page = await logIn('/audit')
  const period = page.getByLabel('Período')
  await period.selectOption('últimos 7 dias')
  await page.waitForURL(/\/audit\?.*period=7d/)
  expect(await page.getByRole('button', { name: 'Filtrar' }).count()).toBe(0)
  await period.focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Tab')
  await page.waitForURL(/\/audit\?.*period=30d/)

  const plain = await logIn('/audit', { javaScript: false })
  await plain.getByLabel('Período').selectOption('últimos 7 dias')
  await plain.getByRole('button', { name: 'Filtrar' }).click()
  await plain.waitForURL(/\/audit\?.*period=7d/)
})
