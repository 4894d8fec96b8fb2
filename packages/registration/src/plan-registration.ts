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
  /** When the conversion happened for which an earlier run began to create the lead, if it was not recorded as applied. */
  readonly createdFromConversionAt: number | undefined
  /** The lead was imported without opportunities. */
  readonly opensNone: boolean
}

/** Two deliveries of one mark may differ by this much, as those of one conversion do. */
const SAME_MARK_MS = 2000

export type RegistrationPlan =
  | { readonly kind: 'skip'; readonly summary: Message }
  | {
      readonly kind: 'apply'
      /** Recorded before anything is written, so that no older conversion is applied if the job dies in between. */
      readonly current: LeadHistory
      /** Recorded again if the lead was not written after all. */
      readonly before: LeadHistory
      /** For a lead that existed before. `keep`: newer values have been written to it already. */
      readonly write: 'keep' | 'update'
      readonly opensOpportunity: boolean
      /** The message when no opportunity is opened. */
      readonly whyNone: Message
    }

/** The history of a lead that this event has just created. `pendingOpening`: its opportunity is about to be opened. */
export const beginHistory = (cause: Cause, pendingOpening: LeadHistory['pendingOpening']): LeadHistory => ({
  ...appliedBy(cause),
  ...(pendingOpening && { pendingOpening }),
})

/** Whether this is a mark of Ponte's own that comes back. */
export const isEcho = (cause: Cause): boolean => cause.kind === 'mark' && cause.isOurs

/** What a delivery does to its lead. A delivery that is older than what was applied is skipped. */
export function planRegistration(observed: ObservedLead): RegistrationPlan {
  const { leadId, key, cause, history, createdFromConversionAt, opensNone } = observed
  const isMark = cause.kind === 'mark'
  const convertedAt = history.convertedAt ?? createdFromConversionAt
  const shownAt = history.shownAt ?? -Infinity
  const latest = Math.max(convertedAt ?? -Infinity, isMark ? shownAt : -Infinity)
  // A delivery without a time counts as later than everything that was received before it, even if a clock that is ahead dated that later.
  // What was imported without a time is applied too, and leaves the newest time as it is.
  const isAfter =
    (cause.isReceived === true && cause.at >= latest - CLOCK_SKEW_MS) || (cause.isUndated === true && !isMark)
  const at = isAfter ? Math.max(cause.at, latest) : cause.at
  if (at < latest) {
    return {
      kind: 'skip',
      summary: message(isMark ? 'lead-newer-delivery' : 'lead-newer-conversion', { lead: leadId }),
    }
  }
  // This event itself opened, or was opening, the opportunity that Ponte then marked.
  const isOwn = history.pendingOpening?.key === key || history.lastOpened?.key === key
  // RD Station keeps sending the time of the contact's last mark, long after the opportunity that held up that mark was closed.
  const isDecided = isMark && !isOwn && at <= (history.decidedAt ?? -Infinity) + SAME_MARK_MS
  return {
    kind: 'apply',
    current: { ...history, ...appliedBy({ kind: cause.kind, at }) },
    before: { ...history, ...(convertedAt !== undefined && { convertedAt }) },
    write: at < shownAt && cause.isUndated !== true ? 'keep' : 'update',
    opensOpportunity: !opensNone && (isOwn || !(isEcho(cause) || isDecided)),
    whyNone: message(opensNone ? 'import-opens-none' : isEcho(cause) ? 'own-mark' : 'mark-decided-before'),
  }
}

const appliedBy = ({ kind, at }: Pick<Cause, 'kind' | 'at'>): LeadHistory =>
  kind === 'mark' ? { shownAt: at } : { convertedAt: at }
