import {
  type CrmLead,
  type CrmOpportunity,
  type MarkName,
  type OpportunityOutcome,
  PermanentFailure,
} from '@ponte/contracts'
import { markFingerprint, outcomeOfStatus } from '@ponte/mappers'
import type { MarkRecord } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { findContact } from './find-contact.ts'
import { isMarkedOpen } from '../reported/reported.ts'
import type { HeldContact } from './locked-records.ts'

/** The lead of the run's own opportunity, and where the others are read. An opportunity of the same lead belongs to the same contact. */
export interface Subject {
  readonly leadId: string | undefined
  /** Undefined where it was not read. */
  readonly lead: CrmLead | undefined
  /** Where TOTVS CRM keeps its opportunities, as its webhook said. */
  readonly contextUrl: string
}

/**
 * Another opportunity of the contact. `removed`: TOTVS CRM does not know it. `elsewhere`: it has no lead, or its lead is another contact by
 * now. Its own run reports to both contacts, so this run only leaves it out.
 */
export type Other =
  | {
      readonly opportunity: CrmOpportunity
      readonly outcome: OpportunityOutcome
      /** Fingerprint of all that names its contact, if its lead was read. */
      readonly person?: string | undefined
    }
  | 'removed'
  | 'elsewhere'
  | 'unreadable'

export type Others = ReadonlyMap<string, Other>

/** Which opportunities are read, in order: all of `ends`, then those of `open` until one is open. */
export interface Wanted {
  readonly ends: readonly string[]
  readonly open: readonly string[]
}

export interface Due {
  readonly opportunityId: string
  readonly outcome: OpportunityOutcome
  /** The marks that are due for the run's own opportunity. */
  readonly due: readonly MarkName[]
  /** The opportunity whose mark did not arrive: its job sends it again. */
  readonly notArrived: string | undefined
}

/**
 * Which other opportunities `planMarks` needs. Before an opportunity mark: the earlier ones whose end was not marked. After an end: those
 * that are marked as open, until one of them is found open.
 */
export function othersToRead(
  { opportunityId, outcome, due, notArrived }: Due,
  { reported, known, failing }: HeldContact,
): Wanted {
  const marked = (id: string) => reported.marks.get(id)?.marked
  const others = known.filter(id => id !== opportunityId)
  const isShownThen = due.length === 0 ? reported.contact.shown : due.at(-1) === 'opportunity'
  const position = known.indexOf(opportunityId)
  const earlier = position === -1 ? others : known.slice(0, position)
  return {
    // Left to their own jobs: a mark that failed has its rounds, and one that did not arrive is sent again by its job.
    ends: due.includes('opportunity')
      ? earlier.filter(id => isUnended(marked(id)) && !failing.has(id) && notArrived !== id)
      : [],
    open: isShownThen || outcome === 'open' ? [] : others.filter(id => isMarkedOpen(marked(id))),
  }
}

const isUnended = (marked: MarkRecord['marked'] | undefined): boolean => marked === 'none' || isMarkedOpen(marked)

/** Reads other opportunities of a contact in TOTVS CRM, under the contact's lock. A permanent failure of one does not fail the run. */
export async function readOthers(
  { ends, open }: Wanted,
  contact: HeldContact,
  subject: Subject,
  context: JobContext,
): Promise<Others> {
  const others = new Map<string, Other>()
  for (const id of ends) others.set(id, await readOther(id, contact, subject, context))
  for (const id of open) {
    const other = others.get(id) ?? (await readOther(id, contact, subject, context))
    others.set(id, other)
    if (isOpen(other)) break
  }
  return others
}

export const isOpen = (other: Other | undefined): boolean => typeof other === 'object' && other.outcome === 'open'

async function readOther(id: string, contact: HeldContact, subject: Subject, context: JobContext): Promise<Other> {
  const { crm, fingerprint, tenant } = context
  let { lead } = subject
  try {
    const opportunity = await crm.getOpportunity(subject.contextUrl, id)
    if (opportunity === undefined) return 'removed'
    if (opportunity.leadId === undefined) return 'elsewhere'
    if (opportunity.leadId !== subject.leadId) {
      lead = await crm.getLead(opportunity.leadId)
      const owner = lead && (await findContact(lead, context))
      if (owner === undefined || !('uuid' in owner) || owner.uuid !== contact.uuid) return 'elsewhere'
    }
    // A status that the tenant does not name counts as ignored.
    return {
      opportunity,
      outcome: outcomeOfStatus(opportunity.status, tenant.settings.totvsCrm.statusMap) ?? 'ignored',
      person: lead && markFingerprint({ opportunity, lead }, fingerprint.exact).person,
    }
  } catch (error) {
    if (error instanceof PermanentFailure) return 'unreadable'
    throw error
  }
}
