import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { form } from '../testing/log-in.ts'
import { basic, basicOf, credentials, type OpenBoard, openBoard, viewer } from '../testing/open-board.ts'
import { textOf } from '../testing/operate.ts'

let board: OpenBoard
const lines: string[] = []
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  board = await openBoard({ onLog: line => lines.push(line) })
})
afterAll(async () => {
  vi.useRealTimers()
  await board.close()
})
/** Failures of one test must not slow down the next. */
beforeEach(() => void vi.setSystemTime(Date.now() + 61_000))

interface From {
  readonly remoteAddress?: string
  readonly forwardedFor?: string
}
const headersOf = ({ forwardedFor }: From) => (forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor })

const ask = async (authorization: string, from: From = {}) => {
  const { remoteAddress = '192.0.2.1' } = from
  const headers = { authorization, ...headersOf(from) }
  return (await board.app.inject({ url: '/queues/api/queues', headers, remoteAddress })).statusCode
}
const logIn = async (given: typeof credentials, from: From = {}) => {
  const { remoteAddress = '192.0.2.1' } = from
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...headersOf(from) }
  return (await board.app.inject({ method: 'POST', url: '/login', payload: form(given), headers, remoteAddress }))
    .statusCode
}
/** Sends this many wrong passwords. */
const guess = async (user: string, count: number, fromOf: (index: number) => From = () => ({})) =>
  await Promise.all(
    Array.from({ length: count }, (_, index) => ask(basicOf({ user, password: `guess ${index}` }), fromOf(index))),
  )

test('a login that was accepted at an address goes on there, however many guess, there and elsewhere', async () => {
  expect(await ask(basic)).toBe(200)
  const statuses = [
    ...(await guess(credentials.user, 8)),
    ...(await guess('somebody', 20)),
    ...(await guess(credentials.user, 12, index => ({ remoteAddress: `198.51.100.${index}` }))),
  ]
  expect(new Set(statuses)).toEqual(new Set([401, 429]))
  expect(await ask(basic)).toBe(200)
  expect(await logIn(credentials)).toBe(303)
})

test('a password that was accepted elsewhere is guessed no faster: only its own address is let through', async () => {
  expect(await ask(basic, { remoteAddress: '192.0.2.2' })).toBe(200)
  await guess(credentials.user, 5, () => ({ remoteAddress: '192.0.2.3' }))
  expect(await ask(basic, { remoteAddress: '192.0.2.3' })).toBe(429)
  expect(await ask(basic, { remoteAddress: '192.0.2.2' })).toBe(200)
})

test('all addresses of one /64 count as one, and an IPv4 address written as IPv6 as itself', async () => {
  const network = (index: number): From => ({ remoteAddress: `2001:db8:1:2:${index.toString(16)}::${index}` })
  expect((await guess(viewer.user, 12, network)).filter(status => status === 401)).toHaveLength(5)
  expect(await ask(basicOf(viewer), { remoteAddress: '2001:db8:1:3::1' })).toBe(200)
  await guess(viewer.user, 5, () => ({ remoteAddress: '::ffff:192.0.2.9' }))
  expect(await ask(basicOf(viewer), { remoteAddress: '192.0.2.9' })).toBe(429)
})

test('behind a proxy that is not named, who was let in before is known by what the proxy says of them; nobody gains by saying it', async () => {
  const proxy = { remoteAddress: '192.0.2.20' }
  expect(await ask(basic, { ...proxy, forwardedFor: '198.51.100.1' })).toBe(200)
  await guess(credentials.user, 8, index => ({ ...proxy, forwardedFor: `198.51.100.${100 + index}` }))
  expect(await ask(basic, { ...proxy, forwardedFor: '198.51.100.1' })).toBe(200)
  expect(await ask(basic, { ...proxy, forwardedFor: '198.51.100.2' })).toBe(429)
  const elsewhere = { remoteAddress: '192.0.2.21', forwardedFor: '198.51.100.1' }
  await guess(credentials.user, 5, () => elsewhere)
  expect(await ask(basic, elsewhere)).toBe(429)
})

test('a proxy that is not named is told of, once in the log and on the overview of an operator who came through it', async () => {
  const through = { 'x-forwarded-for': '198.51.100.1', 'accept-language': 'en' }
  const overview = async (authorization: string, headers = {}) =>
    textOf((await board.app.inject({ url: '/', headers: { authorization, ...headers } })).body)
  expect(await overview(basic, through)).toContain('BOARD_TRUSTED_PROXIES')
  expect(await overview(basicOf(viewer), through)).not.toContain('BOARD_TRUSTED_PROXIES')
  expect(await overview(basic)).not.toContain('BOARD_TRUSTED_PROXIES')
  expect(lines.filter(line => line.includes('BOARD_TRUSTED_PROXIES'))).toHaveLength(1)

  const logged: string[] = []
  const named = await openBoard({ trustedProxies: ['127.0.0.1'], onLog: line => logged.push(line) })
  onTestFinished(() => named.close())
  const answer = await named.app.inject({ url: '/', headers: { authorization: basic, ...through } })
  expect([answer.statusCode, answer.body.includes('BOARD_TRUSTED_PROXIES')]).toEqual([200, false])
  expect(logged.join('')).not.toContain('BOARD_TRUSTED_PROXIES')
})
