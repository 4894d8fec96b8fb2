import { message, type Message } from '@ponte/contracts'
import type { LeadHistory } from '@ponte/state'
import { type Cause, CLOCK_SKEW_MS } from './registration-cause.ts'

/** What is known once the lead is found or created, under its lock. */
export interface ObservedLead {
  readonly leadId: string
  /** The key of this event. */
  readonly key: string
  readonly cause: Cause
  readonly history: LeadHistory
  /** When the conversion happened for which somebody began to create the lead, if nobody recorded it as applied. */
  readonly creation: number | undefined
}

/** Two deliveries of one mark may differ by this much, as those of one conversion do. */
const SAME_MARK_MS = 2000

export type RegistrationPlan =
  | { readonly kind: 'skip'; readonly summary: Message }
  | {
      readonly kind: 'apply'
      /** What is recorded before anything is written: if the job dies in between, an older conversion must not be applied. */
      readonly current: LeadHistory
      /** What is recorded again when the lead turns out not to have been written. */
      readonly before: LeadHistory
      /** Of a lead that was there before. `keep`: it was written with what is newer. */
      readonly write: 'keep' | 'update'
      readonly opensOpportunity: boolean
      /** Said where it opens none. */
      readonly whyNone: Message
    }

/** The history of a lead that this event has just created. `opening`: its opportunity is about to be opened. */
export const beginHistory = (cause: Cause, opening: LeadHistory['opening']): LeadHistory => ({
  ...appliedBy(cause),
  ...(opening && { opening }),
})

/** Ponte's own mark comes back. */
export const isEcho = (cause: Cause): boolean => cause.kind === 'mark' && cause.isOurs

/** What a delivery does to its lead. What is older than what was applied is skipped. */
export function planRegistration({ leadId, key, cause, history, creation }: ObservedLead): RegistrationPlan {
  const isMark = cause.kind === 'mark'
  const convertedAt = history.convertedAt ?? creation
  const shownAt = history.shownAt ?? -Infinity
  const latest = Math.max(convertedAt ?? -Infinity, isMark ? shownAt : -Infinity)
  // What tells no time came after what was received before it, also where that has the time of a clock that is ahead.
  const isAfter = cause.isReceived === true && cause.at >= latest - CLOCK_SKEW_MS
  const at = isAfter ? Math.max(cause.at, latest) : cause.at
  if (at < latest) {
    return {
      kind: 'skip',
      summary: message(isMark ? 'lead-newer-delivery' : 'lead-newer-conversion', { lead: leadId }),
    }
  }
  // This very event opened, or was opening, the opportunity that Ponte then marked.
  const isOwn = history.opening?.key === key || history.opened?.key === key
  // RD Station goes on telling the time of the contact's last mark, long after the opportunity that held it up was closed.
  const isDecided = isMark && !isOwn && at <= (history.decidedAt ?? -Infinity) + SAME_MARK_MS
  return {
    kind: 'apply',
    current: { ...history, ...appliedBy({ kind: cause.kind, at }) },
    before: { ...history, ...(convertedAt !== undefined && { convertedAt }) },
    write: at < shownAt ? 'keep' : 'update',
    opensOpportunity: isOwn || !(isEcho(cause) || isDecided),
    whyNone: message(isEcho(cause) ? 'own-mark' : 'mark-decided-before'),
  }
}

const appliedBy = ({ kind, at }: Pick<Cause, 'kind' | 'at'>): LeadHistory =>
  kind === 'mark' ? { shownAt: at } : { convertedAt: at }
