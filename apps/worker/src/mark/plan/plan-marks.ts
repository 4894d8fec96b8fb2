import {
  type CrmOpportunity,
  type MarkName,
  message,
  type Message,
  type OpportunityOutcome,
  PermanentFailure,
  type RdMark,
  type TenantSettings,
} from '@ponte/contracts'
import { marksDue, toLoss, toOpportunity, toSale } from '@ponte/mappers'
import { type MarkRecord, type MarkWorth, neverMarked, toOpenText } from '@ponte/state'
import type { HeldContact } from '../read/locked-records.ts'
import type { Others } from '../read/read-others.ts'
import { isEnd, isMarkedOpen, type Reported, setMark, stateAfter } from '../reported/reported.ts'

/** One mark to be made. */
export interface MarkStep {
  readonly mark: MarkName
  /** The opportunity that the mark is for. */
  readonly opportunityId: string
  readonly body: RdMark
  readonly worth: MarkWorth | undefined
  readonly notes: readonly Message[]
  /**
   * `earlier`: for the end of an opportunity before the run's own; if it fails, the run goes on. `again`: for another one that is still
   * open.
   */
  readonly why: 'due' | 'earlier' | 'again'
  /** Figures count the mark: it repeats none, and none was counted for a former contact. */
  readonly isCounted: boolean
}

export interface MarksPlan {
  /** What is recorded of the contact, with the run's own opportunity among its others. */
  readonly reported: Reported
  readonly steps: readonly MarkStep[]
  /** Why not all marks that are due can be made. The steps are made before the run fails. */
  readonly failure: PermanentFailure | undefined
  /** Opportunities that TOTVS CRM does not know any more. */
  readonly removed: readonly string[]
  /** Another opportunity could not be read. If it is open, the contact has to be marked again: a later run looks. */
  readonly isPending: boolean
  readonly notes: readonly Message[]
}

export interface Situation {
  readonly held: HeldContact & { readonly email: string }
  /** What was reported of the run's own opportunity to the contact. */
  readonly own: MarkRecord
  readonly due: readonly MarkName[]
  readonly others: Others
  readonly opportunity: CrmOpportunity
  readonly outcome: OpportunityOutcome
  readonly settings: TenantSettings['rdStation']
  /** One without the member of its value cannot be reported, except by the wish of a person (`acceptsNoValue`). */
  readonly isValueExpected: boolean
  readonly acceptsNoValue: boolean
}

/**
 * Decides, from what was read alone, which marks bring the contact up to date, and their order. Each earlier opportunity ends before the
 * contact is marked for a later one. At the end RD Station shows the contact as an opportunity if any of its opportunities is open. See
 * docs/behaviour/marks.md#several-opportunities.
 */
export function planMarks(situation: Situation): MarksPlan {
  const { opportunity, outcome, held, own: mark, due, others } = situation
  const notes: Message[] = []
  const steps: MarkStep[] = []
  const recordOf = (id: string): MarkRecord => held.reported.marks.get(id) ?? neverMarked
  const readable = [...others].flatMap(([id, other]) => (typeof other === 'string' ? [] : [{ id, ...other }]))
  if (due.includes('opportunity'))
    for (const { id, ...other } of readable.filter(each => isEnd(each.outcome))) {
      const { steps: earlier, failure } = toSteps(marksDue(other.outcome, recordOf(id).marked), {
        of: other.opportunity,
        marked: recordOf(id),
        why: 'earlier',
        situation,
      })
      if (failure === undefined) steps.push(...earlier)
      else notes.push(message('earlier-opportunity-failed', { code: failure.code }))
    }
  const own = toSteps(due, { of: opportunity, marked: mark, why: 'due', situation })
  steps.push(...own.steps)

  const last = steps.at(-1)
  const isShown = last === undefined ? held.reported.contact.shown : last.mark === 'opportunity'
  const isToBeShown = !isShown && outcome !== 'open' && own.failure === undefined
  const open = isToBeShown
    ? readable.find(each => each.outcome === 'open' && isMarkedOpen(recordOf(each.id).marked))
    : undefined
  if (open !== undefined)
    steps.push(
      ...toSteps(['opportunity'], { of: open.opportunity, marked: recordOf(open.id), why: 'again', situation }).steps,
    )
  let { reported } = held
  // Another one's marks count for this contact: its own run knows then to whom it was reported, also when it was given away since.
  for (const { id, person, opportunity: of } of readable)
    if (steps.some(({ opportunityId }) => opportunityId === id))
      reported = setMark(reported, id, { ...recordOf(id), contact: held.uuid, lead: of.leadId, person })
  return {
    steps,
    notes,
    failure: own.failure,
    isPending: isToBeShown && open === undefined && [...others.values()].includes('unreadable'),
    reported,
    removed: [...others].flatMap(([id, other]) => (other === 'removed' ? id : [])),
  }
}

interface StepsOf {
  readonly of: CrmOpportunity
  readonly marked: MarkRecord
  readonly why: MarkStep['why']
  readonly situation: Situation
}

/** The marks of one opportunity, up to the one that cannot be made. */
function toSteps(
  names: readonly MarkName[],
  { of, marked, why, situation }: StepsOf,
): { readonly steps: readonly MarkStep[]; readonly failure: PermanentFailure | undefined } {
  const steps: MarkStep[] = []
  for (const mark of names) {
    const isAgain = why === 'again' || (mark === 'opportunity' && marked.marked === 'hidden')
    try {
      steps.push({
        mark,
        opportunityId: of.id,
        why,
        isCounted: !isAgain && !isCovered(mark, marked),
        ...toRdMark(mark, of, situation),
      })
    } catch (error) {
      if (!(error instanceof PermanentFailure)) throw error
      return { steps, failure: error }
    }
  }
  return { steps, failure: undefined }
}

/** It was reported before, to another contact or another address, and figures counted it then. */
const isCovered = (mark: MarkName, { counted = [], reportedAgain }: MarkRecord): boolean =>
  reportedAgain === true && counted.includes(stateAfter[mark])

function toRdMark(
  mark: MarkName,
  opportunity: CrmOpportunity,
  { held: { email }, settings: { maxSaleValue }, isValueExpected, ...situation }: Situation,
): Pick<MarkStep, 'body' | 'worth' | 'notes'> {
  switch (mark) {
    case 'opportunity':
      return { body: toOpportunity(email), worth: undefined, notes: [] }
    case 'sale': {
      const isAccepted = situation.acceptsNoValue && opportunity.id === situation.opportunity.id
      const { mark: body, notes } = toSale(opportunity, email, {
        maxSaleValue,
        isValueExpected: isValueExpected && !isAccepted,
      })
      return { body, notes, worth: { cents: Math.round(body.value * 100) } }
    }
    case 'loss': {
      const { mark: body, notes } = toLoss(opportunity, email)
      return { body, notes, worth: { reason: toOpenText(body.reason) } }
    }
  }
}
