import type { CrmLeadState, CrmOpportunityState, RdAccountState, RdContactState, SandboxClient } from '@ponte/testbed'
import type { Mark } from '../check/explain-marks.ts'
import { valuesOf } from '../plan/people.ts'
import { SALE_LIMIT } from '../plan/scenarios.ts'
import { endOf, type Person, type Step } from './lives.ts'

/** What both systems hold. */
export interface Books {
  readonly contacts: readonly RdContactState[]
  readonly droppedMarks: RdAccountState['droppedMarks']
  readonly leads: readonly CrmLeadState[]
  readonly opportunities: readonly CrmOpportunityState[]
}

export async function readBooks(sandbox: SandboxClient): Promise<Books> {
  const { contacts, droppedMarks } = await sandbox.rd().state()
  const { leads, opportunities } = await sandbox.crm().state()
  return { contacts, droppedMarks, leads, opportunities }
}

/**
 * Whether both systems agree, and whether RD Station was told all of it, nothing twice and nothing else: one sentence for each thing that
 * is wrong. It knows what happened, and not who told it. `done`: the steps of a person that are over.
 */
export const findFaults = (
  books: Books,
  people: readonly Person[],
  done: (person: Person) => readonly Step[],
): readonly string[] => [
  ...books.droppedMarks.map(({ type, why }) => `RD Station dropped a ${type}: ${why}`),
  ...people.flatMap(person =>
    faultsOf(books, person, done(person)).map(fault => `person ${person.number} (${person.kind}): ${fault}`),
  ),
]

function faultsOf(books: Books, person: Person, done: readonly Step[]): readonly string[] {
  const end = endOf(done)
  const contact = books.contacts.find(({ uuid }) => uuid === person.uuid)
  const leads = books.leads.filter(({ emails }) => emails.some(({ email }) => email === person.email))
  const opportunities = books.opportunities.filter(({ leadId }) => leads.some(({ id }) => id === leadId))
  return [
    // In this order.
    ...differ('marks', JSON.stringify((contact?.marks ?? []).map(toMark)), JSON.stringify(end.marks)),
    ...(contact === undefined || opportunities.some(isTooMuch) ? [] : disagreements(contact, opportunities)),
    ...differ('leads', leads.length, end.version === 0 ? 0 : 1),
    ...(done.some(({ action }) => action.kind === 'convert') ? faultsOfLead(leads[0], valuesOf(person, end)) : []),
    ...differ('opportunities', opportunities.length, end.opportunities),
  ]
}

/** RD Station refuses it, and so the systems cannot agree before somebody corrects it. */
const isTooMuch = ({ status, totalValue }: CrmOpportunityState): boolean =>
  status === 'WON' && (totalValue ?? 0) > SALE_LIMIT

/** The contact stands as the opportunities do, and RD Station knows how each ended: whatever was told when. */
function disagreements({ funnel, marks }: RdContactState, opportunities: readonly CrmOpportunityState[]): string[] {
  const received = new Set(marks.map(mark => JSON.stringify(toMark(mark))))
  const isOpen = opportunities.some(({ status }) => status === 'PROGRESS')
  const isClient = marks.some(({ type }) => type === 'SALE')
  return [
    ...differ('is an opportunity', funnel.opportunity, isOpen),
    ...differ('is a client', funnel.lifecycle_stage === 'Client', isClient),
    ...opportunities
      .flatMap(markOf)
      .map(mark => JSON.stringify(mark))
      .filter(mark => !received.has(mark))
      .map(mark => `RD Station does not know of ${mark}`),
  ]
}

function markOf({ status, totalValue, lossReason }: CrmOpportunityState): readonly Mark[] {
  if (status === 'WON') return [{ type: 'SALE', value: totalValue ?? 0 }]
  if (status === 'LOST') return [{ type: 'OPPORTUNITY_LOST', reason: lossReason ?? '' }]
  return []
}

/** It has the answers of the last form. */
function faultsOfLead(lead: CrmLeadState | undefined, { name, city, jobTitle }: ReturnType<typeof valuesOf>): string[] {
  const held = [lead?.name, lead?.addresses[0]?.cityName, lead?.jobTitle]
  return differ('values of the lead', held.join(), [name, city, jobTitle].join())
}

function toMark({ type, value, reason }: RdContactState['marks'][number]): Mark {
  if (type === 'SALE') return { type, value: value ?? Number.NaN }
  if (type === 'OPPORTUNITY_LOST') return { type, reason: reason ?? '' }
  return { type }
}

const differ = <Value>(what: string, found: Value, expected: Value): string[] =>
  found === expected ? [] : [`${what}: ${String(found)} instead of ${String(expected)}`]
