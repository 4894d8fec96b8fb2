import { momentFormat } from '@ponte/runtime'
import type { Locator, Page } from 'playwright-core'
import { expect, test, vi } from 'vitest'
import { findingsOfAxe } from '../support/browser/axe.ts'
import type { WindowOptions } from '../support/browser/browser.ts'
import { type OwnCompany, newEmail, patience, startCompany } from '../support/company.ts'
import { failedJobs, withQueue } from '../support/jobs.ts'
import { layoutFlawsOf } from '../support/browser/page-flaws.ts'
import { useBrowser } from '../support/browser/use-browser.ts'

const viewer = { user: 'visitante', password: 'somente-leitura' }
/** Neither the one of the server nor the one of the browser. */
const timeZone = 'America/Manaus'
const browserZone = 'Asia/Tokyo'
const phone = { width: 390, height: 844 }

let company: OwnCompany

/** Events in every state, and no worker that would take one. */
const browser = useBrowser(async () => {
  company = await startCompany({
    ...{ board: true, workflows: false },
    tenant: { retry: { attempts: 3, firstDelaySeconds: 3600, maxDelaySeconds: 3600 } },
    env: {
      ...{ BOARD_VIEWER_USER: viewer.user, BOARD_VIEWER_PASSWORD: viewer.password },
      BOARD_TIME_ZONE: timeZone,
    },
  })
  const { name } = company.ponte.tenant
  const until = (kind: 'totvs-crm' | 'quarantine', counts: Record<string, number>) =>
    vi.waitFor(
      async () => expect(await withQueue(name, kind, queue => queue.getJobCounts())).toMatchObject(counts),
      patience,
    )
  const refuse = (status: number) =>
    company.sandbox.addFault({
      ...{ system: 'totvs-crm', match: { path: '/api/integration' }, kind: 'status', status, times: 'forever' },
    })
  const deliver = async (name: string) => company.deliver(await company.convert({ name, email: newEmail() }))
  await deliver('Feita')
  await until('totvs-crm', { completed: 1 })
  await refuse(422)
  await deliver('Recusada')
  await until('totvs-crm', { failed: 1 })
  await company.deliverBody({ leads: [{ uuid: crypto.randomUUID(), name: 'Sem Identidade' }] })
  await until('quarantine', { failed: 1 })
  await company.sandbox.clearFaults()
  await refuse(503)
  await deliver('Outra vez')
  await until('totvs-crm', { delayed: 1 })
  for (const worker of company.ponte.workers) await worker.stop()
  await deliver('Espera')
  await until('totvs-crm', { completed: 1, failed: 1, delayed: 1, waiting: 1 })
  return company
})

const board = () => {
  const { board } = company.ponte
  if (board === undefined) throw new Error('there is no board')
  return board
}
const queue = (kind: string): string => `/queues/queue/${company.ponte.tenant.name}.${kind}`

