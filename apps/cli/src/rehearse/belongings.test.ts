import { type CrmLead, crmLead, type CrmOpportunity, crmOpportunity } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findContacts, findCrmRecords, findOthers, type Looked } from './belongings.ts'

const word = 'f00dcafe0001'
const email = 'ensaio@acme.example'
const unknownEmail = `ensaio+ponte-${word}@acme.example`

/** Whose a record is: by the run's word, by its record of ids, or somebody else's. */
const whose = fc.constantFrom('word', 'record', 'others')
type Whose = 'word' | 'record' | 'others'
const textOf = (of: Whose): string => (of === 'word' ? `Ensaio do Ponte ${word}` : 'Cliente Real')

const worlds = fc.record({
  contact: fc.option(whose),
  leads: fc.array(fc.record({ of: whose, opportunities: fc.array(whose, { maxLength: 3 }) }), { maxLength: 3 }),
})

interface World {
  readonly contact: Whose | null
  readonly leads: readonly { readonly of: Whose; readonly opportunities: readonly Whose[] }[]
}

/** The record of ids holds one lead. */
function build({ contact, leads: all }: World) {
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
  const run: Looked = {
    email,
    unknownEmail,
    state: {
      id: word,
      opportunities: opportunities.filter(({ of }) => of === 'record').map(({ opportunity }) => opportunity.id),
      ...(contact === 'record' && { contact: 'c' }),
      ...(recorded >= 0 && { lead: `l${recorded}` }),
    },
    rd: {
      findContact: async by =>
        contact !== null && 'email' in by && by.email === email
          ? { uuid: 'c', email, name: textOf(contact) }
          : undefined,
    },
    crm: {
      findLeads: async (_filter, isWanted: (lead: CrmLead) => boolean) =>
        leads.map(({ lead }) => lead).filter(isWanted),
      findOpportunities: async (_filter, isWanted: (opportunity: CrmOpportunity) => boolean) =>
        opportunities.map(each => each.opportunity).filter(isWanted),
    },
  }
  return { run, leads, opportunities, contact }
}

test('only what the word or the record of ids names is removed, no lead that an opportunity of somebody else needs, and the rest is named', () =>
  fc.assert(
    fc.asyncProperty(worlds, async made => {
      const { run, leads, opportunities, contact } = build(made)
      const [contacts, records, others] = [await findContacts(run), await findCrmRecords(run), await findOthers(run)]
      const ownLeads = leads.filter(({ of }) => of !== 'others')
      const needed = ownLeads.filter(each => each.opportunities.some(({ of }) => of === 'others'))

      expect(contacts.own).toEqual(contact === null || contact === 'others' ? [] : ['c'])
      expect(records.areNeeded).toBe(needed.length > 0)
      expect(new Set(records.leads)).toEqual(
        new Set(ownLeads.filter(each => !needed.includes(each)).map(({ lead }) => lead.id)),
      )
      const ownOpportunities = opportunities.filter(({ of, opportunity }) =>
        of === 'word' ? ownLeads.some(({ lead }) => lead.id === opportunity.leadId) : of === 'record',
      )
      expect(new Set(records.opportunities)).toEqual(new Set(ownOpportunities.map(({ opportunity }) => opportunity.id)))

      const removed = new Set([...(records.areNeeded ? [] : contacts.own), ...records.leads, ...records.opportunities])
      const found = [
        ...(contact === null ? [] : ['c']),
        ...leads.map(({ lead }) => lead.id),
        ...ownLeads.flatMap(each => each.opportunities.map(({ opportunity }) => opportunity.id)),
      ]
      expect(new Set(others.map(({ id }) => id))).toEqual(new Set(found.filter(id => !removed.has(id))))
    }),
  ))
