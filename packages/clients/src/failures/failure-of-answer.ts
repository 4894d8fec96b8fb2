import {
  ConflictFailure,
  type Failure,
  type FailureContext,
  PermanentFailure,
  type System,
  ThrottledFailure,
  TransientFailure,
  type FailureCode,
} from '@ponte/contracts'
import type { HttpAnswer, RequestInfo } from '../http/send-request.ts'
import { maskNames, maskPersonalData, maskSent } from '../http/masking.ts'
import {
  type ApiError,
  isErrorBody,
  readRemainingSeconds,
  readCrmError,
  readLeadLimiter,
  readRdError,
} from './api-error.ts'
import type { IncomingHttpHeaders } from 'node:http'
import { RequestError, TimeoutError } from 'got'

/** RD Station's limit per contact lasts up to a day (docs/vendors/rd-station.md#limit-per-contact). */
const MAX_CONTACT_WAIT_MS = 24 * 3_600_000
const DEFAULT_CONTACT_WAIT_MS = 60_000

const MAX_DETAIL = 300

/** Neither API redirects. A redirect comes from something in front of it (a maintenance page, a login portal, a proxy). */
const isRedirect = (status: number) => status >= 300 && status < 400

/** A gateway could not reach the system behind it. 520 to 527 are Cloudflare's. */
const isOutage = (status: number) =>
  isRedirect(status) || [502, 503, 504].includes(status) || (status >= 520 && status <= 527)

/** The failure that an answer stands for, or undefined when it is a success (docs/behaviour/calls.md#reactions-to-answers). */
export function failureOfAnswer(answer: HttpAnswer, info: RequestInfo): Failure | undefined {
  const { status } = answer
  if (status >= 200 && status < 300) {
    if (answer.html) return unavailable(answer, info)
    return info.writes ? refusalInBody(answer, info) : undefined
  }
  if (status === 404 && info.notFoundIsAnswer && saysNoSuchRecord(answer, info)) return undefined

  const codes = vendorCodes[info.system]
  if (status === 429) return throttled(answer, info)
  if (status === 503 && answer.headers['retry-after'] !== undefined) return throttled(answer, info)
  if (status === 408 || status === 425 || status >= 500 || isRedirect(status)) return unavailable(answer, info)
  // Permanent only until `withCredential` has seen it: that renews the credential and calls again, or throws `CredentialRefused`.
  if (status === 401) return new PermanentFailure(codes.unauthorized, describeAnswer(answer, info))
  if (status === 409 && codes.conflict !== undefined) {
    return new ConflictFailure(codes.conflict, describeAnswer(answer, info))
  }
  if (status === 404 && info.notFoundIsAnswer) return unavailable(answer, info)
  if ((status === 403 || status === 404) && answer.html) return unavailable(answer, info)
  return new PermanentFailure(status === 403 ? codes.forbidden : codes.rejected, describeAnswer(answer, info))
}

/** The failure of a 2xx answer whose body says that the request was refused. Undefined for any other answer. */
export const refusalInBody = (answer: HttpAnswer, info: RequestInfo): PermanentFailure | undefined =>
  answer.status < 300 && isErrorBody(answer.body)
    ? new PermanentFailure(vendorCodes[info.system].rejected, describeAnswer(answer, info))
    : undefined

/** A 2xx answer that Ponte cannot read. Permanent, because the call took effect and a second one would repeat it. */
export const unreadable = (system: System, context: FailureContext = {}): PermanentFailure =>
  new PermanentFailure(vendorCodes[system].unreadable, { context })

/**
 * The API's message for the job log and for terminals, at most 300 characters. It holds no personal data, nothing that was sent, and no
 * characters that would control a terminal.
 */
function toDetail({ message }: ApiError, sent: readonly string[]): string | undefined {
  // First, so that what is masked by its form is recognised.
  const line = message
    .slice(0, 4_000)
    .replaceAll(/\p{Cf}+/gu, '')
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  const masked = maskPersonalData(maskNames(maskSent(line, sent)))
  const characters = Array.from(masked)
  if (characters.length === 0) return undefined
  return characters.length <= MAX_DETAIL ? masked : `${characters.slice(0, MAX_DETAIL - 1).join('')}…`
}

