import { expect, test } from 'vitest'
import { countResults, noon, times } from '../../apps/board/src/testing/count-results.ts'
import { manager, type OpenBoard, openBoard } from '../../apps/board/src/testing/open-board.ts'
import { createMeasuredReader } from '../support/browser/measured-reader.ts'
import { useBrowser } from '../support/browser/use-browser.ts'

const screen = { width: 1280, height: 900 }
let board: OpenBoard
let url: string
const browser = useBrowser(async () => {
  board = await openBoard({ now: () => noon('2026-03-18') })
  await countResults(board, board.name, noon('2026-02-03'), counts => {
    times(10, () => counts.lead('created'))
    times(2, () => counts.mark('sale', { cents: 1_500_000 }))
  })
  await countResults(board, board.name, noon('2026-01-20'), counts => {
    times(8, () => counts.lead('created'))
    counts.mark('sale', { cents: 2_000_000 })
  })
  url = await board.app.listen({ port: 0, host: '127.0.0.1' })
  return { stop: () => board.close() }
})

test('a manager reads how last month went against the month before: one click after the login, and the first screen has the answer', async () => {
  const { page } = await browser.open(screen)
  await page.goto(url)
  await page.getByLabel('Usuário').fill(manager.user)
  await page.getByLabel('Senha').fill(manager.password)
  const loggedIn = Date.now()
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/results$/)
  const reader = createMeasuredReader(page)
  await reader.use(page.getByRole('link', { name: 'Mês passado' }))
  await page.waitForURL(/\/results\?period=last-month$/)
  const funnel = page.locator('dl.funnel')
  const answer = (await funnel.innerText()).replaceAll(/\s+/g, ' ')
  process.stdout.write(`a manager: ${reader.measured.clicks} click, the answer after ${Date.now() - loggedIn} ms\n`)
  expect(reader.measured.clicks).toBe(1)
  expect(await page.locator('main').innerText()).toMatch(/fevereiro de 2026, em comparação com .*janeiro de 2026\./)
  expect(answer).toMatch(/Leads criados 10 \S*25\s?% antes: 8/)
  expect(answer).toMatch(/Vendas 2 \S*100\s?% antes: 1/)
  expect(answer).toMatch(/Valor das vendas R\$ 30\.000 \S*50\s?% antes: R\$ 20\.000/)
  const { y = screen.height, height = 0 } = (await funnel.boundingBox()) ?? {}
  expect(y + height).toBeLessThanOrEqual(screen.height)
})
