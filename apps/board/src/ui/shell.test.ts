import { runInNewContext } from 'node:vm'
import type { LightMyRequestResponse } from 'fastify'
import { expect, test } from 'vitest'
import { basic, basicOf, viewer } from '../testing/open-board.ts'
import { leads, rejected, textOf } from '../testing/operate.ts'
import { useBoard } from '../testing/use-board.ts'

const { board, visit, fail } = useBoard({ isShared: true })
const choose = (url: string, fields: Record<string, string>, headers = {}): Promise<LightMyRequestResponse> =>
  board().app.inject({
    method: 'POST',
    url,
    payload: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })

/** The page with the cookies that an answer has set. */
const visitWith = async ({ cookies }: LightMyRequestResponse, url: string): Promise<string> => {
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  return (await board().app.inject({ url, headers: { authorization: basic, 'accept-language': 'en', cookie } })).body
}

test('who chooses a language reads every page in it, Bull Board and the login page too, and comes back to the page', async () => {
  const chosen = await choose('/language', { language: 'pt-BR', next: '/failures?code=CRM_REJECTED' })
  expect([chosen.statusCode, chosen.headers.location]).toEqual([303, '/failures?code=CRM_REJECTED'])
  for (const url of ['/', '/failures', '/queues', '/login', '/nothing'])
    expect(await visitWith(chosen, url), url).toMatch(
      url === '/nothing' ? /Endereço inexistente/ : /<html lang="pt-BR"/,
    )
  expect(await visitWith(await choose('/language', { language: 'en' }), '/failures')).toContain('<html lang="en"')
})

test.each(['https://evil.example', '//evil.example', '/\\evil.example'])(
  'a choice never leads to another site: %s',
  async next => {
    for (const [url, value] of [
      ['/language', { language: 'en' }],
      ['/refresh', { refresh: 'off' }],
    ] as const) {
      const { headers } = await choose(url, { ...value, next }, { authorization: basic })
      expect(URL.parse(headers.location ?? '', 'http://board.test')?.host).toBe('board.test')
    }
  },
)

test('a page renews itself, with and without scripts, until somebody switches that off', async () => {
  const page = await visit('/')
  expect(page.body).toContain('<noscript><meta http-equiv="refresh" content="30; url=/?auto=1" /></noscript>')
  expect(page.headers['content-security-policy']).toMatch(/script-src 'sha256-[\w+/]{43}='/)
  const off = await choose('/refresh', { refresh: 'off', next: '/' }, { authorization: basicOf(viewer) })
  const still = await visitWith(off, '/')
  expect(still).not.toMatch(/http-equiv="refresh"|location\.reload/)
  expect(still).toContain('Update every 30 s')
})

test('a page that renews itself says that it pauses while somebody uses it', async () => {
  const { body } = await visit('/')
  expect(textOf(body)).toMatch(/Updated at [\d:]+ *, every 30 s *, paused while you use this page/)
  const [, script = ''] = /<script>(.*?location\.reload.*?)<\/script>/s.exec(body) ?? []
  const [running, paused] = [{ hidden: false }, { hidden: true }]
  const listeners: (() => void)[] = []
  const reader = {}
  const document = {
    ...{ body: reader, activeElement: reader, hidden: false, querySelector: () => null },
    querySelectorAll: (selector: string) => (selector === 'details' ? [] : [running, paused]),
    addEventListener: (_: string, listener: () => void) => listeners.push(listener),
  }
  runInNewContext(script, {
    ...{ document, URL, location: { href: 'http://board.invalid/' }, history: { replaceState: () => undefined } },
    ...{ setInterval: () => undefined, setTimeout: (work: () => void) => work() },
  })
  const seen = (activeElement: object): readonly boolean[] => {
    document.activeElement = activeElement
    for (const listener of listeners) listener()
    return [running.hidden, paused.hidden]
  }
  expect(seen({})).toEqual([true, false])
  expect(seen(reader)).toEqual([false, true])
})

test('the account says who is logged in and in which zone times are, and has the languages and the way out', async () => {
  const { body } = await visit('/error-codes', { as: basicOf(viewer), language: 'en' })
  const [, account = ''] = /<div id="account" popover>(.*?)<\/div>/s.exec(body) ?? []
  expect(textOf(account)).toMatch(new RegExp(`^ *${viewer.user} · viewer Times in .* Português Log out *$`))
  expect(body).toMatch(/<button[^>]* popovertarget="account"/)
  expect(body).toMatch(/<footer class="shell">\s*<span>Ponte \d+\.\d+\.\d+<\/span>/)
  const before = await board().app.inject({ url: '/login', headers: { 'accept-language': 'en' } })
  expect(before.body).toMatch(/<footer class="shell">.*Português/s)
  expect(before.body).not.toContain('id="account"')
})

test('what failed and what waits stands in the menu of every page, and the number of failures in its title', async () => {
  await fail(board()['totvs-crm'], leads(2, rejected))
  await board()['rd-station'].add('opportunity.created', {}, { jobId: 'waits' })
  for (const url of ['/', '/error-codes', '/search']) {
    const { body } = await visit(url)
    expect(body, url).toMatch(/<title>\(2\) /)
    expect(body, url).toMatch(/Failures\s+<span class="badge failed">2<\/span>/)
    expect(body, url).toMatch(/Waiting\s+<span class="badge waiting">1<\/span>/)
  }
})

test('what could not be counted is a question mark in the menu, and not nothing', async () => {
  const key = board()['rd-station'].toKey('delayed')
  await board().redis.set(key, 'no list')
  const { body } = await visit('/error-codes')
  await board().redis.del(key)
  expect(body).toMatch(/Failures\s+<span class="badge failed">\?<\/span>/)
  expect(body).toMatch(/Waiting\s+<span class="badge waiting">\?<\/span>/)
})

test('a page brings the script of each thing that it has, and no other', async () => {
  const of = {
    event: 'lead.registered',
    key: 'key',
    jobId: 'job',
    receivedAt: new Date().toISOString(),
    identities: [],
  }
  await board().timelines.begin(of)
  const scripts = { copies: 'navigator.clipboard', selects: 'input[name="all"]', filters: "'form.filters'" }
  const scriptsOf = async (url: string): Promise<readonly string[]> => {
    const { body } = await visit(url)
    return Object.entries(scripts).flatMap(([name, mark]) => (body.includes(mark) ? [name] : []))
  }
  expect(await scriptsOf('/connections')).toEqual(['copies'])
  expect(await scriptsOf('/events')).toEqual(['selects', 'filters'])
  expect(await scriptsOf('/failures?period=24h')).toEqual(['filters'])
  expect(await scriptsOf('/search')).toEqual([])
})