/** The context `{status, error}` of a failure, and the API's message. */
export function describeAnswer(answer: HttpAnswer, info: Pick<RequestInfo, 'system' | 'sent'>) {
  const error = vendorCodes[info.system].readError(answer.body)
  const detail = toDetail(error, info.sent)
  const type = error.types[0]
  const context: FailureContext = {
    status: answer.status,
    // Only a text that looks like a code: the other system writes it, so it could hold personal data.
    ...(type !== undefined &&
      /^[a-z\d][\w.-]{0,59}$/i.test(type) &&
      maskPersonalData(type) === type && { error: type }),
  }
  return { context, ...(detail !== undefined && { detail }) }
}

/**
 * A 500 may concern one request or the whole system, even when its body is a web page. It counts as an attempt, so that one record that
 * crashes the other system cannot keep the circuit breaker open for ever. So do 403 and 404 pages.
 */
function unavailable(answer: HttpAnswer, info: RequestInfo): TransientFailure {
  const { status } = answer
  const is4xx = status >= 400 && status < 500
  return new TransientFailure(vendorCodes[info.system].unavailable, {
    ...describeAnswer(answer, info),
    system: info.system,
    outage: isOutage(status) || (answer.html && !is4xx && status !== 500),
    isOutcomeUnknown: info.writes && !is4xx && status !== 503,
  })
}

function throttled(answer: HttpAnswer, info: RequestInfo): ThrottledFailure {
  const limiter = vendorCodes[info.system].readRecordLimit?.(answer.body)
  if (limiter === undefined) {
    return new ThrottledFailure(vendorCodes[info.system].throttled, {
      ...describeAnswer(answer, info),
      retryAfterMs: readRetryAfterMs(answer.headers, Date.now(), readRemainingSeconds(answer.body)),
      scope: 'system',
      system: info.system,
    })
  }
  const waitMs = limiter.remainingSeconds === undefined ? DEFAULT_CONTACT_WAIT_MS : limiter.remainingSeconds * 1_000
  return new ThrottledFailure('RD_CONTACT_LIMITED', {
    ...describeAnswer(answer, info),
    retryAfterMs: Math.min(Math.ceil(waitMs), MAX_CONTACT_WAIT_MS),
    scope: 'job',
    system: info.system,
  })
}

/**
 * Does this 404 say that the record does not exist? A web page does not, and neither does the 404 of RD Station's gateway: `{"message":…}`
 * without `error_type` (docs/vendors/rd-station.md#contacts). A mark would be lost if such an answer meant "no such record".
 */
function saysNoSuchRecord(answer: HttpAnswer, info: RequestInfo): boolean {
  if (answer.html) return false
  const { hasGateway, readError } = vendorCodes[info.system]
  const error = readError(answer.body)
  return !hasGateway || error.types.length > 0 || error.message === ''
}

/** When a system asks to wait without saying how long. */
const DEFAULT_WAIT_MS = 60_000
/** A wait of 0 would make the queue run in a tight loop. */
const MIN_WAIT_MS = 1_000
/** Longer than any quota of either system. A wrong header must not stop a queue for days. */
const MAX_WAIT_MS = 3_600_000

/** A number above this is a Unix time (2001 or later), not a number of seconds to wait. */
const EPOCH_SECONDS = 1_000_000_000

/** The most trusted header first. `retry-after-quotas` comes from RD Station's gateway (docs/vendors/rd-station.md#quotas). */
const HEADERS = ['retry-after', 'retry-after-quotas', 'ratelimit-reset'] as const

/** How many milliseconds the answer asks to wait, by a header or else by its body: 1 s to 1 h, and 60 s when it names none. */
export function readRetryAfterMs(headers: IncomingHttpHeaders, nowMs: number, secondsInBody?: number): number {
  const asked = HEADERS.map(name => readWait(String(headers[name] ?? '').trim(), nowMs)).find(
    wait => wait !== undefined,
  )
  const waitMs = asked ?? (secondsInBody === undefined ? DEFAULT_WAIT_MS : secondsInBody * 1_000)
  return Math.min(Math.max(waitMs, MIN_WAIT_MS), MAX_WAIT_MS)
}

