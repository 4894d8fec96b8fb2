import { once } from 'node:events'
import { describe, expect, inject, test } from 'vitest'
import { chunk, listenRaw } from '../testing/raw-connections.ts'

const redisUrl = inject('redisUrl')
const LEAD = '{"leads":[{"uuid":"u","email":"maria@example.com"}]}'
const ofLength = `content-length: ${LEAD.length}`

describe('the token is checked before the body is read', () => {
  test.each([
    ['a body that was announced and never comes', 'content-length: 900000'],
    ['chunks that never come', 'transfer-encoding: chunked'],
  ])('%s', async (_what, header) => {
    const { head, open } = await listenRaw({ redisUrl })
    const { received, closed } = await open(head([header], { token: 'wrong' }))
    // The connection is abandoned, so that no client can make the ingress read on after the refusal.
    await expect.poll(closed).toBe(true)
    const answers = received().match(/HTTP\/1\.1 \d+|\r\nconnection: close\r\n/gi)
    expect(answers).toEqual(['HTTP/1.1 401', '\r\nconnection: close\r\n'])
    expect(received()).toContain('"code":"UNAUTHORIZED"')
  })

  test('an address that takes no POST is refused the same way', async () => {
    const { open } = await listenRaw({ redisUrl })
    const { received } = await open('POST /healthz HTTP/1.1\r\nhost: ponte\r\ncontent-length: 900000\r\n\r\n')
    await expect.poll(received).toMatch(/^HTTP\/1\.1 405 /)
  })

  test('a short refused body leaves the connection usable', async () => {
    const { head, open } = await listenRaw({ redisUrl })
    const { send, received } = await open(`${head([ofLength], { token: 'wrong' })}${LEAD}`)
    await expect.poll(received).toMatch(/^HTTP\/1\.1 401 /)
    send(`${head([ofLength])}${LEAD}`)
    await expect.poll(received).toContain('HTTP/1.1 202 ')
  })
})

describe('a body above 1 MiB is 413', () => {
  test.each([
    ['as soon as it is announced', 'content-length: 1048577', 0],
    ['as soon as so much has come, when no length was announced', 'transfer-encoding: chunked', 17],
  ])('%s', async (_what, header, chunks) => {
    const { head, open, ingress } = await listenRaw({ redisUrl })
    const { send, received, closed } = await open(head([header]))
    for (let sent = 0; sent < chunks; sent++) send(chunk(' '.repeat(64 * 1024)))
    await expect.poll(received).toMatch(/^HTTP\/1\.1 413 [^]*"code":"BODY_TOO_LARGE"/)
    await expect.poll(closed).toBe(true)
    expect(await ingress.countJobs()).toBe(0)
  })

  test('and chunks that stay below it are read', async () => {
    const { head, open, ingress } = await listenRaw({ redisUrl })
    const { received } = await open(
      `${head(['transfer-encoding: chunked'])}${chunk(LEAD.slice(0, 10))}${chunk(LEAD.slice(10))}0\r\n\r\n`,
    )
    await expect.poll(received).toMatch(/^HTTP\/1\.1 202 /)
    expect(await ingress.jobs('lead.registered')).toHaveLength(1)
  })
})

test.each([
  ['a body, byte by byte', (head: string) => head, ' '.repeat(5000)],
  ['headers, byte by byte', () => 'POST / HTTP/1.1\r\n', `x: ${'y'.repeat(5000)}`],
  ['nothing at all', () => '', ''],
])('who sends too slowly is cut off, and nothing of it is kept: %s', async (_what, first, rest) => {
  const { head, open, ingress } = await listenRaw({ redisUrl, timeouts: { headersMs: 400, requestMs: 800 } })
  const { send, received, closed } = await open(first(head(['content-length: 5000'])))
  let at = 0
  const timer = setInterval(() => rest && send(rest.charAt(at++)), 20)
  try {
    await expect.poll(closed).toBe(true)
  } finally {
    clearInterval(timer)
  }
  if (rest) expect(received()).toMatch(/^HTTP\/1\.1 408 [^]*"code":"REQUEST_TIMEOUT"/)
  expect(await ingress.countJobs()).toBe(0)
  expect(ingress.log()).not.toContain('unexpected error')
})

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400],
  ['a TLS handshake', Buffer.from('16030100a5010000a10303', 'hex'), 400],
  ['an unknown method', 'DELIVER / HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd', 400],
  ['a length and chunks', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n', 400],
  ['a negative length', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n', 400],
  ['a header without an end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}`, 431],
  ['many headers', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(4000)}`, 431],
])('%s is answered by a problem, and the next sender is served', async (_what, bytes, status) => {
  const { open } = await listenRaw({ redisUrl })
  const { received, closed } = await open(bytes)
  await expect.poll(closed).toBe(true)
  expect(received()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*content-type: application/problem\\+json`))
  const next = await open('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(next.received).toMatch(/^HTTP\/1\.1 200 /)
})

test('chunks that break off in the middle are not taken for a body', async () => {
  const { head, open, ingress } = await listenRaw({ redisUrl })
  const { received, closed } = await open(`${head(['transfer-encoding: chunked'])}${chunk(LEAD)}zz\r\n`)
  await expect.poll(closed).toBe(true)
  expect(received()).toMatch(/^HTTP\/1\.1 400 /)
  expect(await ingress.countJobs()).toBe(0)
})

test('odd methods are a 4xx', async () => {
  const { open } = await listenRaw({ redisUrl })
  for (const method of ['PROPFIND', 'TRACE', 'QUERY', 'M-SEARCH', 'HEAD']) {
    const { received } = await open(`${method} /webhooks/x/rd-station HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`)
    await expect.poll(received, { message: method }).toMatch(/^HTTP\/1\.1 40[45] /)
  }
})

test.each([
  ['a delivery that has begun is still kept, and the connection ends with its answer', 10],
  ['a delivery on a connection that was made before is still kept', 0],
])('while it closes, %s', async (_what, begun) => {
  const { head, open, ingress } = await listenRaw({ redisUrl })
  const made = once(ingress.app.server, begun > 0 ? 'request' : 'connection')
  const delivery = `${head([ofLength])}${LEAD}`
  const { send, received, closed } = await open(delivery.slice(0, begun > 0 ? begun - LEAD.length : 0))
  await made
  const closing = ingress.app.close()
  await expect.poll(() => ingress.app.server.listening).toBe(false)
  send(begun > 0 ? delivery.slice(begun - LEAD.length) : delivery)
  await closing
  await expect.poll(closed).toBe(true)
  expect(received()).toMatch(/^HTTP\/1\.1 202 [^]*\r\nconnection: close\r\n/i)
  expect(await ingress.jobs('lead.registered')).toHaveLength(1)
})
