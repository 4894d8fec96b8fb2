import { expect, test } from 'vitest'
import { type Company, newEmail, shareCompany } from '../support/company.ts'
import { useBrowser } from '../support/browser/use-browser.ts'

let company: Company
const browser = useBrowser(async () => {
  company = await shareCompany('preview')
  return company
})

test.each([
  { locale: 'pt-BR', width: 1280, height: 900, title: 'Prévia', button: 'Ver a prévia' },
  { locale: 'en-US', width: 1280, height: 900, title: 'Preview', button: 'Show the preview' },
  { locale: 'pt-BR', width: 390, height: 844, title: 'Prévia', button: 'Ver a prévia' },
  { locale: 'en-US', width: 390, height: 844, title: 'Preview', button: 'Show the preview' },
] as const)(
  'in $locale, $width pixels wide and without JavaScript, an operator pastes a body and sees what would become of it, and nothing does',
  async ({ title, button, ...window }) => {
    const { board } = company.ponte
    if (board === undefined) throw new Error('there is no board')
    const uuid = crypto.randomUUID()
    const crm = company.sandbox.crm()
    const { id } = await crm.addLead({ name: 'Mariana', externalId: `rd:${uuid}` })
    const before = await crm.state()

    const { page } = await browser.open({ ...window, javaScript: false })
    await page.goto(`${board.url}/preview`)
    await page.getByLabel(/^(Usuário|User)$/).fill(board.user)
    await page.getByLabel(/^(Senha|Password)$/).fill(board.password)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${board.url}/preview`)
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(title)
    const body = {
      leads: [
        {
          ...{ uuid, name: 'Maria Souza', email: newEmail(), state: 'SP', job_title: 'Diretora' },
          custom_fields: { CNPJ: '12.345.678/0001-90' },
          last_conversion: { created_at: '2026-03-05T12:00:00Z', content: { identificador: 'webinar-crm' } },
        },
      ],
    }
    await page.getByRole('textbox').fill(JSON.stringify(body))
    await page.getByRole('button', { name: button }).click()
    await page.waitForLoadState()
    const text = await page.locator('main').innerText()
    for (const part of [id, 'enterprise', 'Mariana', 'Diretora', 'RD Station - Maria Souza - webinar-crm'])
      expect(text).toContain(part)
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true)
    expect(await crm.state()).toEqual(before)
    expect(await company.sandbox.calls({ system: 'rd-station' })).toEqual([])
    await page.context().close()
  },
)
