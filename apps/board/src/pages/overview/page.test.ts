import {
  createCircuitBreaker,
  createCredentialRefusals,
  createReconcileRecord,
  createTenantMode,
  stateKey,
} from '@ponte/state'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { basicOf, type OpenBoard, openBoard, viewer } from '../../testing/open-board.ts'
import { leads, operate, person, rejected, textOf } from '../../testing/operate.ts'

let board: OpenBoard
beforeAll(async () => {
  board = await openBoard()
})
afterAll(() => board.close())
const { visit, fail } = operate(() => board)

/** What a person reads of the overview, without its head and foot. */
const read = async (options?: Parameters<typeof visit>[1], url = '/'): Promise<string> => {
  const { body } = await visit(url, options)
  return textOf(/<main.*<\/main>/s.exec(body)?.[0] ?? '')
}

test('with an empty Redis the overview says what to do, and in each language', async () => {
  const text = await read()
  expect(text).toContain('No event was counted in the last 24 hours To begin: send a test lead with ponte send')
  expect(text).toContain('0 failed nothing to retry')
  expect(text).toContain('See what is left to set up')
  expect(await read({ language: 'pt-BR' })).toContain('Nenhum evento contado nas últimas 24 horas Para começar')
  expect(await read({}, '/?period=7d')).toContain('No event was counted in the last 7 days')
})

test('commands on pages and in the catalog of errors are those that fit the installation', async () => {
  const inDocker = await openBoard({ command: 'docker compose run --rm cli' })
  const page = async (url: string): Promise<string> => textOf((await inDocker.ask('GET', url)).body)
  expect(await page('/')).toContain('um lead de teste com docker compose run --rm cli send')
  expect(await page('/error-codes/RD_TOKEN_REVOKED')).toContain('docker compose run --rm cli connect')
  await inDocker.close()
})

test('with no worker connected the sentence says so', async () => {
  expect(await read()).toContain('No worker is connected')
})

test('what failed is one number in the sentence, the figure, the menu and the title, and its causes lead to the failures and to the events of each tenant', async () => {
  await fail(board['totvs-crm'], leads(3, rejected))
  const { body } = await visit('/')
  const text = textOf(body)
  expect(text).toContain('3 events failed')
  expect(text).toContain('3 failed 1 cause')
  expect(text).toMatch(/Failures 3 /)
  expect(body).toContain('<title>(3) Overview')
  expect(body).toContain('href="/failures?code=CRM_REJECTED"')
  expect(body).toContain(`<a href="/failures/${board.name}/totvs-crm/CRM_REJECTED">3 events</a>`)
  expect(textOf((await visit('/failures')).body)).toContain('3 events')
  expect(text).not.toContain(person.name)
})

test('a connection that was lost has its button, one that is down the time of the next check, and neither for viewers', async () => {
  const refusals = createCredentialRefusals(board.redis, board.name, { probeMs: 60_000, maxProbeMs: 60_000 })
  const revoked = { credential: 'a', correlationKey: 'j', code: 'RD_TOKEN_REVOKED', stage: 'login' } as const
  await refusals.refuse('rd-station', revoked)
  const breaker = createCircuitBreaker(board.redis, board.name, {
    failureThreshold: 1,
    probeMs: 60_000,
    maxProbeMs: 60_000,
  })
  const failure = { jobId: 'j', correlationKey: 'j', kind: 'read', code: 'CRM_UNREACHABLE', outage: true } as const
  await breaker.fail('totvs-crm', failure)

  const { body } = await visit('/')
  const text = textOf(body)
  expect(text).toContain('1 connection needs you')
  expect(text).toMatch(
    new RegExp(`${board.name} · RD Station disconnected: reconnect the account · \\d+ sec ago RD_TOKEN_REVOKED`),
  )
  expect(text).toMatch(/TOTVS CRM is down · for \d+ sec · next check in \d+ sec/)
  expect(body).toContain(`<form method="post" action="/connections/${board.name}/rd-station">`)
  expect(body).toContain(`<form method="post" action="/connections/${board.name}/totvs-crm/check">`)

  const seen = await visit('/', { as: basicOf(viewer) })
  expect(textOf(seen.body)).toContain('1 connection needs you')
  expect(seen.body).not.toMatch(/action="\/(?:connections|failures)/)
})

test('a shadow is told on the overview, in each language', async () => {
  const mode = createTenantMode(board.redis, board.name)
  await board.redis.del(stateKey(board.name, 'mode'))
  await mode.declare('shadow')
  expect(await read()).toMatch(/Shadow since .*: nothing is written/)
  expect(await read({ language: 'pt-BR' })).toMatch(/Modo sombra desde .*: nada é gravado/)
  expect(await read()).toContain('What arrives in the shadow is not counted.')
  await mode.declare('live')
  expect(await read()).toContain('Went live without ponte switch')
  await mode.goBack('now')
  await mode.rest.keep({ id: 'x', queue: 'totvs-crm', name: 'lead.registered', data: {}, receivedAt: 1 })
  expect(await read()).toContain(
    '. The tenants file says live, so no job is started: first ponte switch with a new time',
  )
  expect(await read({ language: 'pt-BR' })).toContain('1 por fazer fora das filas')
  await mode.drop(['x'])
  await board.redis.del(stateKey(board.name, 'mode'))
  expect(await read()).not.toContain('hadow')
})

test('what the last reconcile found is a line of the overview, in each language, and nothing where there was none', async () => {
  expect(await read()).not.toContain('Reconciled')
  const record = createReconcileRecord(board.redis, board.name)
  await record.write({ at: Date.now() - 12 * 60_000, missing: 3, sent: 3, needsPerson: false })
  expect(await read()).toContain(`${board.name} Reconciled 12 min ago: 3 were missing, sent`)
  const portuguese = `${board.name} Reconciliado há 12 min: faltavam 3, enviados`
  expect(await read({ language: 'pt-BR' })).toContain(portuguese)
  await board.redis.del(stateKey(board.name, 'reconciled'))
})
