import type { RouteOptions } from 'fastify'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { readLocalPath } from '../ui/addresses.ts'
import { createSessions } from './sessions.ts'
import { createBrowser, form } from '../testing/log-in.ts'
import { basic, basicOf, credentials, type OpenBoard, openBoard, viewer } from '../testing/open-board.ts'

const routes: RouteOptions[] = []
let board: OpenBoard

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  board = await openBoard({ onRoute: route => routes.push(route) })
})
afterAll(async () => {
  vi.useRealTimers()
  await board.close()
})

const pass = (milliseconds: number): void => void vi.setSystemTime(Date.now() + milliseconds)

const { post, logIn } = createBrowser(() => board)

/** Failures of one test must not slow down the next. */
const waitAMinute = (): void => pass(61_000)

test('no route answers without a login, except the login page and its picture', async () => {
  const answers: string[] = []
  let walked = 0
  for (const { method, url } of routes) {
    for (const verb of [method].flat()) {
      const address = url.replace(/:\w+/g, 'x').replace('*', 'favicon.ico')
      const answer = await board.app.inject({ method: verb, url: address })
      walked += 1
      if (answer.statusCode !== 401 || answer.body.includes(board.name))
        answers.push(`${verb} ${address} ${answer.statusCode}`)
    }
  }
  expect(walked).toBeGreaterThan(40)
  expect(routes.some(({ url }) => url === '/queues/static/*')).toBe(true)
  expect((await board.app.inject('/nothing/here')).statusCode).toBe(401)
  // Without fields, the login is refused and no language is chosen.
  expect(answers.toSorted()).toEqual([
    ...['GET /api/v1/problems 200', 'GET /assets/ponte.svg 200', 'GET /login 200'],
    ...['HEAD /api/v1/problems 200', 'HEAD /assets/ponte.svg 200', 'HEAD /login 200'],
    'POST /language 303',
  ])
})

test('a browser without a session is led to the login page and back to where it wanted to go', async () => {
  const wanted = '/queues/queue/acme.rd-station?status=failed'
  const answer = await board.app.inject({ url: wanted, headers: { accept: 'text/html,*/*' } })
  expect(answer.statusCode).toBe(303)
  expect(answer.headers.location).toBe(`/login?next=${encodeURIComponent(wanted)}`)
  const entered = await post('/login', form({ ...credentials, next: wanted }))
  expect(entered.headers.location).toBe(wanted)
})

test.each([
  'https://example.com/',
  '//example.com',
  '/\\example.com',
  '/x/..//example.com',
  'javascript:alert(1)',
  '/login',
])('after the login nobody is sent to %s', next => {
  const path = readLocalPath(next)
  expect(path).toMatch(/^\/(?!\/)/)
  expect(new URL(path, 'https://board.invalid').host).toBe('board.invalid')
  expect(path).not.toBe('/login')
})

test('the right user and password open a session whose cookie no script can read, and that comes with no form of another site', async () => {
  const answer = await post('/login', form(credentials))
  expect(answer.statusCode).toBe(303)
  expect(answer.headers.location).toBe('/')
  expect([answer.headers['set-cookie']].flat()[0]).toMatch(
    /^ponte_board=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/,
  )
  const cookie = await logIn()
  expect((await board.app.inject({ url: '/queues/api/queues', headers: { cookie } })).statusCode).toBe(200)
})

test.each([
  { user: credentials.user, password: 'wrong' },
  { user: 'wrong', password: credentials.password },
  { user: '', password: '' },
  { user: credentials.user, password: `${credentials.password}x` },
])('$user with the password "$password" is refused, on the page and by Basic authentication', async given => {
  waitAMinute()
  const answer = await post('/login', form(given), { 'accept-language': 'en' })
  expect(answer.statusCode).toBe(401)
  expect(answer.headers['set-cookie']).toBeUndefined()
  expect(answer.body).toContain('Wrong user or password.')
  expect(answer.body).not.toContain('wrong"')
  const script = await board.app.inject({ url: '/queues/api/queues', headers: { authorization: basicOf(given) } })
  expect(script.statusCode).toBe(401)
})

const wrong = (user: string) => form({ user, password: 'y' })

/** Posts to the login page from this address. Where no login was accepted yet, every attempt counts. */
const postFrom = (remoteAddress: string, payload: string, headers = {}) =>
  board.app.inject({
    method: 'POST',
    url: '/login',
    payload,
    remoteAddress,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })

test('after five failures in a minute from one address the user has to wait there; others do not, and a minute later nobody', async () => {
  waitAMinute()
  const there = '192.0.2.6'
  for (let failure = 0; failure < 5; failure += 1)
    expect((await postFrom(there, wrong(credentials.user))).statusCode).toBe(401)
  const slowed = await postFrom(there, form(credentials))
  expect(slowed.statusCode).toBe(429)
  expect(Number(slowed.headers['retry-after'])).toBeGreaterThan(50)
  const script = await board.app.inject({
    url: '/queues/api/queues',
    headers: { authorization: basic },
    remoteAddress: there,
  })
  expect(script.statusCode).toBe(429)
  expect((await postFrom(there, form(viewer))).statusCode).toBe(303)
  expect((await postFrom('192.0.2.7', form(credentials))).statusCode).toBe(303)
  waitAMinute()
  expect((await postFrom(there, form(credentials))).statusCode).toBe(303)
})

