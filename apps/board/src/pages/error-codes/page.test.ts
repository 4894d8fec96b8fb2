import { failures } from '@ponte/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorCodeAddress } from './page.ts'
import { basic, type OpenBoard, openBoard } from '../../testing/open-board.ts'

const codes = Object.keys(failures)
test.each([
  ['CRM_REJECTED: TOTVS CRM refused the data. (status=400)', '/error-codes/CRM_REJECTED'],
  ['job stalled more than allowable limit', '/error-codes'],
  ['NO_SUCH_CODE: something', '/error-codes'],
  ['__proto__: x', '/error-codes'],
  ['', '/error-codes'],
])('the reason "%s" leads to %s', (reason, address) => {
  expect(errorCodeAddress(reason)).toBe(address)
})

describe('the pages', () => {
  let board: OpenBoard
  beforeAll(async () => {
    board = await openBoard()
  })
  afterAll(() => board.close())
  const read = (url: string, language: string) =>
    board.app.inject({ url, headers: { authorization: basic, 'accept-language': language } })

  test('a code has its page in the language of the browser, or in the one that is asked for', async () => {
    const portuguese = await read('/error-codes/RD_TOKEN_REVOKED', 'pt-BR')
    expect(portuguese.body).toContain('<html lang="pt-BR">')
    expect(portuguese.body).toContain('<strong>O que fazer:</strong>')
    expect((await read('/error-codes/RD_TOKEN_REVOKED', 'en')).body).toContain('<strong>What to do:</strong>')
    expect((await read('/error-codes/RD_TOKEN_REVOKED?lang=en', 'pt-BR')).body).toContain(
      '<strong>What to do:</strong>',
    )
  })

  test('the list leads to every code', async () => {
    const { body } = await read('/error-codes', 'en')
    for (const code of codes) expect(body).toContain(`href="/error-codes/${code}"`)
  })

  test('the codes stand under where they happen, and words of what happened or what to do find them, without accents too', async () => {
    const { body } = await read('/error-codes', 'pt-BR')
    const families = [...body.matchAll(/<h2>([^<]*)<\/h2>/g)].map(([, name]) => name)
    expect(families).toEqual([
      ...['Na chegada de uma entrega', 'Entregas em quarentena', 'TOTVS CRM', 'RD Station', 'O próprio Ponte'],
    ])
    const found = async (q: string): Promise<readonly (string | undefined)[]> => {
      const page = await read(`/error-codes?q=${encodeURIComponent(q)}`, 'pt-BR')
      return [...page.body.matchAll(/<li>\s*<a href="\/error-codes\/(\w+)"/g)].map(([, code]) => code)
    }
    expect(await found('usuario padrao INATIVO')).toContain('CRM_DEFAULT_USER_INACTIVE')
    expect(await found('usuario padrao INATIVO')).not.toContain('CRM_LOGIN_REJECTED')
    expect(await found('rd_quota_exceeded')).toContain('RD_QUOTA_EXCEEDED')
    expect(await found('zebra')).toEqual([])
    expect((await read('/error-codes?q=%3Cscript%3E', 'en')).body).not.toContain('<script>')
  })

  test('links between codes lead to pages', async () => {
    expect((await read('/error-codes/RD_UNREACHABLE', 'en')).body).toContain('href="/error-codes/CRM_UNREACHABLE"')
  })

  test('a link to a document that the board does not serve is its text', async () => {
    const { body } = await read('/error-codes/INTERNAL_ERROR', 'en')
    expect(body).toContain('(CONTRIBUTING.md, <em>Reporting</em>)')
    expect(body).not.toContain('href="../')
  })

  test('an unknown code is answered 404, and what the address says stays text', async () => {
    const answer = await read(`/error-codes/${encodeURIComponent('<script>alert(1)</script>')}`, 'en')
    expect(answer.statusCode).toBe(404)
    expect(answer.body).not.toContain('<script')
  })
})
