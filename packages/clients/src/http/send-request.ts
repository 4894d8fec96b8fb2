import http, { type ClientRequest } from 'node:http'
import https from 'node:https'
import got, { RequestError } from 'got'
import packageJson from '../../package.json' with { type: 'json' }
import type { CallGuard } from './call-guard.ts'
import { type HttpAnswer, toAnswer } from './http-answer.ts'

/** Milliseconds per phase, and bytes. */
export interface HttpLimits {
  readonly lookupMs: number
  readonly connectMs: number
  readonly secureConnectMs: number
  readonly sendMs: number
  readonly responseMs: number
  /** The limit of the whole attempt. Without it, a server that stops in the middle of a body would block the call for ever. */
  readonly totalMs: number
  /** The limit of the response, after decompression. */
  readonly maxBytes: number
}

/** No call takes longer. */
export const LONGEST_CALL_MS = 20_000

export const defaultLimits: HttpLimits = {
  lookupMs: 5_000,
  connectMs: 5_000,
  secureConnectMs: 5_000,
  sendMs: 10_000,
  responseMs: 15_000,
  totalMs: LONGEST_CALL_MS,
  maxBytes: 2 * 1024 * 1024,
}

/**
 * Idle connections are closed before common servers close them (Node.js: 5 s), so that few writes meet a closed one. The agents
 * have no limit on sockets: a shared one would let one tenant's hanging system slow down the others.
 */
const agentOptions = { keepAlive: true, timeout: 4_000 }

const toTimeout = (limits: HttpLimits) => ({
  lookup: limits.lookupMs,
  connect: limits.connectMs,
  secureConnect: limits.secureConnectMs,
  send: limits.sendMs,
  response: limits.responseMs,
  request: limits.totalMs,
})

/** One client for the process, so that connections outlive jobs, and options are put together once. */
const client = got.extend({
  timeout: toTimeout(defaultLimits),
  // Only the queue retries. A second layer here would use quota unseen and repeat writes.
  retry: { limit: 0 },
  // Neither API documents a redirect, and following one could send credentials to another host.
  followRedirect: false,
  throwHttpErrors: false,
  responseType: 'text',
  agent: { http: new http.Agent(agentOptions), https: new https.Agent(agentOptions) },
  headers: { 'user-agent': `ponte/${packageJson.version}`, accept: 'application/json' },
})

/** The request as it is sent. */
export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
}

export type Sent =
  /** `isTooLarge`: the body exceeded the limit and is missing. */
  | { readonly answer: HttpAnswer; readonly isTooLarge: boolean }
  /** The HTTP library's own error. It holds the address, headers and body, so it must not be passed on. */
  | { readonly error: unknown }
  /** `CallGuard.maySend` said no, so nothing was sent. */
  | { readonly isAbortedBeforeSend: true }

/** Sends one request, once. Never rejects. */
export async function sendRequest(
  request: WireRequest,
  limits: HttpLimits,
  { signal, maySend = () => true }: CallGuard,
): Promise<Sent> {
  // Listens by hand, because `AbortSignal.any` costs more than all other options of the call.
  const stop = new AbortController()
  const stopCall = (): void => stop.abort()
  if (signal?.aborted === true) stopCall()
  signal?.addEventListener('abort', stopCall)
  let isTooLarge = false
  let isAbortedBeforeSend = false
  try {
    const pending = client(request.url, {
      method: request.method,
      ...(request.headers && { headers: request.headers }),
      ...(request.json !== undefined && { json: request.json }),
      ...(limits !== defaultLimits && { timeout: toTimeout(limits) }),
      signal: stop.signal,
    })
    void pending.on('request', outgoing =>
      abortBeforeSend(outgoing, maySend, () => {
        isAbortedBeforeSend = true
      }),
    )
    // got cannot limit the size of a body. It counts bytes after decompression.
    void pending.on('downloadProgress', ({ transferred }) => {
      if (transferred <= limits.maxBytes) return
      isTooLarge = true
      stopCall()
    })
    const { statusCode, headers, body } = await pending
    return { answer: toAnswer(statusCode, headers, body), isTooLarge: false }
  } catch (error) {
    if (isAbortedBeforeSend) return { isAbortedBeforeSend }
    const response = error instanceof RequestError && isTooLarge ? error.response : undefined
    if (response === undefined) return { error }
    return { answer: toAnswer(response.statusCode, response.headers, ''), isTooLarge: true }
  } finally {
    signal?.removeEventListener('abort', stopCall)
  }
}

/**
 * Asks `maySend` again when the request gets its connection, and when a new connection is established. When the answer is no, nothing is
 * sent and `onAborted` is called. This is needed after a pause of the process (a frozen machine, a long garbage collection). Node.js then
 * handles network events before the timers and signals that would have stopped the job.
 */
function abortBeforeSend(request: ClientRequest, maySend: () => boolean, onAborted: () => void): void {
  const check = (): void => {
    if (request.destroyed || maySend()) return
    onAborted()
    // Destroy the socket first, so that nothing that is already buffered is written.
    request.socket?.destroy()
    request.destroy()
  }
  request.once('socket', socket => {
    check()
    if (!socket.connecting) return
    // These listeners run before those that write the request, because they were added first.
    socket.once('connect', check)
    socket.once('secureConnect', check)
  })
}
