import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** A request as the other system received it. */
export interface Received {
  readonly method: string
  /** Path and query as they came over the wire. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What the other system does with a request. */
export type Reply =
  | {
      readonly status?: number
      readonly headers?: Readonly<Record<string, string | string[]>>
      /** Sent as JSON. */
      readonly json?: unknown
      /** Sent as it is. */
      readonly text?: string
    }
  /** Closes the connection without an answer. */
  | 'drop'
  /** Never answers. */
  | 'no answer'
  /** Begins an answer and never ends it. */
  | 'no end of the body'
  /** 50 MB of JSON text. */
  | 'flood'

export interface FakeServer {
  readonly url: string
  readonly received: Received[]
  /** Bytes of answers written so far. */
  bytesWritten(): number
  [Symbol.asyncDispose](): Promise<void>
}

/** A system that answers as `reply` says, on a loopback port of its own. */
export async function startFakeServer(reply: (request: Received, number: number) => Reply): Promise<FakeServer> {
  const received: Received[] = []
  const sockets = new Set<Socket>()
  let written = 0
  const server = createServer((request, response) => void receive(request, response))

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    received.push({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    })
    const last = received.at(-1)
    if (last) await answer(response, reply(last, received.length))
    written += response.socket?.bytesWritten ?? 0
  }
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    bytesWritten: () => written,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(response: ServerResponse, reply: Reply): Promise<void> {
  if (reply === 'drop') {
    response.destroy()
    return
  }
  if (reply === 'no answer') return
  if (reply === 'no end of the body') {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"uuid":')
    return
  }
  if (reply === 'flood') return flood(response)

  const { status = 200, headers = {}, json, text } = reply
  const type = json === undefined ? {} : { 'content-type': 'application/json' }
  response.writeHead(status, { ...type, ...headers }).end(json === undefined ? text : JSON.stringify(json))
}

async function flood(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  // The reader should hang up before the end.
  await pipeline(Readable.from(fiftyMegabytes()), response).catch(() => undefined)
}

function* fiftyMegabytes(): Generator<string> {
  const chunk = 'x'.repeat(64 * 1024)
  yield '"'
  for (let sent = 0; sent < 50_000_000; sent += chunk.length) yield chunk
  yield '"'
}