test('a browser that has logged in before gets in while somebody guesses, at a new address too; it guesses no more than others', async () => {
  waitAMinute()
  const { cookies } = await post('/login', form(credentials))
  const mark = cookies.find(({ name }) => name === 'ponte_browser')
  const cookie = `ponte_browser=${mark?.value}`
  const guess = (at: string, user: string, headers = {}) =>
    Promise.all([1, 2, 3, 4, 5].map(each => postFrom(at, form({ user, password: `guess ${each}` }), headers)))
  const [there, elsewhere] = ['192.0.2.8', '192.0.2.9']
  await Promise.all([guess(there, credentials.user), guess(there, viewer.user)])
  expect((await postFrom(there, form(credentials))).statusCode).toBe(429)
  // The cookie helps neither another user nor a browser that forges it.
  expect((await postFrom(there, form(viewer), { cookie })).statusCode).toBe(429)
  const forged = `ponte_browser=${mark?.value.slice(0, -4)}AAAA`
  expect((await postFrom(there, form(credentials), { cookie: forged })).statusCode).toBe(429)
  expect((await postFrom(there, form(credentials), { cookie })).statusCode).toBe(303)

  for (const { statusCode } of await guess(elsewhere, credentials.user, { cookie })) expect(statusCode).toBe(401)
  expect((await postFrom(elsewhere, form(credentials), { cookie })).statusCode).toBe(429)
  waitAMinute()
})

test('a script that asks many things at once with the right password is not slowed down', async () => {
  const own = await openBoard()
  onTestFinished(() => own.close())
  const answers = await Promise.all(Array.from({ length: 30 }, () => own.ask('GET', '/error-codes')))
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
})

test('a thousand logins of a viewer end no session of the operator, and keep no more than twenty of their own', async () => {
  const sessions = createSessions()
  const operator = sessions.start({ name: 'ana', role: 'operator' })
  const own = Array.from({ length: 1000 }, () => sessions.start({ name: 'eve', role: 'viewer' }))
  expect(sessions.find(operator)).toMatchObject({ name: 'ana' })
  expect(own.filter(id => sessions.find(id) !== undefined)).toEqual(own.slice(-20))
})

test('a session ends after 12 hours, and when nobody does anything for an hour; what a page asks by itself does not count', async () => {
  const asBy = (cookie: string) => async (url: string) =>
    (await board.app.inject({ url, headers: { cookie } })).statusCode
  const askLong = asBy(await logIn())
  for (let step = 0; step < 12 * 60 - 1; step += 30) {
    expect(await askLong('/waiting')).toBe(200)
    pass(30 * 60_000)
  }
  expect(await askLong('/waiting')).toBe(401)
  const ask = asBy(await logIn())
  pass(50 * 60_000)
  expect(await ask('/queues/api/queues')).toBe(200)
  pass(20 * 60_000)
  expect([await ask('/queues/api/queues'), await ask('/waiting')]).toEqual([401, 401])
})

