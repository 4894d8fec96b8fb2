import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { nameOfRefusal } from '@ponte/operations'
import type { Texts } from '../texts/texts.ts'
import { spawn } from 'node:child_process'

export interface CallbackServer {
  /** The address that RD Station sends the browser back to. */
  readonly redirectUri: string
  /** Resolves when the browser returns with the right `state`, when RD Station refused, or when the time is up. */
  readonly code: Promise<CallbackResult>
  close(): void
}

export type CallbackResult = { readonly code: string } | { readonly refused: string } | { readonly late: true }

/**
 * Waits on 127.0.0.1 for the browser that returns from RD Station's authorization page
 * (docs/vendors/rd-station.md#connecting-an-account). A request with another `state` is refused, so that another web page cannot connect
 * an account of its choice.
 */
export async function startCallbackServer(options: {
  /** 0: any free port. */
  readonly port: number
  readonly state: string
  readonly timeoutMs: number
  readonly texts: Texts
}): Promise<CallbackServer> {
  const { port, state, timeoutMs, texts } = options
  const { promise: code, resolve } = Promise.withResolvers<CallbackResult>()
  const server = createServer((request, response) => {
    // Any process on this machine may send any request; `//` for example is a valid path and not a valid URL.
    const asked = `http://127.0.0.1${request.url ?? '/'}`
    const { pathname, searchParams } = URL.canParse(asked) ? new URL(asked) : nothing
    if (request.method !== 'GET' || pathname !== '/callback') return answer(response, 404, texts.connect.pageUnknown)
    if (!isSame(searchParams.get('state') ?? '', state)) return answer(response, 400, texts.connect.pageForeign)
    const found = searchParams.get('code') ?? ''
    if (found === '') {
      answer(response, 400, texts.connect.pageRefused)
      return resolve({ refused: nameOfRefusal(searchParams) })
    }
    answer(response, 200, texts.connect.pageDone)
    resolve({ code: found })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const timer = setTimeout(() => resolve({ late: true }), timeoutMs)
  const address = server.address()
  const listening = typeof address === 'object' && address !== null ? address.port : port
  return {
    redirectUri: `http://127.0.0.1:${listening}/callback`,
    code,
    close() {
      clearTimeout(timer)
      server.close()
      server.closeIdleConnections()
    },
  }
}

const nothing = { pathname: '', searchParams: new URLSearchParams() }

function answer(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      connection: 'close',
    })
    .end(`${text}\n`)
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Opens an address in the browser. Without a desktop nothing happens; the address is printed as well. */
export function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url]
        : ['xdg-open', url]
  const child = spawn(command ?? '', args, { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}
