import {
  type CrmLead,
  type Failure,
  message,
  type Message,
  type OpportunityOutcome,
  PermanentFailure,
} from '@ponte/contracts'
import { marksDue, readStatusRd, type StatusRdReading, unknownStatus } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import { noteReading } from '../../status-rd/status-field.ts'
import type { Observed } from '../observe/observe-opportunity.ts'
import { type Attempt, decideAttempt, type Run } from './decide-attempt.ts'
import { rekeyFingerprints } from './rekey-fingerprints.ts'

/** What one run has to do. */
export type Plan = SkipPlan | FailPlan | ConcludePlan | ListPlan | MarkPlan

interface Recorded {
  /** What is recorded of the opportunity from now on: with what `statusRD` shows, and with keyed fingerprints. */
  readonly history: MarkHistory
}
interface Tried extends Recorded {
  readonly attempt: Attempt
  readonly reading: StatusRdReading
}

/** The echo of Ponte's own write, a repeat, or a round whose time has not come: nothing happens. */
interface SkipPlan extends Recorded {
  readonly kind: 'skip'
  readonly summary: Message
}
/** The mark cannot be made from what was read. */
interface FailPlan extends Tried {
  readonly kind: 'fail'
  readonly failure: Failure
}
/** There is nothing to mark, so a failure of before is over as well. */
export interface ConcludePlan extends Tried {
  readonly kind: 'conclude'
  readonly summary: Message
}
/** There is nothing to mark, but the opportunity was adopted as open: the other opportunities of its contact have to know of it. */
export interface ListPlan extends Tried {
  readonly kind: 'list'
  readonly lead: CrmLead
  readonly summary: Message
}
/** There is something to look up or to mark in RD Station. */
export interface MarkPlan extends Tried {
  readonly kind: 'mark'
  readonly lead: CrmLead
  readonly outcome: OpportunityOutcome
  /** The opportunity mark is due, or is to be made again: the ends of earlier opportunities have to be marked before it. */
  readonly isOpening: boolean
}

/** Decides what one run does, from what it has read alone. */
export function planRun(observed: Observed, run: Run): Plan {
  const { data, opportunity, lead, outcome, isAdopted, isHidden, fingerprints, fieldText } = observed
  const { fingerprint } = fingerprints
  const recorded = rekeyFingerprints(observed.recorded, fingerprints)
  const reading = readStatusRd(fieldText)
  const history = noteReading(recorded, fieldText)

  const permission = decideAttempt({ data, history: recorded, fingerprint, reading }, run)
  if (!permission.allowed) return { kind: 'skip', history, summary: permission.reason }
  const { attemptId, round, humanAction } = permission
  const tried = { history, reading, attempt: { attemptId, round, fingerprint, humanAction } }
  const fail = (failure: Failure): Plan => ({ kind: 'fail', ...tried, failure })
  const conclude = (summary: Message): Plan => ({ kind: 'conclude', ...tried, summary })

  // Only now: an echo of Ponte's own write of statusRD is no try that could fail.
  if (outcome === undefined) return fail(unknownStatus(opportunity.status))
  const due = isAdopted ? [] : marksDue(outcome, history.marked)
  const isToBeRestored = outcome === 'open' && isHidden
  const hasOpenQuestion = history.sending !== undefined || history.restoring !== undefined
  if (due.length === 0 && !hasOpenQuestion && !isToBeRestored) {
    const summary = isAdopted ? message('mark-adopted', { state: history.marked }) : nothingDue(history)
    if (history.unlisted !== true || lead === undefined) return conclude(summary)
    return { kind: 'list', ...tried, lead, summary }
  }
  if (opportunity.leadId === undefined) return conclude(message('mark-without-lead'))
  if (lead === undefined) return fail(new PermanentFailure('CRM_LEAD_NOT_FOUND'))
  return { kind: 'mark', ...tried, lead, outcome, isOpening: due.includes('opportunity') || isToBeRestored }
}

export const nothingDue = ({ marked }: MarkHistory): Message => message('mark-up-to-date', { state: marked })
