import http, { type ClientRequest, type Agent, type IncomingHttpHeaders } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import got, { type OptionsInit, RequestError } from 'got'
import packageJson from '../../package.json' with { type: 'json' }
import type { CallGuard } from './call-guard.ts'
import type { Duplex } from 'node:stream'
import { parseJson, type System } from '@ponte/contracts'
import type { z } from 'zod'

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
  /** A connection that has been idle for so long is not used again: common servers close it after 5 s (Node.js). */
  readonly idleMs: number
}

/** No call takes longer. */
export const MAX_CALL_MS = 20_000

export const defaultLimits: HttpLimits = {
  lookupMs: 5_000,
  connectMs: 5_000,
  secureConnectMs: 5_000,
  sendMs: 10_000,
  responseMs: 15_000,
  totalMs: MAX_CALL_MS,
  maxBytes: 2 * 1024 * 1024,
  idleMs: 4_000,
}

/** The agents have no limit on sockets: a shared one would let one tenant's hanging system slow down the others. */
function createAgents(idleMs: number) {
  const options = { keepAlive: true, timeout: idleMs }
  return { http: rememberIdle(new http.Agent(options)), https: rememberIdle(new https.Agent(options)) }
}

/** One pair for the process and each time, so that connections outlive jobs. */
const agents = new Map<number, ReturnType<typeof createAgents>>()

function agentsFor({ idleMs }: HttpLimits) {
  const known = agents.get(idleMs) ?? createAgents(idleMs)
  agents.set(idleMs, known)
  return known
}

const toTimeout = (limits: HttpLimits) => ({
  lookup: limits.lookupMs,
  connect: limits.connectMs,
  secureConnect: limits.secureConnectMs,
  send: limits.sendMs,
  response: limits.responseMs,
  request: limits.totalMs,
})

