import { causesOf, toReport } from '@ponte/operations'
import { expect, test } from 'vitest'
import {
  bridgeOf,
  connectionsOf,
  down,
  failure,
  MINUTE,
  NOW,
  revoked,
  tenantNamed,
  textOf,
} from '../../testing/documents.ts'
import { openBoard } from '../../testing/open-board.ts'
import { useBoard } from '../../testing/use-board.ts'
import { leads, person, rejected } from '../../testing/operate.ts'
import { renderPage, type ViewChange } from '../../testing/render-page.ts'
import { overviewPage } from './page.ts'

interface Change extends ViewChange<unknown> {
  readonly period?: '24h' | '7d'
  readonly isBehindUnnamedProxy?: boolean
}

/** What the overview shows of a bridge, with nothing counted. */
function show(bridge = bridgeOf(), { period = '24h', isBehindUnnamedProxy = false, ...change }: Change = {}) {
  const request = { span: 'hour', now: NOW, timeZone: 'UTC', readers: 'operators' } as const
  const report = { ...toReport([tenantNamed('acme')], new Map(), request), period }
  const causes = bridge.failed === 0 ? [] : causesOf([failure({ count: bridge.failed })])
  const overview = { check: undefined, bridge, report, causes, isBehindUnnamedProxy }
  return renderPage(overviewPage, overview, { period, tenant: undefined }, change)
}

test('before the first event the overview says what to do, and in each language', () => {
  const { text } = show()
  expect(text).toContain('No event was counted in the last 24 hours To begin: send a test lead with ponte send')
  expect(text).toContain('0 failed nothing to retry')
  expect(text).toContain('See what is left to set up')
  expect(show(bridgeOf(), { language: 'pt-BR' }).text).toContain(
    'Nenhum evento contado nas últimas 24 horas Para começar',
  )
  expect(show(bridgeOf(), { period: '7d' }).text).toContain('No event was counted in the last 7 days')
})

test('with no worker connected the sentence says so', () => {
  expect(show(bridgeOf([{ workerConnected: false }])).text).toContain('No worker is connected')
})

test('a connection that was lost has its button, one that is down the time of the next check, and neither for viewers', () => {
  const bridge = bridgeOf([{ connections: connectionsOf('acme', revoked, down) }])
  const { text, markup } = show(bridge)
  expect(text).toContain('1 connection needs you')
  expect(text).toContain('acme · RD Station disconnected: reconnect the account · 1 min ago RD_TOKEN_REVOKED')
  expect(text).toContain('TOTVS CRM is down · for 2 min · next check in 1 min')
  expect(markup).toContain('<form method="post" action="/connections/acme/rd-station">')
  expect(markup).toContain('<form method="post" action="/connections/acme/totvs-crm/check">')
  const viewers = show(bridge, { role: 'viewer' })
  expect(viewers.text).toContain('1 connection needs you')
  expect(viewers.markup).not.toMatch(/action="\/(?:connections|failures)/)
})

test.each([
  [
    'a shadow',
    { mode: 'shadow', since: NOW },
    [/Shadow since .*: nothing is written/, /is not counted/],
    'nada é gravado',
  ],
  [
    'a way back whose file says live',
    { mode: 'shadow', since: NOW, modeOfFile: 'live', rest: 1 },
    [/1 (?:to do|left|undone).*|Send 1 event Drop 1 event/],
    '1 por fazer fora das filas',
  ],
] as const)('%s is told on the overview, in each language', (_what, mode, says, portuguese) => {
  const bridge = bridgeOf([{ mode }])
  for (const pattern of says) expect(show(bridge).text).toMatch(pattern)
  expect(show(bridge, { language: 'pt-BR' }).text).toContain(portuguese)
  expect(show().text).not.toContain('hadow')
})

test('what the last reconcile found is a line of the overview, in each language, and nothing where there was none', () => {
  const reconciled = { at: NOW - 12 * MINUTE, missing: 3, sent: 3, needsPerson: false, inARow: 0 }
  expect(show(bridgeOf([{ reconciled }])).text).toContain('acme Reconciled 12 min ago: 3 were missing, sent')
  expect(show(bridgeOf([{ reconciled }]), { language: 'pt-BR' }).text).toContain(
    'acme Reconciliado há 12 min: faltavam 3, enviados',
  )
  expect(show().text).not.toContain('Reconciled')
})

test('a proxy that is not named is told of to operators', () => {
  const warns = (change: Change): boolean => show(bridgeOf(), change).text.includes('BOARD_TRUSTED_PROXIES')
  expect([
    warns({ isBehindUnnamedProxy: true }),
    warns({}),
    warns({ isBehindUnnamedProxy: true, role: 'viewer' }),
  ]).toEqual([...[true, false, false]])
})

const { board, fail, visit, read } = useBoard()

test('what failed is one number in the sentence, the figure, the menu and the title, and its causes lead to the failures and to the events of each tenant', async () => {
  const { name } = board()
  await fail(board()['totvs-crm'], leads(3, rejected))
  const { body } = await visit('/')
  const text = textOf(body)
  for (const says of ['3 events failed', '3 failed 1 cause', 'Failures 3 ']) expect(text).toContain(says)
  expect(body).toContain('<title>(3) Overview')
  expect(body).toContain('href="/failures?code=CRM_REJECTED"')
  expect(body).toContain(`<a href="/failures/${name}/totvs-crm/CRM_REJECTED">3 events</a>`)
  expect(await read('/failures')).toContain('3 events')
  expect(text).not.toContain(person.name)
})

test('commands on pages and in the catalog of errors are those that fit the installation', async () => {
  const inDocker = await openBoard({ command: 'docker compose run --rm cli' })
  const page = async (url: string): Promise<string> => textOf((await inDocker.ask('GET', url)).body)
  expect(await page('/')).toContain('um lead de teste com docker compose run --rm cli send')
  expect(await page('/error-codes/RD_TOKEN_REVOKED')).toContain('docker compose run --rm cli connect')
  await inDocker.close()
})