function readWait(value: string, nowMs: number): number | undefined {
  if (value === '') return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds > EPOCH_SECONDS ? seconds * 1_000 - nowMs : seconds * 1_000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : date - nowMs
}

/** The failure codes of one system, and how to read its error bodies. */
interface VendorCodes {
  readonly unreachable: FailureCode
  readonly unavailable: FailureCode
  readonly throttled: FailureCode
  readonly unauthorized: FailureCode
  readonly forbidden: FailureCode
  readonly rejected: FailureCode
  readonly unreadable: FailureCode
  /** The code for a 409. Without it, a 409 is `rejected`. */
  readonly conflict?: FailureCode
  readError(body: unknown): ApiError
  /** What a 429 says that limits one record alone. */
  readRecordLimit?(body: unknown): { readonly remainingSeconds: number | undefined } | undefined
  /** A 404 without an error of the API in it comes from what stands before the API. */
  readonly hasGateway: boolean
}

const vendorCodes: { readonly [Name in System]: VendorCodes } = {
  'rd-station': {
    unreachable: 'RD_UNREACHABLE',
    unavailable: 'RD_UNAVAILABLE',
    throttled: 'RD_QUOTA_EXCEEDED',
    unauthorized: 'RD_UNAUTHORIZED',
    forbidden: 'RD_FORBIDDEN',
    rejected: 'RD_REJECTED',
    unreadable: 'RD_UNREADABLE',
    readError: readRdError,
    readRecordLimit: readLeadLimiter,
    hasGateway: true,
  },
  'totvs-crm': {
    unreachable: 'CRM_UNREACHABLE',
    unavailable: 'CRM_UNAVAILABLE',
    throttled: 'CRM_THROTTLED',
    unauthorized: 'CRM_UNAUTHORIZED',
    forbidden: 'CRM_REJECTED',
    rejected: 'CRM_REJECTED',
    unreadable: 'CRM_UNREADABLE',
    conflict: 'CRM_CONFLICT',
    readError: readCrmError,
    hasGateway: false,
  },
}

/** The request could not be written at all: a character that HTTP forbids, or an invalid address. */
const UNSENDABLE = new Set([
  'ERR_INVALID_CHAR',
  'ERR_INVALID_HTTP_TOKEN',
  'ERR_INVALID_URL',
  'ERR_UNSUPPORTED_PROTOCOL',
])

/** TLS could not be set up, or its certificate is not trusted: nothing was sent. */
const TLS_REFUSED = /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/

/**
 * The failure of a call that got no answer. It drops what got attached to its error (address, headers, body). `isAborted`: Ponte itself
 * stopped the call.
 */
export function transportFailure(error: unknown, info: RequestInfo, isAborted: boolean): Failure {
  const { system } = info
  const isOutcomeUnknown = info.writes && mayHaveArrived(error)
  if (isAborted) return new TransientFailure('STATE_UNAVAILABLE', { isOutcomeUnknown })

  const code = error instanceof RequestError ? error.code : 'UNKNOWN'
  if (UNSENDABLE.has(code)) return new PermanentFailure(vendorCodes[system].rejected, { context: { error: code } })

  const context = error instanceof TimeoutError ? { error: code, phase: error.event } : { error: code }
  return new TransientFailure(vendorCodes[system].unreachable, { context, system, outage: true, isOutcomeUnknown })
}

/** Once connected, the system may have received the request, whatever happened to the connection afterwards. */
function mayHaveArrived(error: unknown): boolean {
  if (!(error instanceof RequestError)) return true
  if (error instanceof TimeoutError && ['lookup', 'connect', 'secureConnect'].includes(error.event)) return false
  return error.timings?.connect !== undefined && !TLS_REFUSED.test(error.code)
}
