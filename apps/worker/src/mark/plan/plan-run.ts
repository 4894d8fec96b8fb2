import {
  CLOCK_SKEW_MS,
  type CrmLead,
  type Failure,
  type MarkEventName,
  message,
  type Message,
  type OpportunityOutcome,
  PermanentFailure,
  type SkipReason,
} from '@ponte/contracts'
import { unknownStatus } from '@ponte/mappers'
import { type Difference, differenceOf, unreportedOf } from '@ponte/operations'
import type { MarkWorth } from '@ponte/state'
import type { ReadOpportunity } from '../read/read-opportunity.ts'
import { decideRound, isNewRequest, type Round, type Run, wasRetriedByHand } from '../../status-rd/decide-round.ts'

/**
 * What one run does with its opportunity. Its marks are planned later, once the contact is read (`planMarks`).
 * - `skip`: the echo of Ponte's own write, a repeat, or a round whose time has not come: nothing happens.
 * - `fail`: the mark cannot be made from what was read.
 * - `conclude`: nothing is left to report to RD Station, so an earlier failure is over as well.
 * - `contact`: the contact has to be read, and maybe marked.
 */
export type Plan = {
  /** Milliseconds until the record is read again, because it does not show yet what the event says. */
  readonly readsAgainMs: number | undefined
} & (Skip | (Tried & (Fail | Conclude | Contact)))

interface Tried {
  readonly round: Round
  /** A success ends a failure or answers a person, so `recordRecovery` writes that into the field. */
  readonly isRecovery: boolean
}
type Skip = { readonly kind: 'skip'; readonly summary: SkipReason }
type Fail = { readonly kind: 'fail'; readonly failure: Failure }
type Conclude = {
  readonly kind: 'conclude'
  readonly summary: SkipReason
  /** Another value or reason was reported to RD Station than TOTVS CRM has now. */
  readonly difference: Difference | undefined
}
type Contact = {
  readonly kind: 'contact'
  readonly lead: CrmLead
  readonly outcome: OpportunityOutcome
  /** A person asked for the mark, or changed what it depends on while it fails: the contact is looked up anew. */
  readonly isSoughtAnew: boolean
  /**
   * A person asked for this mark itself: in the field, or by a retry. A change of the opportunity does not mean that RD Station lacks the
   * mark.
   */
  readonly isRequested: boolean
  /** A person asked for another try: a sale without the member of its value is reported with the value 0. */
  readonly acceptsNoValue: boolean
}

export type ContactPlan = Extract<Plan, { kind: 'contact' }>
export type ConcludePlan = Extract<Plan, { kind: 'conclude' }>

/** Decides what one run does, only from what it has read. */
export function planRun(read: ReadOpportunity, run: Run & { readonly event: MarkEventName }): Plan {
  const { opportunity, lead, outcome, recorded, fingerprints, status, reading } = read
  const { fingerprint } = fingerprints
  const readsAgainMs = nextReading({ ...run, outcome, receivedAt: read.data.receivedAt })
  const permission = decideRound({ status, fingerprint, reading }, run)
  // Read again even so: a change by a person may be what the record does not show yet.
  if (!permission.allowed) return { kind: 'skip', readsAgainMs, summary: permission.reason }
  const { allowed: _allowed, ...round } = permission
  const { humanAction } = round
  const isRecovery = status.failing !== undefined || status.kept !== undefined || isNewRequest(reading, status)
  const tried = { round, isRecovery, readsAgainMs }
  const fail = (failure: Failure): Plan => ({ kind: 'fail', ...tried, failure })
  const conclude = (summary: SkipReason): Plan => ({
    ...{ kind: 'conclude', ...tried, summary },
    difference: differenceOf(recorded, read),
  })

  // Checked only now: the echo of Ponte's own write of statusRD is skipped above and cannot fail.
  if (outcome === undefined) return fail(unknownStatus(opportunity.status))
  const unreported = unreportedOf(recorded, { opportunity, outcome, person: fingerprints.person })
  const isOpenQuestion = unreported.includes('state')
  const isChecked = humanAction !== undefined && recorded.contact !== undefined
  // An open opportunity must be on the list of a contact.
  const isListed = recorded.contact !== undefined || recorded.marked !== 'open'
  if (!isOpenQuestion && !isChecked && isListed && !unreported.includes('contact')) return conclude(nothingDue(read))
  if (lead === undefined) {
    if (!isOpenQuestion) return conclude(nothingDue(read))
    return opportunity.leadId === undefined
      ? conclude(message('mark-without-lead'))
      : fail(new PermanentFailure('CRM_LEAD_NOT_FOUND'))
  }
  const { failing } = status
  const isChange = humanAction === 'change'
  return {
    kind: 'contact',
    ...tried,
    lead,
    outcome,
    isSoughtAnew: humanAction === 'request' || (isChange && failing !== undefined),
    isRequested: humanAction === 'request' || (isChange && failing?.fingerprint === fingerprint),
    acceptsNoValue: humanAction === 'request' || (failing !== undefined && wasRetriedByHand(failing, run)),
  }
}

/** RD Station knows the state. A value or reason that has changed since cannot be corrected there by a mark. */
export function nothingDue({
  recorded,
  isAdopted,
  ...now
}: Pick<ReadOpportunity, 'recorded' | 'isAdopted' | 'opportunity' | 'outcome'>): SkipReason {
  const difference = differenceOf(recorded, now)
  return difference === undefined
    ? message(isAdopted ? 'mark-adopted' : 'mark-up-to-date', { state: recorded.marked })
    : differenceMessage(difference)
}

/** Reasons of losses are free text, which may name a person: only `statusRD` has them. */
export const differenceMessage = ({ state, sent, now }: Difference): SkipReason =>
  state === 'lost'
    ? message('loss-differs')
    : message('sale-differs', { sent: amountMessage(sent), now: amountMessage(now) })

const amountMessage = ({ cents }: MarkWorth): Message =>
  cents === undefined ? message('unreadable-value') : message('sale-value', { reais: cents / 100 })

/** A webhook can be faster than the record that it announces. This long after its receipt the record is read again. */
const READ_AGAIN_MS = [5000, 60_000] as const

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

/** Milliseconds until the record of an event is read again, because it does not show yet what the event says. */
export function nextReading({ event, outcome, receivedAt, now }: ReadEvent): number | undefined {
  const expected = outcomeOf[event]
  const isBehind = outcome === 'none' ? event === 'opportunity.created' : expected !== undefined && outcome !== expected
  const sinceMs = now - Date.parse(receivedAt)
  if (!isBehind || sinceMs < -CLOCK_SKEW_MS) return undefined
  const next = READ_AGAIN_MS.find(ms => ms > sinceMs)
  return next === undefined ? undefined : next - Math.max(sinceMs, 0)
}
