import type { CrmFilter } from '@ponte/clients'
import { type CrmLead, crmLead, type CrmOpportunity, crmOpportunity } from '@ponte/contracts'
import fc from 'fast-check'

const word = 'f00dcafe0001'
const email = 'ensaio@acme.example'

/** Whose a record is: by the run's word, by its record of ids, or somebody else's. */
type Whose = 'word' | 'record' | 'others'
const whose = fc.constantFrom<Whose>('word', 'record', 'others')
const textOf = (of: Whose): string => (of === 'word' ? `Ensaio do Ponte ${word}` : 'Cliente Real')

interface World {
  readonly contact: Whose | null
  readonly leads: readonly { readonly of: Whose; readonly opportunities: readonly Whose[] }[]
  readonly failing: readonly number[]
}

/** What both systems hold under the e-mail of a rehearsal. `failing`: which of the look-ups fail, in their order. */
export const rehearsedWorlds: fc.Arbitrary<World> = fc.record({
  contact: fc.option(whose),
  leads: fc.array(fc.record({ of: whose, opportunities: fc.array(whose, { maxLength: 3 }) }), { maxLength: 3 }),
  failing: fc.uniqueArray(fc.nat({ max: 15 }), { maxLength: 4 }),
})

/** The record of ids holds one lead. */
export function buildWorld({ contact, leads: all, failing }: World) {
  const recorded = all.findIndex(({ of }) => of === 'record')
  const leads = all.map(({ of, opportunities }, index) => ({
    of: of === 'record' && index !== recorded ? 'others' : of,
    lead: crmLead.parse({ id: `l${index}`, name: textOf(of), emails: [{ email }], phones: [], addresses: [] }),
    opportunities: opportunities.map((own, number) => ({
      of: own,
      opportunity: crmOpportunity.parse({
        ...{ id: `l${index}o${number}`, status: 'PROGRESS', leadId: `l${index}`, description: textOf(own) },
      }),
    })),
  }))
  const opportunities = leads.flatMap(each => each.opportunities)
  const removed = new Set<string>()
  const isThere = ({ id }: { readonly id: string }): boolean => !removed.has(id)
  const remove = async (id: string): Promise<void> => void removed.add(id)
  const unread = { contacts: false, leads: false, opportunitiesOf: new Set<string>() }
  /** Leads whose opportunities were looked for, and opportunities that were shown. */
  const seen = new Set<string>()
  let looked = 0
  const look = <Found>(found: Found, failed: () => void): Found => {
    looked += 1
    if (!failing.includes(looked - 1)) return found
    failed()
    throw new Error('500')
  }
  const run = {
    email,
    unknownEmail: `ensaio+ponte-${word}@acme.example`,
    state: {
      id: word,
      done: [],
      opportunities: opportunities.filter(({ of }) => of === 'record').map(({ opportunity }) => opportunity.id),
      ...(contact === 'record' && { contact: 'c' }),
      ...(recorded >= 0 && { lead: `l${recorded}` }),
    },
    rd: {
      findContact: async (by: object) =>
        look(
          contact !== null && 'email' in by && by.email === email && isThere({ id: 'c' })
            ? { uuid: 'c', email, name: textOf(contact) }
            : undefined,
          () => (unread.contacts = true),
        ),
      removeContact: remove,
    },
    crm: {
      findLeads: async (_filter: CrmFilter, isWanted: (lead: CrmLead) => boolean) =>
        look(
          leads.map(({ lead }) => lead).filter(lead => isThere(lead) && isWanted(lead)),
          () => (unread.leads = true),
        ),
      findOpportunities: async ({ terms }: CrmFilter, isWanted: (opportunity: CrmOpportunity) => boolean) => {
        const lead = terms[0]?.value ?? ''
        seen.add(lead)
        const found = look(
          opportunities.map(each => each.opportunity).filter(each => isThere(each) && isWanted(each)),
          () => unread.opportunitiesOf.add(lead),
        )
        for (const { id } of found) seen.add(id)
        return found
      },
      remove: (_kind: string, id: string) => remove(id),
    },
  }
  const ownLeads = leads.filter(({ of }) => of !== 'others')
  return { run, contact, leads, ownLeads, opportunities, removed, seen, unread }
}
