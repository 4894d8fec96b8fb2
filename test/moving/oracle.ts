import type { CrmLeadState, CrmOpportunityState, RdAccountState, RdContactState, SandboxClient } from '@ponte/testbed'
import type { Mark } from '../storm/check/explain-marks.ts'
import { valuesOf } from '../storm/plan/people.ts'
import { marksUpTo, opportunitiesUpTo, type Person, type Phase } from './lives.ts'

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

export interface Question {
  readonly people: readonly Person[]
  /** The last phase that is over. */
  readonly phase: Phase
  /** How often the person has converted. */
  readonly versionOf: (person: Person) => number
}

/**
 * Whether both systems agree, and whether RD Station was told all of it, nothing twice and nothing else: one sentence for each thing that
 * is wrong. It knows what happened, and not who told it.
 */
export function findFaults(books: Books, { people, phase, versionOf }: Question): string[] {
  const leadsOf = (wanted: string) => books.leads.filter(({ emails }) => emails.some(({ email }) => email === wanted))
  return [
    ...books.droppedMarks.map(({ type, why }) => `RD Station dropped a ${type}: ${why}`),
    ...people.flatMap(person => {
      const contact = books.contacts.find(({ uuid }) => uuid === person.uuid)
      const leads = leadsOf(person.email)
      const opportunities = books.opportunities.filter(({ leadId }) => leads.some(({ id }) => id === leadId))
      const faults = [
        ...faultsOfTelling(contact, marksUpTo(person, phase)),
        ...(contact === undefined ? [] : disagreements(contact, opportunities)),
        ...faultsOfLeads(leads, { person, version: versionOf(person) }),
        ...differ('opportunities', opportunities.length, opportunitiesUpTo(person, phase)),
      ]
      return faults.map(fault => `person ${person.number} (${person.kind}): ${fault}`)
    }),
  ]
}

/** RD Station received exactly this, in this order. */
function faultsOfTelling(contact: RdContactState | undefined, expected: readonly Mark[]): string[] {
  const received = (contact?.marks ?? []).map(toMark)
  return differ('marks', JSON.stringify(received), JSON.stringify(expected))
}

/** The contact stands as the opportunities do, and RD Station knows how each ended: whatever was told when. */
function disagreements({ funnel, marks }: RdContactState, opportunities: readonly CrmOpportunityState[]): string[] {
  const received = new Set(marks.map(mark => JSON.stringify(toMark(mark))))
  const isOpen = opportunities.some(({ status }) => status === 'PROGRESS')
  const isClient = marks.some(({ type }) => type === 'SALE')
  return [
    ...differ('is an opportunity', funnel.opportunity, isOpen),
    ...differ('is a client', funnel.lifecycle_stage === 'Client', isClient),
    ...opportunities
      .flatMap(endOf)
      .map(mark => JSON.stringify(mark))
      .filter(mark => !received.has(mark))
      .map(mark => `RD Station does not know of ${mark}`),
  ]
}

function endOf({ status, totalValue, lossReason }: CrmOpportunityState): readonly Mark[] {
  if (status === 'WON') return [{ type: 'SALE', value: totalValue ?? 0 }]
  if (status === 'LOST') return [{ type: 'OPPORTUNITY_LOST', reason: lossReason ?? '' }]
  return []
}

/** One lead, with the answers of the last form. */
function faultsOfLeads(
  leads: readonly CrmLeadState[],
  { person, version }: { readonly person: Person; readonly version: number },
): string[] {
  const count = differ('leads', leads.length, version === 0 ? 0 : 1)
  const converted = person.steps.some(({ action }) => action.kind === 'convert')
  const [lead] = leads
  if (lead === undefined || !converted) return count
  const { name, city, jobTitle } = valuesOf(person, { version })
  const held = [lead.name, lead.addresses[0]?.cityName, lead.jobTitle]
  return [...count, ...differ('values of the lead', held.join(), [name, city, jobTitle].join())]
}

function toMark({ type, value, reason }: RdContactState['marks'][number]): Mark {
  if (type === 'SALE') return { type, value: value ?? Number.NaN }
  if (type === 'OPPORTUNITY_LOST') return { type, reason: reason ?? '' }
  return { type }
}

const differ = <Value>(what: string, found: Value, expected: Value): string[] =>
  found === expected ? [] : [`${what}: ${String(found)} instead of ${String(expected)}`]
