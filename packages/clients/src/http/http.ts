import { Failure, type System, TransientFailure } from '@ponte/contracts'
import { failureOfAnswer, unreadable, transportFailure } from '../failures/failure-of-answer.ts'
import type { CallGuard, HttpCall, HttpOutcome } from './call-guard.ts'
import {
  type HttpAnswer,
  type RequestInfo,
  defaultLimits,
  type HttpLimits,
  sendRequest,
  type WireRequest,
} from './send-request.ts'
import { maskPath, textsOf } from './masking.ts'

export interface HttpRequest<Result> extends WireRequest {
  readonly quota?: HttpCall['quota']
  readonly login?: true
  /** The call creates or changes a record, so a lost answer leaves its outcome unknown. */
  readonly writes?: boolean
  /** 404 means "there is no such record". `read` then gets that answer. */
  readonly notFoundIsAnswer?: boolean
  /** For calls whose 4xx answers have another meaning than usual. */
  readonly refusal?: (answer: HttpAnswer, info: RequestInfo) => Failure | undefined
  /** Turns the answer into the result, or throws a Failure. */
  readonly read: (answer: HttpAnswer) => Result
}

/** Connections of one job to one system. With a worker's limit on jobs this limits its connections, and no tenant waits for another. */
const MAX_CONCURRENT_CALLS = 4

type Attempt<Result> =
  | { readonly ok: true; readonly status: number; readonly result: Result }
  | { readonly ok: false; readonly status?: number; readonly failure: Failure }

/**
 * HTTP to one system, for one job. The guard watches each request, which is one attempt. A request resolves with what `read` returns, or
 * rejects with a Failure. The Failure holds no address, header, body or `cause`, because the errors of got hold secrets.
 */
export function createHttp(options: {
  system: System
  guard: CallGuard
  limits?: Partial<HttpLimits> | undefined
  /** Sees each answer as it came, before it is read. */
  onAnswer?: ((answer: HttpAnswer) => void) | undefined
}) {
  const { system, guard, onAnswer } = options
  const limits = options.limits === undefined ? defaultLimits : { ...defaultLimits, ...options.limits }
  const inProgress = new Set<Promise<unknown>>()

  async function requestNow<Result>(request: HttpRequest<Result>): Promise<Result> {
    const call = toCall(system, request)
    await guard.before(call)

    const startedAt = performance.now()
    const attempt = await attemptOnce(request, toRequestInfo(system, request), {
      ...{ limits, guard, onAnswer },
      onSentAgain: () => guard.sentAgain?.(call),
    })
    const durationMs = Math.round(performance.now() - startedAt)
    await guard.after(toOutcome(call, attempt, durationMs)).catch(() => undefined)

    if (!attempt.ok) throw attempt.failure
    return attempt.result
  }

  return {
    async request<Result>(request: HttpRequest<Result>): Promise<Result> {
      while (inProgress.size >= MAX_CONCURRENT_CALLS) await Promise.race(inProgress)
      const answered = requestNow(request)
      const ended = answered.then(
        () => undefined,
        () => undefined,
      )
      inProgress.add(ended)
      void ended.then(() => inProgress.delete(ended))
      return await answered
    },
  }
}

interface Attempting {
  readonly limits: HttpLimits
  readonly guard: CallGuard
  readonly onAnswer: ((answer: HttpAnswer) => void) | undefined
  readonly onSentAgain: () => void
}

async function attemptOnce<Result>(
  request: HttpRequest<Result>,
  info: RequestInfo,
  { limits, guard, onAnswer, onSentAgain }: Attempting,
): Promise<Attempt<Result>> {
  const sent = await sendRequest(request, limits, guard, onSentAgain)
  if ('isAbortedBeforeSend' in sent) return { ok: false, failure: new TransientFailure('STATE_UNAVAILABLE') }
  if ('error' in sent) return { ok: false, failure: transportFailure(sent.error, info, guard.signal?.aborted === true) }

  const { answer, isTooLarge } = sent
  const { status } = answer
  onAnswer?.(answer)
  const failure = (answer.html ? undefined : request.refusal?.(answer, info)) ?? failureOfAnswer(answer, info)
  if (failure !== undefined) return { ok: false, status, failure }
  if (isTooLarge) {
    return { ok: false, status, failure: unreadable(info.system, { status, largerThanBytes: limits.maxBytes }) }
  }

  try {
    return { ok: true, status, result: request.read(answer) }
  } catch (error) {
    if (error instanceof Failure) return { ok: false, status, failure: error }
    throw error
  }
}

function toOutcome(call: HttpCall, attempt: Attempt<unknown>, durationMs: number): HttpOutcome {
  const status = attempt.status === undefined ? {} : { status: attempt.status }
  if (attempt.ok) return { ...call, ...status, durationMs }
  const { failure } = attempt
  return { ...call, ...status, durationMs, failure, ...(failure.detail !== undefined && { detail: failure.detail }) }
}

/** The part of the request that the guard and the log may see. */
function toCall(system: System, request: HttpRequest<unknown>): HttpCall {
  const { method, url, quota, headers = {}, writes = false, login } = request
  const { pathname, search } = new URL(url)
  const path = [maskPath(pathname + search), ...describeIntegration(headers)].join(' ')
  return { system, method, path, writes, ...(quota !== undefined && { quota }), ...(login && { login }) }
}

/** The part of the request that the reading of its answer needs. */
function toRequestInfo(system: System, request: HttpRequest<unknown>): RequestInfo {
  return {
    system,
    writes: request.writes ?? false,
    notFoundIsAnswer: request.notFoundIsAnswer ?? false,
    // A getter, because only a refusal needs the texts.
    get sent() {
      // The secrets first: of many values the first ones are looked for as a whole.
      return [...secretsOf(request.headers ?? {}), ...textsOf(request.json)]
    },
  }
}

/**
 * Every call of TOTVS CRM's integration API has the same path, and only its headers show what it does
 * (docs/vendors/totvs-crm.md#integration-api). The filter is left out because it holds personal data.
 */
function describeIntegration(headers: Readonly<Record<string, string>>): string[] {
  const resource = headers['integration-resource']
  return resource === undefined ? [] : [`[${headers['integration-action'] ?? 'read'} ${resource}]`]
}

/** The secret parts of `authorization` and `cookie`. */
const secretsOf = (headers: Readonly<Record<string, string>>): string[] =>
  [headers['authorization'], headers['cookie']].flatMap(value => value?.split(/[\s;=]+/).slice(1) ?? [])
