import { createLogger } from '@ponte/runtime'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { expect, test } from 'vitest'
import { addErrorAnswers } from './answers.ts'
import { basic, openBoard } from '../testing/open-board.ts'
import { useBoard } from '../testing/use-board.ts'

const { board } = useBoard({ isShared: true })

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', authorization: basic }
const form = { ...browser, 'content-type': 'application/x-www-form-urlencoded' }

/** What stands in the notice of a page. */
const noticeOf = (markup: string): string | undefined => /<p class="notice" role="alert">([^<]*)<\/p>/.exec(markup)?.[1]

test.each([
  ['GET', `/events/zz/${'0'.repeat(80)}`],
  ['GET', '/events/zz/0'],
  ['POST', '/jobs/zz/foo/x/retry'],
  ['POST', `/jobs/TENANT/totvs-crm/${'x'.repeat(201)}/retry`],
  ['GET', '/jobs/zz/foo/x/original'],
  ['GET', '/nowhere'],
  ['POST', '/waiting'],
] as const)('%s %s is not there: a notice in the language of the browser, not an error', async (method, path) => {
  const url = path.replace('TENANT', board().name)
  const headers = { ...form, 'accept-language': 'pt-BR' }
  const { statusCode, headers: answered, body } = await board().app.inject({ method, url, headers })
  expect([statusCode, answered['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
  expect(body).toContain('<html lang="pt-BR">')
  expect(noticeOf(body)).toMatch(/^(Evento não encontrado|Endereço inexistente|Ninguém corrigiu)/)
})

test('a page that is not there leads to the overview', async () => {
  const { body } = await board().app.inject({ url: '/nowhere', headers: { ...browser, 'accept-language': 'en' } })
  expect(body).toContain('<p><a href="/">Go to the overview</a></p>')
})

test('the edit of a job at an address that cannot be is refused with a notice', async () => {
  const { statusCode, body } = await board().app.inject({ url: '/jobs/zz/foo/x/edit', headers: browser })
  expect(statusCode).toBeLessThan(500)
  expect(noticeOf(body)).toBeDefined()
})

test('a script reads in JSON what does not exist, and nobody without a login learns what does', async () => {
  const answer = await board().app.inject({
    url: '/nowhere',
    headers: { authorization: basic, 'accept-language': 'en' },
  })
  expect([answer.statusCode, answer.json()]).toEqual([
    404,
    { error: 'There is nothing at this address.', code: 'NOT_FOUND' },
  ])
  expect((await board().app.inject({ url: '/nowhere' })).statusCode).toBe(401)
})

test('who sends a form after the session is over reads that nothing was done, and logs in back to the page of the form', async () => {
  const headers = {
    accept: browser.accept,
    'content-type': form['content-type'],
    'accept-language': 'pt-BR',
    host: 'board.test',
    origin: 'http://board.test',
    referer: 'http://board.test/causes?code=CRM_REJECTED',
  }
  const answer = await board().app.inject({ method: 'POST', url: '/failures/retry', headers, payload: 'code=x' })
  expect([answer.statusCode, noticeOf(answer.body)]).toEqual([401, expect.stringContaining('Nada foi feito')])
  expect(answer.body).toContain('href="/login?next=%2Fcauses%3Fcode%3DCRM_REJECTED"')
})

test('an address that is none is refused with a notice', async () => {
  const { statusCode, body } = await board().app.inject({ url: '/events/%zz', headers: browser })
  expect(statusCode).toBe(400)
  expect(noticeOf(body)).toBeDefined()
  expect(body).toContain('href="/error-codes/REQUEST_MALFORMED"')
})

test('a form that is too large is refused with its code', async () => {
  const payload = `q=${'x'.repeat(5 * 1024 * 1024)}`
  const answer = await board().app.inject({ method: 'POST', url: '/search', headers: form, payload })
  expect(answer.statusCode).toBe(413)
  expect(answer.body).toContain('href="/error-codes/BODY_TOO_LARGE"')
})

test.each(['login page', 'Basic authentication'])(
  'who tries too often by %s is told to wait on a page when the browser asks for one',
  async way => {
    const own = await openBoard()
    const wrong = { user: 'operação', password: 'wrong' }
    const basicWrong = `Basic ${Buffer.from(`${wrong.user}:${wrong.password}`).toString('base64')}`
    const attempt = () =>
      way === 'login page'
        ? own.app.inject({
            method: 'POST',
            url: '/login',
            headers: { accept: browser.accept, 'content-type': form['content-type'] },
            payload: new URLSearchParams(wrong).toString(),
          })
        : own.app.inject({ url: '/waiting', headers: { accept: browser.accept, authorization: basicWrong } })
    let answer = await attempt()
    for (let tries = 0; tries < 10 && answer.statusCode === 401; tries++) answer = await attempt()
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([429, 'text/html; charset=utf-8'])
    expect(noticeOf(answer.body)).toMatch(/^Muitas tentativas(?: de acesso)?\. Aguarde/)
    expect(answer.body).not.toContain('<nav')
    await own.close()
  },
)

test('an unexpected error is logged with its place in the code, and neither log nor answer holds its message', async () => {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const loggerInstance: FastifyBaseLogger = createLogger({ level: 'warn', process: 'board', destination })
  const app = Fastify({ loggerInstance })
  app.decorateRequest('user')
  addErrorAnswers(app)
  app.get('/events/:person', () => {
    throw new TypeError('maria@padaria.example is not a function')
  })
  const answer = await app.inject({ url: '/events/maria@padaria.example', headers: browser })
  expect([answer.statusCode, noticeOf(answer.body)]).toEqual([500, expect.stringContaining('Erro inesperado')])
  expect(answer.body).toContain('INTERNAL_ERROR')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/"level":50.*"route":"\/events\/:person".*INTERNAL_ERROR.*TypeError.*answers\.test\.ts/)
  expect(`${lines[0]} ${answer.body}`).not.toContain('maria')
  await app.close()
})