test('behind https the cookies are for this host alone, browsers are told to stay on https, and another host is refused', async () => {
  const own = await openBoard({ publicUrl: 'https://ponte.example.com' })
  onTestFinished(() => own.close())
  const headers = { host: 'ponte.example.com', 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await own.app.inject({ method: 'POST', url: '/login', payload: form(credentials), headers })
  expect(answer.statusCode).toBe(303)
  expect([answer.headers['set-cookie']].flat()).toEqual([
    expect.stringMatching(/^__Host-ponte_board=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    expect.stringMatching(/^__Host-ponte_browser=.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
  ])
  expect(answer.headers['strict-transport-security']).toMatch(/^max-age=\d+/)
  const cookie = answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const ask = (host: string) => own.app.inject({ url: '/waiting', headers: { cookie, host } })
  expect((await ask('ponte.example.com')).statusCode).toBe(200)
  for (const host of ['evil.example', 'ponte.example.com.evil.example', '127.0.0.1:3001'])
    expect((await ask(host)).statusCode).toBe(421)
})

test('a session ends when the board is started again', async () => {
  const cookie = await logIn()
  const again = await openBoard({ again: board })
  onTestFinished(() => again.close())
  const ask = ({ app }: typeof again) => app.inject({ url: '/queues/api/queues', headers: { cookie } })
  expect((await ask(board)).statusCode).toBe(200)
  expect((await ask(again)).statusCode).toBe(401)
})

test('the link of the board logs out at once; a link from another site only asks', async () => {
  const cookie = await logIn()
  const foreign = await board.app.inject({ url: '/logout', headers: { cookie, 'sec-fetch-site': 'cross-site' } })
  expect(foreign.statusCode).toBe(200)
  expect(foreign.headers['set-cookie']).toBeUndefined()
  const own = await board.app.inject({ url: '/logout', headers: { cookie, 'sec-fetch-site': 'same-origin' } })
  expect(own.statusCode).toBe(303)
  expect(own.headers['set-cookie']).toContain('ponte_board=;')
  const over = async (headers: Record<string, string>) =>
    (await board.app.inject({ url: '/waiting', headers })).statusCode
  expect(await over({ cookie })).toBe(401)
  const again = await logIn()
  expect((await post('/logout', '', { cookie: again, 'sec-fetch-site': 'same-origin' })).statusCode).toBe(303)
  expect(await over({ cookie: again })).toBe(401)
})

test.each([
  { from: 'another site', headers: { 'sec-fetch-site': 'cross-site' }, status: 403 },
  { from: 'a neighbouring host', headers: { 'sec-fetch-site': 'same-site' }, status: 403 },
  { from: 'another origin over http', headers: { origin: 'http://evil.example' }, status: 403 },
  { from: 'a page that hides its origin', headers: { origin: 'null' }, status: 403 },
  { from: 'nowhere', headers: {}, status: 403 },
  { from: 'the board itself', headers: { 'sec-fetch-site': 'same-origin' }, status: 200 },
  { from: 'the board itself over http', headers: { origin: 'http://localhost:80' }, status: 200 },
])('with a session, an action that comes from $from is answered $status', async ({ headers, status }) => {
  const cookie = await logIn()
  const answer = await board.app.inject({
    method: 'PUT',
    url: `/queues/api/queues/${board.name}.quarantine/pause`,
    headers: { cookie, host: 'localhost', ...headers },
  })
  expect(answer.statusCode).toBe(status)
  expect(await board.quarantine.isPaused()).toBe(status === 200)
  await board.quarantine.resume()
})

test('a script may act with Basic authentication alone, but not from a page of another site, which logs nobody in either', async () => {
  const url = `/queues/api/queues/${board.name}.quarantine/pause`
  expect((await board.ask('PUT', url)).statusCode).toBe(200)
  await board.quarantine.resume()
  const headers = { authorization: basic, origin: 'https://evil.example' }
  expect((await board.app.inject({ method: 'PUT', url, headers })).statusCode).toBe(403)
  expect(await board.quarantine.isPaused()).toBe(false)
  // Nor can another site log somebody in.
  const answer = await post('/login', form(credentials), { 'sec-fetch-site': 'cross-site' })
  expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([403, undefined])
})

test('a browser whose session is over gets no password window of its own', async () => {
  const asked = async (headers = {}) =>
    (await board.app.inject({ url: '/queues/api/queues', headers })).headers['www-authenticate']
  expect([await asked({ 'sec-fetch-mode': 'cors' }), await asked()]).toEqual([
    undefined,
    expect.stringContaining('Basic'),
  ])
})

test('the login page speaks the language of the browser and works without JavaScript', async () => {
  const portuguese = await board.app.inject({ url: '/login', headers: { 'accept-language': 'pt-BR,en;q=0.5' } })
  expect(portuguese.body).toContain('<label for="password">Senha</label>')
  const english = await board.app.inject({ url: '/login', headers: { 'accept-language': 'en-GB' } })
  expect(english.body).toContain('<html lang="en">')
  expect(english.body).toContain('<label for="password">Password</label>')
  // What it repeats of the address cannot break out of it.
  const forged = await board.app.inject(`/login?next=${encodeURIComponent('/"><script>alert(1)</script>')}`)
  for (const { body } of [english, forged]) expect(body).not.toContain('<script')
})

test.each(['/login', '/', '/queues', '/queues/api/queues', '/queues/static/favicon.ico', '/error-codes', '/nothing'])(
  '%s is sent with headers that keep it out of frames and caches',
  async url => {
    const { headers } = await board.ask('GET', url)
    expect(headers['x-frame-options']).toBe('DENY')
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['content-security-policy']).toMatch(/default-src 'none'/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('same-origin')
    expect(headers['cache-control']).toBe(url.startsWith('/queues/static') ? 'public, max-age=0' : 'no-store')
  },
)

test('the cookie is for https only when a proxy that is trusted says so', async () => {
  const https = { 'x-forwarded-proto': 'https' }
  expect(String((await post('/login', form(credentials), https)).headers['set-cookie'])).not.toContain('Secure')
  const behindProxy = await openBoard({ trustedProxies: ['loopback'] })
  const answer = await behindProxy.app.inject({
    method: 'POST',
    url: '/login',
    payload: form(credentials),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...https },
  })
  expect(String(answer.headers['set-cookie'])).toContain('Secure')
  await behindProxy.close()
})
