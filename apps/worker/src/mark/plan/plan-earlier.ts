import type { OpportunityOutcome } from '@ponte/contracts'
import { type MarkName, marksDue } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import { unansweredOf } from './was-mark-applied.ts'

/** The opportunities of a contact that Ponte knew before this one, in the order in which they became known. */
export function earlierThan(opportunityId: string, known: readonly string[]): readonly string[] {
  const position = known.indexOf(opportunityId)
  return position === -1 ? known : known.slice(0, position)
}

/**
 * What has to be marked of an earlier opportunity before the next one is. `forget`: RD Station knows its end, and if the contact is
 * to be marked again for it, the next one's mark does that. `leave`: it has not ended, or its own job is at work on it: a mark that
 * failed has rounds of its own, and a lost answer has a job that asks.
 */
export function planEarlier(
  outcome: OpportunityOutcome,
  history: MarkHistory,
): readonly MarkName[] | 'forget' | 'leave' {
  if (!isEnd(outcome)) return 'leave'
  const due = marksDue(outcome, history.marked)
  if (due.length === 0) return history.restoreSent === undefined ? 'forget' : 'leave'
  return history.failing !== undefined || unansweredOf(history) !== undefined ? 'leave' : due
}

export const isEnd = (outcome: OpportunityOutcome): boolean => outcome === 'won' || outcome === 'lost'
