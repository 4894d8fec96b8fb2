import http, { type IncomingHttpHeaders } from 'node:http'
import https from 'node:https'
import { Failure, type System, TransientFailure } from '@ponte/contracts'
import got, { RequestError } from 'got'
import packageJson from '../../package.json' with { type: 'json' }
import type { CallGuard, HttpCall, HttpOutcome } from './call-guard.ts'
import { type RequestInfo, failureOfAnswer, type HttpAnswer, unreadable } from './failure-of-answer.ts'
import { abortBeforeSend } from './abort-before-send.ts'
import { maskPath, textsOf } from './masking.ts'
import { transportFailure } from './transport-failure.ts'

/** Milliseconds per phase, and bytes. */
export interface HttpLimits {
  readonly lookupMs: number
  readonly connectMs: number
  readonly secureConnectMs: number
  readonly sendMs: number
  readonly responseMs: number
  /** The whole attempt. Without it, a server that goes silent in the middle of a body would hold the call for ever. */
  readonly totalMs: number
  /** Of the response, after decompression. */
  readonly maxBytes: number
}

export interface HttpRequest<Result> {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly quota?: HttpCall['quota']
  readonly login?: true
  /** True when the call changes something over there, so that a lost answer leaves its effect unknown. */
  readonly writes?: boolean
  /** True where 404 means "there is none"; `read` is given it. */
  readonly notFoundIsAnswer?: boolean
  /** Another meaning of a refusal, where the call has one of its own. */
  readonly refusal?: (answer: HttpAnswer, asked: RequestInfo) => Failure | undefined
  /** The answer's meaning, or a thrown Failure. */
  readonly read: (answer: HttpAnswer) => Result
}

/**
 * Of one job towards one system. With the limit of jobs that a worker process has, this bounds its connections, and no tenant's calls
 * wait for another's.
 */
const CALLS_AT_ONCE = 4

/** No call is under way for longer. */
export const LONGEST_CALL_MS = 20_000

const limitsByDefault: HttpLimits = {
  lookupMs: 5_000,
  connectMs: 5_000,
  secureConnectMs: 5_000,
  sendMs: 10_000,
  responseMs: 15_000,
  totalMs: LONGEST_CALL_MS,
  maxBytes: 2 * 1024 * 1024,
}

/**
 * Idle connections are closed before common servers close them (Node.js: 5 s), so that few writes meet a dead one. The agents share no
 * limit: it would let one tenant's hanging system slow the others (`CALLS_AT_ONCE`).
 */
const agentOptions = { keepAlive: true, timeout: 4_000 }

/** One client for the process, so that connections outlive jobs. */
const client = got.extend({
  // One layer retries: the queue. A second one here would spend quota unseen and repeat writes.
  retry: { limit: 0 },
  // A redirect could lead credentials to another host: neither API documents any.
  followRedirect: false,
  throwHttpErrors: false,
  responseType: 'text',
  agent: { http: new http.Agent(agentOptions), https: new https.Agent(agentOptions) },
  headers: { 'user-agent': `ponte/${packageJson.version}`, accept: 'application/json' },
})

/** Either what the answer means, or why there is none that means anything. */
type Attempt<Result> =
  | { readonly ok: true; readonly status: number; readonly result: Result }
  | { readonly ok: false; readonly status?: number; readonly failure: Failure }

/**
 * HTTP towards one system. Each request is one attempt, inside the guard; it gives what `read` makes of the answer, or
 * throws a Failure that carries no address, header, body or `cause` (reference stack.md §5.2).
 */
export function createHttp(options: { system: System; guard: CallGuard; limits?: Partial<HttpLimits> | undefined }) {
  const { system, guard } = options
  const limits = { ...limitsByDefault, ...options.limits }

  const underWay = new Set<Promise<unknown>>()

  async function requestNow<Result>(request: HttpRequest<Result>): Promise<Result> {
    const call = toCall(system, request)
    await guard.before(call)

    const startedAt = performance.now()
    const attempt = await attemptOnce(toAsked(system, request), request, limits, guard)
    const durationMs = Math.round(performance.now() - startedAt)
    await guard.after(toOutcome(call, attempt, durationMs)).catch(() => undefined)

    if (!attempt.ok) throw attempt.failure
    return attempt.result
  }

  return {
    async request<Result>(request: HttpRequest<Result>): Promise<Result> {
      while (underWay.size >= CALLS_AT_ONCE) await Promise.race(underWay)
      const answered = requestNow(request)
      const ended = answered.then(
        () => undefined,
        () => undefined,
      )
      underWay.add(ended)
      void ended.then(() => underWay.delete(ended))
      return await answered
    },
  }
}