/** One client for the process, so that options are put together once. */
const client = got.extend({
  timeout: toTimeout(defaultLimits),
  // Only the queue retries. A second layer here would use quota unseen and repeat writes.
  retry: { limit: 0 },
  // Neither API documents a redirect, and following one could send credentials to another host.
  followRedirect: false,
  throwHttpErrors: false,
  responseType: 'text',
  agent: agentsFor(defaultLimits),
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

/** The connection was left from an earlier request, and the system has closed it. Nothing came of the request. */
const CLOSED_BEFORE = 'closed before'
/** The connection was idle for so long that the system probably has closed it. */
const NOT_SENT = 'not sent'

/**
 * Sends one request, once. Never rejects. Only where a connection from an earlier request turns out to be closed, it is sent on a new one: a
 * read, and what was not sent at all. A write that was sent may have had its effect. `onSentAgain`: called before a read is sent again.
 */
export async function sendRequest(
  request: WireRequest,
  limits: HttpLimits,
  guard: CallGuard,
  onSentAgain: () => void,
): Promise<Sent> {
  const sent = await sendOnce(request, limits, guard, {})
  if (typeof sent !== 'string') return sent
  if (sent === CLOSED_BEFORE) onSentAgain()
  const again = await sendOnce(request, limits, guard, { agent: { http: false, https: false } })
  return typeof again === 'string' ? { error: new Error(again) } : again
}

async function sendOnce(
  request: WireRequest,
  limits: HttpLimits,
  { signal, maySend = () => true }: CallGuard,
  { agent }: Pick<OptionsInit, 'agent'>,
): Promise<Sent | typeof CLOSED_BEFORE | typeof NOT_SENT> {
  // Listens by hand, because `AbortSignal.any` costs more than all other options of the call.
  const stop = new AbortController()
  const stopCall = (): void => stop.abort()
  if (signal?.aborted === true) stopCall()
  signal?.addEventListener('abort', stopCall)
  let isTooLarge = false
  let refusal: 'may not send' | 'idle for long' | undefined
  let isReused = false
  try {
    const pending = client(request.url, {
      method: request.method,
      ...(request.headers && { headers: request.headers }),
      ...(request.json !== undefined && { json: request.json }),
      ...(limits !== defaultLimits && { timeout: toTimeout(limits), agent: agentsFor(limits) }),
      ...(agent && { agent }),
      signal: stop.signal,
    })
    void pending.on('request', outgoing =>
      abortBeforeSend(outgoing, socket => {
        isReused = outgoing.reusedSocket
        if (!maySend()) refusal = 'may not send'
        else if (isReused && idleMsOf(socket) >= limits.idleMs) refusal = 'idle for long'
        return refusal !== undefined
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
    if (refusal === 'may not send') return { isAbortedBeforeSend: true }
    if (refusal === 'idle for long') return NOT_SENT
    if (isReused && request.method === 'GET' && isClosed(error)) return CLOSED_BEFORE
    const response = error instanceof RequestError && isTooLarge ? error.response : undefined
    if (response === undefined) return { error }
    return { answer: toAnswer(response.statusCode, response.headers, ''), isTooLarge: true }
  } finally {
    signal?.removeEventListener('abort', stopCall)
  }
}

/** The connection was closed before an answer came. */
const isClosed = (error: unknown): boolean =>
  error instanceof RequestError && error.response === undefined && ['ECONNRESET', 'EPIPE'].includes(error.code)

/**
 * Asks when the request gets its connection, and again when a new connection is established, whether to refuse it. Then nothing is sent. This
 * is needed after a pause of the process (a frozen machine, a long garbage collection). Node.js then handles network events before the timers
 * and signals that would have stopped the job.
 */
function abortBeforeSend(request: ClientRequest, isRefused: (socket: Socket) => boolean): void {
  request.once('socket', socket => {
    const check = (): void => {
      if (request.destroyed || !isRefused(socket)) return
      // Destroy the socket first, so that nothing that is already buffered is written.
      socket.destroy()
      request.destroy()
    }
    check()
    if (!socket.connecting) return
    // These listeners run before those that write the request, because they were added first.
    socket.once('connect', check)
    socket.once('secureConnect', check)
  })
}

/** By the clock of this process. */
const idleSince = new WeakMap<Duplex, number>()

/**
 * Notes when a connection was used last. The agent's own time-out closes those that are idle for long, but a process that stood still (a
 * frozen machine, a long pause) may take one before its timers run.
 */
function rememberIdle<Own extends Agent>(agent: Own): Own {
  const keep = agent.keepSocketAlive.bind(agent)
  agent.keepSocketAlive = socket => {
    idleSince.set(socket, performance.now())
    return keep(socket)
  }
  return agent
}

/** How long a connection that is used again was idle. */
const idleMsOf = (socket: Duplex): number => performance.now() - (idleSince.get(socket) ?? -Infinity)

/** A complete answer of a system. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The parsed JSON, or the text when it is not JSON. An empty text when there was no body. */
  readonly body: unknown
  /** Neither API sends web pages: a page comes from a gateway or a broken server. */
  readonly html: boolean
}

/** What the reading of an answer needs to know about the request. */
export interface RequestInfo {
  readonly system: System
  /** The call creates or changes a record. */
  readonly writes: boolean
  /** The texts that were sent. An answer may repeat them, so they are removed before it is shown. */
  readonly sent: readonly string[]
  /** 404 means "there is no such record". */
  readonly notFoundIsAnswer: boolean
}

function toAnswer(status: number, headers: IncomingHttpHeaders, text: string): HttpAnswer {
  const html = /html/i.test(headers['content-type'] ?? '') || text.trimStart().startsWith('<')
  const body = parseJson(text, MAY_NAME_PROTOTYPE.test(text) ? withoutPrototype : undefined)
  return { status, headers, html, body: body === undefined ? text : body }
}

/** `__proto__`, or one of its characters as an escape. Checked first, because reading with a reviver takes several times as long. */
const MAY_NAME_PROTOTYPE = /__proto__|\\u00(?:5f|6f|7[024])/i

/** `__proto__` is dropped: code that copies members could set a prototype with it. */
const withoutPrototype = (name: string, value: unknown): unknown => (name === '__proto__' ? undefined : value)

/** The items that match the schema, or undefined when there are items and none matches. */
export function readItems<Item>(schema: z.ZodType<Item>, values: readonly unknown[]): Item[] | undefined {
  const items = values.flatMap(value => {
    const parsed = schema.safeParse(value)
    return parsed.success ? [parsed.data] : []
  })
  return items.length === 0 && values.length > 0 ? undefined : items
}
