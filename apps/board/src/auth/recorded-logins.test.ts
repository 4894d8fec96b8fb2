import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createBrowser, form } from '../testing/log-in.ts'
import { basic, basicOf, credentials, type OpenBoard, openBoard, viewer } from '../testing/open-board.ts'

let board: OpenBoard
beforeAll(async () => {
  board = await openBoard()
})
afterAll(() => board.close())

const { logIn } = createBrowser(() => board)

test('a refused login is in the audit trail: of an account by its name, of nobody without what was typed', async () => {
  const own = await openBoard()
  onTestFinished(() => own.close())
  const audit = own.audit
  const [last] = await audit.read({ count: 1 })
  const typed = `senha-no-campo-errado-${own.name}`
  const attempts = [
    { user: credentials.user, password: `${own.name}-wrong` },
    { user: typed, password: 'wrong' },
  ]
  for (const given of attempts) {
    await own.app.inject({
      method: 'POST',
      url: '/login',
      payload: form(given),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    await own.app.inject({ url: '/waiting', headers: { authorization: basicOf(given) } })
  }
  const records = (await audit.read({ count: 1000 })).filter(({ id, at }) => id !== last?.id && at >= (last?.at ?? 0))
  const refused = records.filter(({ action, outcome }) => action === 'login' && outcome === 'refused')
  // All boards of this Redis share the trail of refused logins, also those of other tests.
  expect(refused.map(({ user }) => user)).toEqual(expect.arrayContaining([credentials.user, '?']))
  expect(refused.length).toBeGreaterThanOrEqual(4)
  expect(JSON.stringify(records)).not.toContain(own.name)
  const page = await own.app.inject({ url: '/audit', headers: { authorization: basic, 'accept-language': 'pt-BR' } })
  expect(page.body).toMatch(/usuário desconhecido[\s\S]*?não conseguiu entrar · recusado/)
})

test('what another site makes a browser ask for is in the audit trail, under who is logged in there', async () => {
  const cookie = await logIn()
  const url = `/jobs/${board.name}/totvs-crm/job-1/retry`
  const answer = await board.app.inject({ method: 'POST', url, headers: { cookie, 'sec-fetch-site': 'cross-site' } })
  expect(answer.statusCode).toBe(403)
  const records = await board.audit.read({ count: 1000 })
  expect(records.filter(({ tenant, jobId }) => tenant === board.name && jobId === 'job-1')).toEqual([
    expect.objectContaining({ user: credentials.user, action: 'retry', outcome: 'refused', queue: 'totvs-crm' }),
  ])
})

test.each(['/audit', '/jobs/acme/totvs-crm/job-1/edit', '/jobs/acme/totvs-crm/job-1/original'])(
  'a viewer who goes to %s reads on a page that it is not theirs, with the way back',
  async url => {
    const headers = { authorization: basicOf(viewer), accept: 'text/html', 'accept-language': 'pt-BR' }
    const { statusCode, headers: answered, body } = await board.app.inject({ url, headers })
    expect([statusCode, answered['content-type']]).toEqual([403, 'text/html; charset=utf-8'])
    expect(body).toMatch(
      /<h1>Pedido recusado<\/h1>[\s\S]*Você entrou como visualizador: só um operador pode fazer isto\./,
    )
    expect(body).toContain('href="/failures"')
  },
)