async function attemptOnce<Result>(
  asked: RequestInfo,
  request: HttpRequest<Result>,
  limits: HttpLimits,
  guard: CallGuard,
): Promise<Attempt<Result>> {
  const received = await send(request, limits, guard)
  if ('abortedBeforeSend' in received) return { ok: false, failure: new TransientFailure('STATE_UNAVAILABLE') }
  if ('error' in received) {
    return { ok: false, failure: transportFailure(received.error, asked, guard.signal?.aborted === true) }
  }

  const { answer, cut } = received
  const { status } = answer
  const failure = (answer.html ? undefined : request.refusal?.(answer, asked)) ?? failureOfAnswer(answer, asked)
  if (failure !== undefined) return { ok: false, status, failure }
  if (cut) return { ok: false, status, failure: unreadable(asked.system, { status, largerThanBytes: limits.maxBytes }) }

  try {
    return { ok: true, status, result: request.read(answer) }
  } catch (error) {
    if (error instanceof Failure) return { ok: false, status, failure: error }
    throw error
  }
}

/**
 * The answer, `cut` where it was larger than allowed; or the error of the HTTP library, which must not leave this file; or that
 * nothing was sent (`CallGuard.mayLeave`).
 */
async function send(
  request: HttpRequest<unknown>,
  limits: HttpLimits,
  { signal, mayLeave = () => true }: CallGuard,
): Promise<{ answer: HttpAnswer; cut: boolean } | { error: unknown } | { abortedBeforeSend: true }> {
  const tooLarge = new AbortController()
  let abortedBeforeSend = false
  try {
    const pending = client(request.url, {
      method: request.method,
      ...(request.headers && { headers: request.headers }),
      ...(request.json !== undefined && { json: request.json }),
      signal: signal === undefined ? tooLarge.signal : AbortSignal.any([signal, tooLarge.signal]),
      timeout: {
        lookup: limits.lookupMs,
        connect: limits.connectMs,
        secureConnect: limits.secureConnectMs,
        send: limits.sendMs,
        response: limits.responseMs,
        request: limits.totalMs,
      },
    })
    void pending.on('request', outgoing =>
      abortBeforeSend(outgoing, mayLeave, () => {
        abortedBeforeSend = true
      }),
    )
    // The library has no limit of its own. It counts bytes after decompression.
    void pending.on('downloadProgress', ({ transferred }) => {
      if (transferred > limits.maxBytes) tooLarge.abort()
    })
    const { statusCode, headers, body } = await pending
    return { answer: toAnswer(statusCode, headers, body), cut: false }
  } catch (error) {
    if (abortedBeforeSend) return { abortedBeforeSend }
    const response = error instanceof RequestError && tooLarge.signal.aborted ? error.response : undefined
    if (response === undefined) return { error }
    return { answer: toAnswer(response.statusCode, response.headers, ''), cut: true }
  }
}

function toAnswer(status: number, headers: IncomingHttpHeaders, text: string): HttpAnswer {
  const html = /html/i.test(headers['content-type'] ?? '') || text.trimStart().startsWith('<')
  return { status, headers, html, body: parseJson(text) }
}

/** The text itself when it is not JSON. `__proto__` is left out: a reader that copies members would obey it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, (name, value: unknown) => (name === '__proto__' ? undefined : value))
  } catch {
    return text
  }
}

function toCall(system: System, request: HttpRequest<unknown>): HttpCall {
  const { method, url, quota: budget, headers = {}, writes = false, login } = request
  const { pathname, search } = new URL(url)
  const path = [maskPath(pathname + search), ...describeIntegration(headers)].join(' ')
  return { system, method, path, writes, ...(budget !== undefined && { quota: budget }), ...(login && { login }) }
}

/** All calls of TOTVS CRM's integration API have one path: what they do stands in their headers. The filter holds personal data. */
function describeIntegration(headers: Readonly<Record<string, string>>): string[] {
  const resource = headers['integration-resource']
  return resource === undefined ? [] : [`[${headers['integration-action'] ?? 'read'} ${resource}]`]
}

function toAsked(system: System, request: HttpRequest<unknown>): RequestInfo {
  return {
    system,
    writes: request.writes ?? false,
    notFoundIsAnswer: request.notFoundIsAnswer ?? false,
    sent: [...textsOf(request.json), ...secretsOf(request.headers ?? {})],
  }
}

/** The parts of `authorization` and `cookie` that could open something. */
const secretsOf = (headers: Readonly<Record<string, string>>): string[] =>
  [headers['authorization'], headers['cookie']].flatMap(value => value?.split(/[\s;=]+/).slice(1) ?? [])

function toOutcome(call: HttpCall, attempt: Attempt<unknown>, durationMs: number): HttpOutcome {
  const status = attempt.status === undefined ? {} : { status: attempt.status }
  if (attempt.ok) return { ...call, ...status, durationMs }
  const { failure } = attempt
  return { ...call, ...status, durationMs, failure, ...(failure.detail !== undefined && { detail: failure.detail }) }
}
