import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildWorld, rehearsedWorlds } from '../testing/rehearsed-worlds.ts'
import { endRehearsal } from './belongings.ts'

test('whichever look-ups fail, nothing is removed that somebody else has or needs, and what stays is named', () =>
  fc.assert(
    fc.asyncProperty(rehearsedWorlds, async world => {
      const { run, contact, leads, ownLeads, opportunities, removed, seen, unread } = buildWorld(world)
      let isKnown = true
      const cleaned = await endRehearsal({
        ...run,
        identifier: '',
        save: async () => undefined,
        rehearsals: { end: async () => void (isKnown = false) },
        events: { removeJobs: async () => undefined, of: async () => [] },
      })
      const needed = ownLeads.filter(each => each.opportunities.some(({ of }) => of === 'others'))
      const stays = new Set([
        ...(contact === 'others' || needed.length > 0 ? ['c'] : []),
        ...[...leads.filter(({ of }) => of === 'others'), ...needed].map(({ lead }) => lead.id),
        ...opportunities.filter(({ of }) => of === 'others').map(({ opportunity }) => opportunity.id),
      ])
      expect([...removed].filter(id => stays.has(id))).toEqual([])
      expect(new Set(cleaned.removed.map(({ id }) => id))).toEqual(removed)

      const named = [...cleaned.left, ...cleaned.others]
      expect(named.filter(({ id }) => id !== null && removed.has(id))).toEqual([])
      expect(new Set(named.map(({ kind, id }) => `${kind} ${id}`)).size).toBe(named.length)
      const ids = named.map(({ id }) => id)
      expect([...seen].filter(id => !removed.has(id) && !ids.includes(id))).toEqual([])
      // Without an id: the system did not say whether there is one.
      const isNamed = (kind: string, wanted: string, isUnread: boolean): boolean =>
        named.some(each => each.kind === kind && (each.id === wanted || (isUnread && each.id === null)))
      const isThere = (id: string): boolean => !removed.has(id)
      if (contact !== null && isThere('c')) expect(isNamed('contact', 'c', unread.contacts)).toBe(true)
      for (const { lead } of leads.filter(each => isThere(each.lead.id)))
        expect(isNamed('lead', lead.id, unread.leads)).toBe(true)
      expect(isKnown).toBe(cleaned.left.length > 0)
    }),
    { numRuns: 500 },
  ))
