import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildWorld, rehearsedWorlds } from '../testing/rehearsed-worlds.ts'
import { findContacts, findCrmRecords, findOthers } from './belongings.ts'

test('only what the word or the record of ids names is removed, no lead that an opportunity of somebody else needs, and the rest is named', () =>
  fc.assert(
    fc.asyncProperty(rehearsedWorlds, async world => {
      const { run, leads, ownLeads, opportunities, contact } = buildWorld({ ...world, failing: [] })
      const [contacts, records, others] = [await findContacts(run), await findCrmRecords(run), await findOthers(run)]
      const needed = ownLeads.filter(each => each.opportunities.some(({ of }) => of === 'others'))

      expect(contacts.own).toEqual(contact === null || contact === 'others' ? [] : ['c'])
      expect(records.areNeeded).toBe(needed.length > 0)
      expect(records.areAllRead).toBe(true)
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

test('a look-up that fails frees no lead: one whose opportunities could not be read is kept and named', () =>
  fc.assert(
    fc.asyncProperty(rehearsedWorlds, async world => {
      const { run, ownLeads, unread } = buildWorld(world)
      const failed: string[] = []
      const records = await findCrmRecords(run, ({ kind }) => failed.push(kind))

      expect(new Set(records.unread)).toEqual(unread.opportunitiesOf)
      expect(records.areAllRead).toBe(failed.length === 0)
      const kept = ownLeads.filter(
        each => unread.opportunitiesOf.has(each.lead.id) || each.opportunities.some(({ of }) => of === 'others'),
      )
      for (const { lead } of kept) expect(records.leads).not.toContain(lead.id)
    }),
  ))

test('a lead that no filter can name, or an address, is a look-up that failed', async () => {
  const { run } = buildWorld({ contact: null, leads: [], failing: [] })
  const ofLead = { ...run, state: { ...run.state, lead: 'l->1' } }
  const records = await findCrmRecords(ofLead, () => undefined)
  expect(records).toMatchObject({ leads: [], unread: ['l->1'], areAllRead: false })
  await expect(findOthers(ofLead)).rejects.toThrow('CRM_UNREADABLE')
  await expect(findOthers({ ...run, email: '{ensaio}@acme.example' })).rejects.toThrow('CRM_UNREADABLE')
})

test('a lead that an opportunity of somebody else needs is kept also where the list leaves out the lead', async () => {
  const opportunities = ['others', 'word'] as const
  const { run } = buildWorld({ contact: null, leads: [{ of: 'word', opportunities }], failing: [] })
  const findOpportunities: typeof run.crm.findOpportunities = async (filter, isWanted) => {
    const found = await run.crm.findOpportunities(filter, () => true)
    return found.map(each => ({ ...each, leadId: undefined })).filter(isWanted)
  }
  const records = await findCrmRecords({ ...run, crm: { ...run.crm, findOpportunities } })
  expect(records).toMatchObject({ leads: [], opportunities: ['l0o1'], areNeeded: true })
})
