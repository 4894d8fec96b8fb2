import type { IncomingHttpHeaders } from 'node:http'
import {
  ConflictFailure,
  type Failure,
  type FailureContext,
  PermanentFailure,
  type System,
  ThrottledFailure,
  TransientFailure,
} from '@ponte/contracts'
import type { ApiError } from './api-error.ts'
import { vendorCodes } from './vendor-codes.ts'
import { maskPersonalData, maskSent } from './masking.ts'
import { readLeadLimiter, readRemainingSeconds } from '../rd-station/read-rd-error.ts'
import { readRetryAfterMs } from './retry-after.ts'

/** An answer of a system, read to its end. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The parsed JSON, or the text when it is not JSON; empty when there was none. */
  readonly body: unknown
  /** True for a web page, which neither API sends: it comes from a gateway or a server in trouble. */
  readonly html: boolean
}

/** What an answer is judged by, besides itself. */
export interface RequestInfo {
  readonly system: System
  /** True when the call changes something over there. */
  readonly writes: boolean
  /** The texts that were sent, so that an answer which repeats them can be shown without them. */
  readonly sent: readonly string[]
  /** True where 404 means "there is none". */
  readonly notFoundIsAnswer: boolean
}

/** RD Station's limit per contact lasts up to a day (reference rd-station.md §5 (a)). */
const MAX_CONTACT_WAIT_MS = 24 * 3_600_000
const DEFAULT_CONTACT_WAIT_MS = 60_000

const MAX_DETAIL = 300

/** Neither API redirects: what does stands in front of it (a maintenance page, a login portal, a proxy). It is never followed. */
const isRedirect = (status: number) => status >= 300 && status < 400

/** Statuses of a gateway that has nobody behind it; 520 to 527 are Cloudflare's. */
const isOutage = (status: number) =>
  isRedirect(status) || [502, 503, 504].includes(status) || (status >= 520 && status <= 527)

/** Why the answer is not the one that was hoped for (SPEC §5), or nothing when it is. */
export function failureOfAnswer(answer: HttpAnswer, asked: RequestInfo): Failure | undefined {
  const { status } = answer
  if (status >= 200 && status < 300) return answer.html ? unavailable(answer, asked) : undefined
  if (status === 404 && asked.notFoundIsAnswer && isTrueAbsence(answer, asked)) return undefined

  const codes = vendorCodes[asked.system]
  if (status === 429) return throttled(answer, asked)
  if (status === 503 && answer.headers['retry-after'] !== undefined) return throttled(answer, asked)
  if (status === 408 || status === 425 || status >= 500 || isRedirect(status)) return unavailable(answer, asked)
  if (status === 401) return new PermanentFailure(codes.unauthorized, describeAnswer(answer, asked))
  if (status === 409 && asked.system === 'totvs-crm') {
    return new ConflictFailure('CRM_CONFLICT', { ...describeAnswer(answer, asked), system: asked.system })
  }
  if (status === 404 && asked.notFoundIsAnswer) return unavailable(answer, asked)
  if ((status === 403 || status === 404) && answer.html) return unavailable(answer, asked)
  return new PermanentFailure(status === 403 ? codes.forbidden : codes.rejected, describeAnswer(answer, asked))
}

/** A 2xx that cannot be read. Permanent: the call was made, and making it again would repeat its effect. */
export const unreadable = (system: System, context: FailureContext = {}): PermanentFailure =>
  new PermanentFailure(vendorCodes[system].unreadable, { context })

/** The API's own words for the job log: at most 300 characters, without personal data and without what was sent. */
function toDetail({ message }: ApiError, sent: readonly string[]): string | undefined {
  const masked = maskPersonalData(maskSent(message.slice(0, 4_000), sent))
    .replaceAll(/\s+/g, ' ')
    .trim()
  const characters = Array.from(masked)
  if (characters.length === 0) return undefined
  return characters.length <= MAX_DETAIL ? masked : `${characters.slice(0, MAX_DETAIL - 1).join('')}…`
}

/** `{status, error}` and the API's words. */
export function describeAnswer(answer: HttpAnswer, asked: Pick<RequestInfo, 'system' | 'sent'>) {
  const error = vendorCodes[asked.system].readError(answer.body)
  const detail = toDetail(error, asked.sent)
  const type = error.types[0]
  const context: FailureContext = {
    status: answer.status,
    // An id-like code only: a code is not supposed to hold data of a person, but it is the other side that writes it.
    ...(type !== undefined &&
      /^[a-z\d][\w.-]{0,59}$/i.test(type) &&
      maskPersonalData(type) === type && { error: type }),
  }
  return { context, ...(detail !== undefined && { detail }) }
}

/**
 * 500 is about one request as often as about the whole system, a page of the server's included: it spends attempts, so
 * that one record which the other side cannot digest does not keep a queue at rest for ever. So do 403 and 404 pages.
 */
function unavailable(answer: HttpAnswer, asked: RequestInfo): TransientFailure {
  const { status } = answer
  const answered4xx = status >= 400 && status < 500
  return new TransientFailure(vendorCodes[asked.system].unavailable, {
    ...describeAnswer(answer, asked),
    system: asked.system,
    outage: isOutage(status) || (answer.html && !answered4xx && status !== 500),
    isOutcomeUnknown: asked.writes && !answered4xx && status !== 503,
  })
}

function throttled(answer: HttpAnswer, asked: RequestInfo): ThrottledFailure {
  const limiter = asked.system === 'rd-station' ? readLeadLimiter(answer.body) : undefined
  if (limiter === undefined) {
    return new ThrottledFailure(vendorCodes[asked.system].throttled, {
      ...describeAnswer(answer, asked),
      retryAfterMs: readRetryAfterMs(answer.headers, Date.now(), readRemainingSeconds(answer.body)),
      scope: 'system',
      system: asked.system,
    })
  }
  const waitMs = limiter.remainingSeconds === undefined ? DEFAULT_CONTACT_WAIT_MS : limiter.remainingSeconds * 1_000
  return new ThrottledFailure('RD_CONTACT_LIMITED', {
    ...describeAnswer(answer, asked),
    retryAfterMs: Math.min(Math.ceil(waitMs), MAX_CONTACT_WAIT_MS),
    scope: 'job',
    system: asked.system,
  })
}

/**
 * A page, or RD Station's gateway without a route (`{"message":…}` and no `error_type`), does not know whether the
 * record exists: reading it as "there is none" would lose a mark in silence.
 */
function isTrueAbsence(answer: HttpAnswer, asked: RequestInfo): boolean {
  if (answer.html) return false
  const error = vendorCodes[asked.system].readError(answer.body)
  return asked.system === 'totvs-crm' || error.types.length > 0 || error.message === ''
}
