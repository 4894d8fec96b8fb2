import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { RouteOptions } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiTokens, askApi } from '../testing/api-tokens.ts'
import { type OpenBoard, openBoard } from '../testing/open-board.ts'
import { problems } from './problems.ts'

const routes: RouteOptions[] = []
let board: OpenBoard
const ask = askApi(() => board)
beforeAll(async () => {
  board = await openBoard({ apiTokens, onRoute: route => routes.push(route) })
})
afterAll(() => board.close())

test('the description is valid OpenAPI 3.1, and the one that stands in the documents', async () => {
  const answer = await ask('/openapi.json')
  const result = await new Validator().validate(answer.json())
  expect(result.errors ?? []).toEqual([])
  expect(result.valid).toBe(true)
  expect(answer.json().openapi).toBe('3.1.0')
  const written = readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8')
  expect(answer.json()).toEqual(JSON.parse(written))
})

test('every address of the API is described, but for the description and the page of problems', async () => {
  const { paths } = (await ask('/openapi.json')).json()
  const described = Object.entries<object>(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(method => `${method.toUpperCase()} ${path}`),
  )
  const made = routes
    .filter(({ url }) => url.startsWith('/api/'))
    .flatMap(({ method, url }) => [method].flat().map(verb => `${verb} ${url.replaceAll(/:(\w+)/g, '{$1}')}`))
    .filter(each => !each.startsWith('HEAD '))
  const others = ['GET /api/v1/openapi.json', 'GET /api/v1/problems']
  expect(made.length).toBeGreaterThan(8)
  expect(described.toSorted()).toEqual(made.filter(each => !others.includes(each)).toSorted())
})

test('every problem has its section on the page of problems, and its row in the document', async () => {
  const { body, headers } = await ask('/problems', { token: '' })
  expect(headers['content-type']).toBe('text/html; charset=utf-8')
  const document = readFileSync(new URL('../../../../docs/api.md', import.meta.url), 'utf8')
  for (const [code, { status }] of Object.entries(problems)) {
    expect(body).toMatch(new RegExp(`<section id="${code}">[^]*?<p>.{20,}</p>\n<p lang="pt-BR">.{20,}</p>`))
    expect(document).toContain(`| \`${code}\` | ${status} |`)
  }
})

test('a problem is RFC 9457, in the language that is asked for, and leads to its section', async () => {
  const english = await ask('/nothing')
  expect(english.headers).toMatchObject({
    'content-type': 'application/problem+json; charset=utf-8',
    'content-language': 'en',
  })
  expect(english.json()).toEqual({
    type: '/api/v1/problems#API_NOT_FOUND',
    title: problems.API_NOT_FOUND.en,
    status: 404,
    code: 'API_NOT_FOUND',
    detail: problems.API_NOT_FOUND.advice.en,
  })
  const portuguese = await ask('/nothing', { headers: { 'accept-language': 'pt-BR,pt;q=0.9' } })
  expect(portuguese.json().title).toBe(problems.API_NOT_FOUND.pt)
})
