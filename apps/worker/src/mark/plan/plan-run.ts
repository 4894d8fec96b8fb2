import {
  type CrmLead,
  type Failure,
  type MarkEventName,
  message,
  type Message,
  type OpportunityOutcome,
  PermanentFailure,
} from '@ponte/contracts'
import { marksDue, unknownStatus } from '@ponte/mappers'
import type { MarkRecord } from '@ponte/state'
import { isNewRequest } from '../../status-rd/status-field.ts'
import type { Observed } from '../observe/observe-opportunity.ts'
import { type Attempt, decideAttempt, type Run } from './decide-attempt.ts'

/**
 * What one run does with its opportunity. Which marks that means, once its contact is read, `planMarks` says.
 * - `skip`: the echo of Ponte's own write, a repeat, or a round whose time has not come: nothing happens.
 * - `fail`: the mark cannot be made from what was read.
 * - `conclude`: RD Station has been told all of it, so a failure of before is over as well.
 * - `contact`: there is something to find out, or to tell the contact.
 */
export type Plan = {
  /** The record does not show yet what the event says: it is read again after so many milliseconds. */
  readonly readsAgainMs: number | undefined
} & (Skip | (Tried & (Fail | Conclude | Contact)))

interface Tried {
  readonly attempt: Attempt
  /** A success ends a failure, or answers a person: `recordRecovery` says so in the field. */
  readonly isRecovery: boolean
}
type Skip = { readonly kind: 'skip'; readonly summary: Message }
type Fail = { readonly kind: 'fail'; readonly failure: Failure }
type Conclude = { readonly kind: 'conclude'; readonly summary: Message }
type Contact = {
  readonly kind: 'contact'
  readonly lead: CrmLead
  readonly outcome: OpportunityOutcome
  /** A person asks for the mark, or changes what it depends on while it fails: RD Station is asked anew whom it is for. */
  readonly isSoughtAnew: boolean
  /** A person asked for this mark itself: in the field, or by a retry. A change of the opportunity says nothing of what RD Station has. */
  readonly isRequested: boolean
}

export type ContactPlan = Extract<Plan, { kind: 'contact' }>
export type ConcludePlan = Extract<Plan, { kind: 'conclude' }>

/** Decides what one run does, from what it has read alone. */
export function planRun(observed: Observed, run: Run & { readonly event: MarkEventName }): Plan {
  const { opportunity, lead, outcome, mark, fingerprints, status, reading } = observed
  const { fingerprint } = fingerprints
  const permission = decideAttempt({ status, fingerprint, reading }, run)
  const readsAgainMs = nextReading({ ...run, outcome, receivedAt: observed.data.receivedAt })
  // What the record does not show yet may be what a person changed.
  if (!permission.allowed) return { kind: 'skip', readsAgainMs, summary: permission.reason }
  const { allowed: _allowed, ...attempt } = permission
  const { humanAction } = attempt
  const isRecovery = status.failing !== undefined || status.kept !== undefined || isNewRequest(reading, status)
  const tried = { attempt, isRecovery, readsAgainMs }
  const fail = (failure: Failure): Plan => ({ kind: 'fail', ...tried, failure })
  const conclude = (summary: Message): Plan => ({ kind: 'conclude', ...tried, summary })

  // Only now: an echo of Ponte's own write of statusRD is no try that could fail.
  if (outcome === undefined) return fail(unknownStatus(opportunity.status))
  const isOpenQuestion = mark.pending === true || marksDue(outcome, mark.marked).length > 0
  const isChecked = humanAction !== undefined && mark.contact !== undefined
  if (!isOpenQuestion && !isChecked && isUpToDate(observed)) return conclude(nothingDue(observed))
  if (lead === undefined) {
    if (!isOpenQuestion) return conclude(nothingDue(observed))
    return opportunity.leadId === undefined
      ? conclude(message('mark-without-lead'))
      : fail(new PermanentFailure('CRM_LEAD_NOT_FOUND'))
  }
  const { failing } = status
  const isChange = humanAction === 'change'
  return {
    ...{ kind: 'contact', ...tried, lead, outcome },
    isSoughtAnew: humanAction === 'request' || (isChange && failing !== undefined),
    isRequested: humanAction === 'request' || (isChange && failing?.fingerprint === fingerprint),
  }
}

/** The contact that was told is the one that TOTVS CRM names now. One that is open has to be among its contact's opportunities. */
const isUpToDate = ({ mark: { marked, contact, person }, fingerprints }: Observed): boolean =>
  contact === undefined ? marked !== 'open' : marked === 'none' || person === fingerprints.person

export const nothingDue = ({ mark: { marked }, isAdopted }: { mark: MarkRecord; isAdopted: boolean }): Message =>
  message(isAdopted ? 'mark-adopted' : 'mark-up-to-date', { state: marked })

/** A webhook can be faster than the record that it tells of. So long after its receipt the record is read again. */
const READ_AGAIN_MS = [5000, 60_000] as const
/** Beyond this, the clock of the process that received it is wrong. */
const CLOCK_SKEW_MS = 60_000

const outcomeOf: Partial<Record<MarkEventName, OpportunityOutcome>> = {
  'opportunity.won': 'won',
  'opportunity.lost': 'lost',
}

interface ReadEvent {
  readonly event: MarkEventName
  /** What the record shows: `none` when there is no such opportunity. */
  readonly outcome: OpportunityOutcome | 'none' | undefined
  /** ISO 8601 */
  readonly receivedAt: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** In how many milliseconds the record of an event is to be read again, because it does not show yet what the event says. */
export function nextReading({ event, outcome, receivedAt, now }: ReadEvent): number | undefined {
  const expected = outcomeOf[event]
  const isBehind = outcome === 'none' ? event === 'opportunity.created' : expected !== undefined && outcome !== expected
  const sinceMs = now - Date.parse(receivedAt)
  if (!isBehind || sinceMs < -CLOCK_SKEW_MS) return undefined
  const next = READ_AGAIN_MS.find(ms => ms > sinceMs)
  return next === undefined ? undefined : next - Math.max(sinceMs, 0)
}