async function logIn(
  path: string,
  { as = board(), ...options }: WindowOptions & { as?: { user: string; password: string } } = {},
): Promise<Page> {
  const { page } = await browser.open({ timeZone: browserZone, ...options })
  await page.goto(`${board().url}/login?next=${encodeURIComponent(path)}`)
  await page.getByLabel(/^(Usuário|User)$/).fill(as.user)
  await page.getByLabel(/^(Senha|Password)$/).fill(as.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${board().url}${path}`)
  await isShown(page)
  return page
}

/** Bull Board has read what it shows. */
const isShown = (page: Page): Promise<void> => page.locator('main :is(.lucide, time)').first().waitFor()

async function pagesOfBullBoard(): Promise<readonly string[]> {
  const [failed] = await failedJobs(company.ponte.tenant.name, 'totvs-crm')
  const statuses = ['failed', 'delayed', 'waiting', 'completed']
  return [
    '/queues',
    queue('totvs-crm'),
    ...statuses.map(status => `${queue('totvs-crm')}?status=${status}`),
    `${queue('totvs-crm')}/${failed?.id}?status=failed`,
    `${queue('quarantine')}?status=failed`,
  ]
}

/**
 * Clicks each kind of button on these pages, and all of each menu, and gives what Bull Board then asked the server to change. The
 * server is not reached, so that everything is as it was.
 */
async function clickAll(page: Page, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const asked = new Set<string>()
  await page.route('**/queues/api/**', async (route, request) => {
    if (request.method() === 'GET') return await route.continue()
    asked.add(`${request.method()} ${new URL(request.url()).pathname}`)
    return await route.fulfill({ status: 200, json: {} })
  })
  // Bull Board's own setting: it asks nothing back.
  const state = { confirmQueueActions: false, confirmJobActions: false }
  await page.evaluate(
    settings => localStorage.setItem('board-settings', settings),
    JSON.stringify({ state, version: 2 }),
  )
  const clicked = new Set<string>()
  const buttons = page.locator('#root').getByRole('button')
  const items = page.getByRole('menuitem').filter({ visible: true })
  /** Once its page has had a turn, what a click asks is on its way; the page may also be another one by then. */
  const click = async (button: Locator): Promise<void> => {
    await button.click({ noWaitAfter: true })
    await page.evaluate('new Promise(requestAnimationFrame)').catch(() => undefined)
  }
  for (const path of paths) {
    const open = async (): Promise<void> => {
      // What was clicked may lead to another page, which is then still on its way.
      const arrived = (): Promise<boolean> => page.goto(board().url + path).then(Boolean, () => false)
      await expect.poll(arrived, patience).toBe(true)
      await isShown(page)
    }
    await open()
    for (let index = 0; index < (await buttons.count()); index += 1) {
      const button = buttons.nth(index)
      if (!(await button.isVisible()) || (await button.isDisabled())) continue
      const name = [
        await button.getAttribute('aria-label'),
        await button.innerText(),
        await button.getAttribute('class'),
      ]
      const isMenu = (await button.getAttribute('aria-haspopup')) === 'menu'
      // What is done to events and to all of them depends on the page; everything else is the same on several pages.
      const isAction = (await button.and(page.locator('main ul button')).count()) > 0
      const kind = [...name, isAction ? path : ''].join(' ')
      if (clicked.has(kind)) continue
      clicked.add(kind)
      await click(button)
      if (isMenu) await items.first().waitFor()
      const count = isMenu ? await items.count() : 0
      for (let item = 0; item < count; item += 1) {
        if (item > 0) await button.click()
        await click(items.nth(item))
        await open()
      }
      if (!isMenu) await open()
    }
  }
  await page.unrouteAll({ behavior: 'wait' })
  return asked
}

test('axe finds nothing in Bull Board, on a phone and a desktop, by day and by night, nor in what opens there', async () => {
  const all = await pagesOfBullBoard()
  for (const [options, paths] of [
    [{}, all],
    [{ dark: true }, all.slice(0, 3)],
    [phone, all],
  ] as const) {
    const page = await logIn('/queues', options)
    for (const path of paths) {
      await page.goto(board().url + path)
      await isShown(page)
      expect([path, options, await findingsOfAxe(page)]).toEqual([path, options, []])
    }
    for (const name of ['Ações', 'Configurações']) {
      await page.goto(board().url + queue('totvs-crm'))
      await isShown(page)
      await page.getByRole('button', { name, exact: true }).click()
      await page.getByRole('menu').or(page.getByRole('dialog')).waitFor()
      const popup = '[role=menu], [role=dialog]'
      expect([name, options, await findingsOfAxe(page, popup)]).toEqual([name, options, []])
    }
  }
})

test('each page of Bull Board can be read on a narrow phone, at 200 % zoom and at a desk: nothing is cut, and no heading level is left out', async () => {
  const flaws: Record<string, readonly string[]> = {}
  for (const locale of ['pt-BR', 'en-US'] as const) {
    const page = await logIn('/queues', { locale })
    for (const path of await pagesOfBullBoard()) {
      await page.goto(board().url + path)
      await isShown(page)
      flaws[`${locale} ${path}`] = await layoutFlawsOf(page)
    }
  }
  expect(Object.entries(flaws).filter(([, found]) => found.length > 0)).toEqual([])
})

test('an event has the same time in Bull Board as on the other pages, whatever the zone of the browser', async () => {
  const [failed] = await failedJobs(company.ponte.tenant.name, 'totvs-crm')
  for (const [locale, language] of [
    ['pt-BR', 'pt-BR'],
    ['en-US', 'en'],
  ] as const) {
    const written = new Intl.DateTimeFormat(locale, momentFormat(language, timeZone)).format(failed?.finishedOn)
    const page = await logIn(`${queue('totvs-crm')}/${failed?.id}`, { locale })
    await page.locator('main time').first().waitFor()
    const [, , ended = ''] = await page.locator('main time').allInnerTexts()
    expect(ended.replace(/\s+/g, ' ')).toBe(written)
    await page.goto(`${board().url}/failures`)
    const times = page.locator('main time')
    expect(await times.count()).toBeGreaterThan(0)
  }
})

test('Bull Board speaks the language that was chosen on the board, whatever was chosen in it before', async () => {
  const page = await logIn('/queues')
  await page.evaluate(() =>
    localStorage.setItem('board-settings', JSON.stringify({ state: { language: 'fr-FR', theme: 'dark' }, version: 2 })),
  )
  await page.getByRole('button', { name: /^Conta/ }).click()
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('link', { name: 'ALL' }).waitFor()
  expect(await page.getByRole('navigation', { name: 'Pages' }).innerText()).toContain('Overview')
  await page.getByRole('button', { name: 'Settings' }).click()
  const settings = page.getByRole('dialog')
  await settings.getByLabel('Polling interval').waitFor()
  expect(
    await settings
      .getByLabel(/^(?:Language|Theme)$/)
      .filter({ visible: true })
      .count(),
  ).toBe(0)
  expect(await page.locator('body.dark-mode').count()).toBe(0)
})

test('queues are called by their direction, and only those that nobody serves are said to have no worker', async () => {
  const page = await logIn('/queues')
  const queues = page.locator('#root > aside a[href*="/queue/"]')
  await expect.poll(() => queues.allInnerTexts()).toEqual(['RD Station → TOTVS', 'TOTVS → RD Station', 'quarentena'])
  const cards = page.locator('main li').filter({ has: page.getByRole('link') })
  const warned = cards.filter({ hasText: 'Sem workers' })
  expect(await warned.getByRole('link', { name: / · / }).allInnerTexts()).toEqual([
    `${company.ponte.tenant.name} · RD Station → TOTVS`,
    `${company.ponte.tenant.name} · TOTVS → RD Station`,
  ])
})

test('the pencil of a failed event leads to its correction; one that waits has none, and cannot be removed', async () => {
  const page = await logIn(`${queue('totvs-crm')}?status=failed`)
  await page.getByRole('button', { name: 'Corrigir e reenviar' }).click()
  await page.waitForURL(/\/jobs\/[^/]+\/totvs-crm\/[^/]+\/edit$/)
  expect(await page.getByLabel('Nome', { exact: true }).inputValue()).toBe('Recusada')
  for (const status of ['delayed', 'waiting']) {
    await page.goto(`${board().url}${queue('totvs-crm')}?status=${status}`)
    await page.locator('main li > span > button').first().waitFor({ state: 'attached' })
    for (const name of ['Corrigir e reenviar', 'Remover'])
      expect([status, name, await page.getByRole('button', { name }).count()]).toEqual([status, name, 0])
  }
})

test('a viewer finds nothing in Bull Board that changes anything', async () => {
  const page = await logIn('/queues', { as: viewer })
  expect([...(await clickAll(page, (await pagesOfBullBoard()).slice(0, 3)))]).toEqual([])
}, 300_000)

test('whatever an operator can click in Bull Board is done: nothing ends in a refusal', async () => {
  const page = await logIn('/queues')
  const asked = await clickAll(page, await pagesOfBullBoard())
  const { name } = company.ponte.tenant
  const actions = [...asked].map(request => request.split('/').slice(request.includes(name) ? 5 : 4))
  // By the last words, of an event and of all.
  expect(new Set(actions.map(words => words.at(-1)))).toEqual(
    new Set(['pause', 'retry', 'failed', 'clean', 'completed', 'promote']),
  )
  // One event after the other before all of them: an event that was retried with all others may not be retried again. And what is removed
  // first is not there any more when it is retried; one that was retried could no longer be removed.
  const turn = (request: string): number =>
    request.endsWith('/clean') ? 0 : /\/(?:lead|delivery)-[^/]+\/\w+$/.test(request) ? 1 : 2
  const refused: string[] = []
  for (const request of [...asked].toSorted((one, other) => turn(one) - turn(other))) {
    const [method = '', path = ''] = request.split(' ')
    const headers = { 'sec-fetch-site': 'same-origin' }
    const answer = await page.request.fetch(board().url + path, { method, headers })
    if (answer.status() === 403) refused.push(request)
  }
  expect(refused).toEqual([])
}, 300_000)
