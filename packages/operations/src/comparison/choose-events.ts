import { identitiesOf, identityText, isMarkEvent, type JobData, jobs, factsOfJob, isLeadEvent } from '@ponte/contracts'
import type { KeptJob } from '@ponte/state'

/** The other program may still be at work with what is younger. */
const COMPARED_AFTER_MS = 10 * 60_000

type Lead = JobData<'lead.registered'>
type OpportunityEvent = JobData<'opportunity.updated'>

/** What of a shadow can be compared. */
export interface ChosenEvents {
  /** The newest delivery of each person. */
  readonly leads: readonly Lead[]
  /** The newest event of each opportunity. */
  readonly opportunities: readonly OpportunityEvent[]
  /** Events with a newer one of the same person or opportunity. */
  readonly superseded: number
  /** Events of persons and opportunities that had one a moment ago. */
  readonly tooYoung: number
  readonly unreadable: number
}

/** `events`: the newest first. `now`: milliseconds since 1970. */
export function chooseEvents(events: readonly KeptJob[], now: number): ChosenEvents {
  const leads: Lead[] = []
  const opportunities: OpportunityEvent[] = []
  let [superseded, tooYoung, unreadable] = [0, 0, 0]
  /** Whom and what newer events were about; true when one of these was too young. */
  const seen = new Map<string, boolean>()

  for (const { name, data, receivedAt } of events) {
    // Ponte's own job, from before the tenant came back into the shadow: nobody delivered it.
    if (!factsOfJob(name).isCompared) continue
    const event = readEvent(name, data)
    if (event === undefined) {
      unreadable += 1
      continue
    }
    const names = namesOf(event)
    const newer = names.flatMap(each => seen.get(each) ?? [])
    const isYoung = receivedAt > now - COMPARED_AFTER_MS || newer.includes(true)
    for (const each of names) seen.set(each, isYoung)
    if (isYoung) tooYoung += 1
    else if (newer.length > 0) superseded += 1
    else if (event.kind === 'lead') leads.push(event.data)
    else opportunities.push(event.data)
  }
  return { leads, opportunities, superseded, tooYoung, unreadable }
}

type ReadEvent =
  | { readonly kind: 'lead'; readonly data: Lead }
  | { readonly kind: 'opportunity'; readonly data: OpportunityEvent }

function readEvent(name: string, stored: unknown): ReadEvent | undefined {
  if (isLeadEvent(name)) {
    const { data } = jobs[name].data.safeParse(stored)
    return data && { kind: 'lead', data }
  }
  const { data } = isMarkEvent(name) ? jobs['opportunity.updated'].data.safeParse(stored) : { data: undefined }
  return data && { kind: 'opportunity', data }
}

function namesOf(event: ReadEvent): readonly string[] {
  if (event.kind === 'opportunity') return [`opportunity ${event.data.opportunityId}`]
  // A lead without an identity is nobody else's.
  return identitiesOf(event.data.lead)?.map(identityText) ?? [`key ${event.data.key}`]
}
