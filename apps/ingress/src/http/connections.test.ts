import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { openTestIngress, rdToken, type TestIngress, type TestIngressOptions } from '../testing/open-test-ingress.ts'

let ingress: TestIngress
let port: number
const sockets: Socket[] = []

async function listen(timeouts: TestIngressOptions['timeouts']): Promise<void> {
  ingress = await openTestIngress({ redisUrl: inject('redisUrl'), ...(timeouts && { timeouts }) })
  port = Number(new URL(await ingress.app.listen({ host: '127.0.0.1', port: 0 })).port)
}
beforeEach(() => listen(undefined))
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await ingress.close()
})

/** A connection that is written to and listened to by hand. */
async function open() {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let received = ''
  let closed = false
  socket.setEncoding('utf8')
  socket.on('data', text => (received += text))
  socket.on('error', () => {})
  socket.on('close', () => (closed = true))
  await once(socket, 'connect')
  return { send: (text: string | Buffer) => socket.write(text), received: () => received, closed: () => closed }
}

const head = (headers: readonly string[], token = rdToken) =>
  [
    `POST /webhooks/${ingress.tenant}/rd-station HTTP/1.1`,
    'host: ponte',
    `apiToken: ${token}`,
    'content-type: application/json',
    ...headers,
    '',
    '',
  ].join('\r\n')

const LEAD = '{"leads":[{"uuid":"u","email":"maria@example.com"}]}'
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

describe('the token is checked before the body is read', () => {
  test.each([
    ['a body that was announced and never comes', 'content-length: 900000'],
    ['chunks that never come', 'transfer-encoding: chunked'],
  ])('%s', async (_what, header) => {
    const connection = await open()
    connection.send(head([header], 'wrong'))
    await expect.poll(() => connection.received()).toMatch(/^HTTP\/1\.1 401 /)
    // The connection is abandoned, so that no client can make the ingress read on after the refusal.
    await expect.poll(() => connection.closed()).toBe(true)
    const answers = connection.received().match(/HTTP\/1\.1 \d+|\r\nconnection: close\r\n/gi)
    expect(answers).toEqual(['HTTP/1.1 401', '\r\nconnection: close\r\n'])
    expect(connection.received()).toContain('"code":"UNAUTHORIZED"')
  })

  test('an address that takes no POST is refused the same way', async () => {
    const connection = await open()
    connection.send('POST /healthz HTTP/1.1\r\nhost: ponte\r\ncontent-length: 900000\r\n\r\n')
    await expect.poll(() => connection.received()).toMatch(/^HTTP\/1\.1 405 /)
  })

  test('a short refused body leaves the connection usable', async () => {
    const connection = await open()
    connection.send(`${head([`content-length: ${LEAD.length}`], 'wrong')}${LEAD}`)
    await expect.poll(() => connection.received()).toMatch(/^HTTP\/1\.1 401 /)
    connection.send(`${head([`content-length: ${LEAD.length}`])}${LEAD}`)
    await expect.poll(() => connection.received()).toContain('HTTP/1.1 202 ')
  })
})

describe('a body above 1 MiB is 413', () => {
  test('as soon as it is announced', async () => {
    const connection = await open()
    connection.send(head(['content-length: 1048577']))
    await expect.poll(() => connection.received()).toMatch(/^HTTP\/1\.1 413 /)
    await expect.poll(() => connection.closed()).toBe(true)
  })

  test('as soon as so much has come, when no length was announced', async () => {
    const connection = await open()
    connection.send(head(['transfer-encoding: chunked']))
    for (let sent = 0; sent < 17; sent++) connection.send(chunk(' '.repeat(64 * 1024)))
    await expect.poll(() => connection.received()).toMatch(/^HTTP\/1\.1 413 /)
    expect(connection.received()).toContain('"code":"BODY_TOO_LARGE"')
    await expect.poll(() => connection.closed()).toBe(true)
    expect(await ingress.countJobs()).toBe(0)
  })

  test('and chunks that stay below it are read', async () => {
    const connection = await open()
    connection.send(head(['transfer-encoding: chunked']))
    for (const part of [LEAD.slice(0, 10), LEAD.slice(10)]) connection.send(chunk(part))
    connection.send('0\r\n\r\n')
    await expect.poll(() => connection.received()).toMatch(/^HTTP\/1\.1 202 /)
    expect(await ingress.jobs('lead.registered')).toHaveLength(1)
  })
})

