import type { RouteOptions } from 'fastify'
import { expect, test } from 'vitest'
import { basicOf, manager, openBoard } from '../testing/open-board.ts'

/** What is for managers, or for everybody. Every other address of the board is none of theirs. */
const allowed = [
  ...['GET /results', 'GET /results.csv', 'HEAD /results', 'HEAD /results.csv'],
  ...['GET /help', 'HEAD /help', 'GET /logout', 'POST /logout', 'POST /language'],
  ...['GET /login', 'HEAD /login', 'POST /login', 'GET /assets/ponte.svg', 'HEAD /assets/ponte.svg'],
]

test('a manager is refused by every route but those of results, and the refusal is in the audit trail', async () => {
  const routes: RouteOptions[] = []
  const board = await openBoard({ onRoute: route => routes.push(route) })
  const headers = { authorization: basicOf(manager), accept: 'application/json' }
  const answered: string[] = []
  for (const { method, url } of routes)
    for (const each of [method].flat()) {
      if (
        each !== 'GET' &&
        each !== 'HEAD' &&
        each !== 'POST' &&
        each !== 'PUT' &&
        each !== 'PATCH' &&
        each !== 'DELETE'
      )
        continue
      // The API asks for a token, and takes no login.
      if (url.startsWith('/api/')) continue
      const path = url.replaceAll(/:\w+(\([^)]*\))?/g, 'x').replace('*', 'x')
      const { statusCode, headers: given } = await board.app.inject({ method: each, url: path, headers })
      const leadsHome = url === '/' && statusCode === 303 && given.location === '/results'
      if (statusCode !== 403 && !leadsHome) answered.push(`${each} ${url}`)
    }
  expect(routes.length).toBeGreaterThan(60)
  expect(answered.toSorted()).toEqual(allowed.toSorted())
  const { body } = await board.app.inject({
    url: '/failures',
    headers: { ...headers, accept: 'text/html', 'accept-language': 'en' },
  })
  expect(body).toContain('You are logged in as a sales manager')
  const audit = await board.ask('GET', '/audit')
  expect(audit.body).toContain(manager.user)
  await board.close()
})

test('the link of a summary leads a manager through the login to its tenant and its days', async () => {
  const board = await openBoard({ others: ['-other'] })
  // As apps/worker/src/summary/start-summaries.ts writes it.
  const link = `/results?tenant=${board.name}&from=2026-11-16&to=2026-11-22`
  const asked = await board.app.inject({ url: link, headers: { accept: 'text/html' } })
  const { searchParams: login } = new URL(String(asked.headers.location), 'http://board')
  const entered = await board.app.inject({
    method: 'POST',
    url: '/login',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ ...manager, next: login.get('next') ?? '' }).toString(),
  })
  expect(entered.headers.location).toBe(link)
  const { body } = await board.app.inject({ url: link, headers: { authorization: basicOf(manager) } })
  await board.close()
  expect(body).toMatch(new RegExp(`<option value="${board.name}" selected`))
  expect(body).toMatch(/name="from" value="2026-11-16".*name="to" value="2026-11-22"/s)
})
