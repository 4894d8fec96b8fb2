import { readRdEventTime } from '@ponte/contracts'
import type { HttpAnswer } from '../http/http-answer.ts'
import { readContactEvents } from './contact-events.ts'

/** When a contact was marked as an opportunity: the latest ten times, newest first. */
export interface RdMarkTimes {
  /** Milliseconds since 1970, by RD Station's clock. */
  readonly times: readonly number[]
  /** How far RD Station's clock is ahead of ours, by the header `Date` of its answer. 0 without one. */
  readonly aheadMs: number
}

/** The header has whole seconds, so the clock is half a second further on average. */
const HALF_SECOND_MS = 500

/** `receivedAt`: when the answer came. `soughtAt`: when the mark was made that is looked for. Milliseconds since 1970, by our clock. */
export function readMarkTimes(
  answer: HttpAnswer,
  { receivedAt, soughtAt }: { readonly receivedAt: number; readonly soughtAt: number | undefined },
): RdMarkTimes {
  const sentAt = Date.parse(answer.headers.date ?? '')
  const aheadMs = Number.isNaN(sentAt) ? 0 : sentAt + HALF_SECOND_MS - receivedAt
  const sought = soughtAt === undefined ? undefined : soughtAt + aheadMs
  const times = readContactEvents(answer).flatMap(({ event_timestamp: text }) => readRdEventTime(text, sought) ?? [])
  return { times, aheadMs }
}
