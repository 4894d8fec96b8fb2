import type { CrmOpportunity, OpportunityOutcome } from '@ponte/contracts'
import { marksDue, worthOf } from '@ponte/mappers'
import { type MarkRecord, type MarkWorth, neverMarked, toOpenText } from '@ponte/state'

/** An opportunity as TOTVS CRM has it now. */
interface Present {
  readonly opportunity: CrmOpportunity
  /** What its status means. Undefined when the tenant does not name the status. */
  readonly outcome: OpportunityOutcome | undefined
  /** Fingerprint of all that names its contact (`markFingerprint`). Undefined where its lead was not read: then only the lead's id is compared. */
  readonly person?: string | undefined
}

/**
 * What was not reported to RD Station of an opportunity.
 * - `state`: a mark is due, or nobody knows yet whether the last one arrived.
 * - `contact`: TOTVS CRM names another lead or person than the one to whom it was reported.
 * - `worth`: the sale has another value by now, or the loss another reason. RD Station cannot correct either.
 */
type Unreported = 'state' | 'contact' | 'worth'

/**
 * The one answer to whether an opportunity was reported to RD Station as it is: for runs, `reconcile`, `switch` and `compare`. What another program
 * reported has no contact and no worth that could differ. See docs/behaviour/marks.md#what-was-reported.
 */
export function unreportedOf(recorded: MarkRecord = neverMarked, present: Present): readonly Unreported[] {
  const { opportunity, outcome, person = recorded.person } = present
  const isState = recorded.pending === true || outcome === undefined || marksDue(outcome, recorded.marked).length > 0
  const isContact =
    recorded.contact !== undefined &&
    recorded.marked !== 'none' &&
    (person !== recorded.person || (present.person === undefined && opportunity.leadId !== recorded.lead))
  return [
    ...(isState ? (['state'] as const) : []),
    ...(isContact ? (['contact'] as const) : []),
    ...(differenceOf(recorded, present) === undefined ? [] : (['worth'] as const)),
  ]
}

/** The end that was reported to RD Station, with another worth than it has now. `cents` is missing where the value cannot be read. */
export interface Difference {
  readonly state: 'won' | 'lost'
  readonly sent: MarkWorth
  readonly now: MarkWorth
}

export function differenceOf(
  { marked, worth: sent }: MarkRecord,
  { opportunity, outcome }: Pick<Present, 'opportunity' | 'outcome'>,
): Difference | undefined {
  if (sent === undefined || marked !== outcome || (marked !== 'won' && marked !== 'lost')) return undefined
  const worth = worthOf(opportunity, outcome)
  if (worth === undefined) return undefined
  const now: MarkWorth = 'reason' in worth ? { reason: toOpenText(worth.reason) } : worth
  return sent.cents === now.cents && sent.reason === now.reason ? undefined : { state: marked, sent, now }
}