describe('who sends too slowly is cut off, and nothing of it is kept', () => {
  beforeEach(async () => {
    await ingress.close()
    await listen({ headersMs: 400, requestMs: 800 })
  })

  const dripping = (send: (text: string) => unknown, text: string) => {
    let at = 0
    const timer = setInterval(() => send(text.charAt(at++)), 20)
    return () => clearInterval(timer)
  }

  test.each([
    ['a body, byte by byte', () => head(['content-length: 5000']), ' '.repeat(5000)],
    ['headers, byte by byte', () => 'POST / HTTP/1.1\r\n', `x: ${'y'.repeat(5000)}`],
  ])('%s', async (_what, first, rest) => {
    const connection = await open()
    connection.send(first())
    const stop = dripping(connection.send, rest)
    try {
      await expect.poll(() => connection.received()).toMatch(/^HTTP\/1\.1 408 /)
    } finally {
      stop()
    }
    expect(connection.received()).toContain('"code":"REQUEST_TIMEOUT"')
    await expect.poll(() => connection.closed()).toBe(true)
    expect(await ingress.countJobs()).toBe(0)
    expect(ingress.log()).not.toContain('unexpected error')
  })

  test('nothing at all', async () => {
    const connection = await open()
    await expect.poll(() => connection.closed()).toBe(true)
  })
})

describe('bytes that are no proper request are answered by a problem, and the next sender is served', () => {
  test.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['a TLS handshake', Buffer.from('16030100a5010000a10303', 'hex'), 400],
    ['an unknown method', 'DELIVER / HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd', 400],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a negative length', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n', 400],
    ['a header without an end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}`, 431],
    ['many headers', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(4000)}`, 431],
  ])('%s', async (_what, bytes, status) => {
    const connection = await open()
    connection.send(bytes)
    await expect.poll(() => connection.closed()).toBe(true)
    expect(connection.received()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(connection.received()).toContain('content-type: application/problem+json')

    const next = await open()
    next.send('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n')
    await expect.poll(() => next.received()).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('chunks that break off in the middle are not taken for a body', async () => {
    const connection = await open()
    connection.send(`${head(['transfer-encoding: chunked'])}${chunk(LEAD)}zz\r\n`)
    await expect.poll(() => connection.closed()).toBe(true)
    expect(connection.received()).toMatch(/^HTTP\/1\.1 400 /)
    expect(await ingress.countJobs()).toBe(0)
  })

  test.each(['PROPFIND', 'TRACE', 'QUERY', 'M-SEARCH', 'HEAD'])('the odd method %s is a 4xx', async method => {
    const connection = await open()
    connection.send(`${method} /webhooks/x/rd-station HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`)
    await expect.poll(() => connection.received()).toMatch(/^HTTP\/1\.1 40[45] /)
  })
})

test('while it closes, a delivery that has begun is still kept, and the connection ends with its answer', async () => {
  const connection = await open()
  connection.send('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(() => connection.received()).toContain('200 OK')
  const begun = once(ingress.app.server, 'request')
  connection.send(`${head([`content-length: ${LEAD.length}`])}${LEAD.slice(0, 10)}`)
  await begun
  const closing = ingress.app.close()
  await expect.poll(() => ingress.app.server.listening).toBe(false)
  connection.send(LEAD.slice(10))

  await closing
  await expect.poll(() => connection.closed()).toBe(true)
  expect(connection.received()).toContain('HTTP/1.1 202 ')
  expect(connection.received()).toMatch(/\r\nconnection: close\r\n/i)
  expect(await ingress.jobs('lead.registered')).toHaveLength(1)
})

test('while it closes, a delivery on a connection that was made before is still kept', async () => {
  const made = once(ingress.app.server, 'connection')
  const connection = await open()
  await made
  const closing = ingress.app.close()
  await expect.poll(() => ingress.app.server.listening).toBe(false)
  connection.send(`${head([`content-length: ${LEAD.length}`])}${LEAD}`)

  await closing
  await expect.poll(() => connection.closed()).toBe(true)
  expect(connection.received()).toMatch(/^HTTP\/1\.1 202 /)
  expect(await ingress.jobs('lead.registered')).toHaveLength(1)
})
