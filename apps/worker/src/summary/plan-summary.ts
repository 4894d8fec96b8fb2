import { HOUR_MS, type WeeklySummary, weekdays } from '@ponte/contracts'
import { createCalendar, type SentSummary } from '@ponte/state'
import type { SendResult } from '../alerts/channels.ts'
import { afterNotSent, MAX_TRIES } from '../alerts/plan-message.ts'

/** The least time between two summaries. When the tenant names another weekday, the next one may come later, but never earlier. */
const LEAST_PAUSE_MS = 6 * 24 * HOUR_MS

/** The last time until now at which a summary was due, in milliseconds since 1970. */
export function lastDue(
  { weekday, hour }: Pick<WeeklySummary, 'weekday' | 'hour'>,
  { now, timeZone }: { readonly now: number; readonly timeZone: string },
): number {
  const calendar = createCalendar(timeZone)
  const wanted = calendar.lastDays(8, now).filter(({ day }) => weekdays[new Date(day).getUTCDay()] === weekday)
  const [latest = now] = wanted
    .map(day => calendar.atHour(day, hour))
    .filter(due => due <= now)
    .toReversed()
  return latest
}

/** What Redis must hold now, and whether a summary is sent once it does. */
export interface SummaryPlan {
  readonly keep: SentSummary
  readonly isSent: boolean
}

/**
 * Decides about the summary that was due last. Each is sent once, late if no worker ran, and at most twice if a worker dies in between.
 * `sent`: what is recorded. Undefined: the tenant has just named somebody, whose first summary is the next one.
 */
export function planSummary(sent: SentSummary | undefined, due: number, now: number): SummaryPlan {
  const next = { due, isOver: false, tries: 1, refusals: 0, notBefore: 0 }
  if (sent === undefined) return { keep: { ...next, isOver: true, tries: 0 }, isSent: false }
  if (due - sent.due >= LEAST_PAUSE_MS) return { keep: next, isSent: true }
  if (sent.isOver || sent.notBefore > now) return { keep: sent, isSent: false }
  if (sent.tries >= MAX_TRIES) return { keep: { ...sent, isOver: true }, isSent: false }
  return { keep: { ...sent, tries: sent.tries + 1 }, isSent: true }
}

/** What Redis must hold after an attempt to send the summary. */
export const afterSummary = (summary: SentSummary, result: SendResult, now: number): SentSummary =>
  result === 'sent' ? { ...summary, isOver: true } : afterNotSent(summary, result, now)
