import { crmOpportunity } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { readChanges } from './read-opportunities.ts'

const now = Date.parse('2026-11-29T12:00:00Z')
const changed = crmOpportunity.parse({ id: 'o', status: 'WON', updatedAt: new Date(now).toISOString() })

test.each([
  [0, undefined],
  [1, 'records'],
])('with %j records that cannot be read, the others are listed, and somebody has to look', async (unread, reason) => {
  const crm = {
    findOpportunity: async () => changed,
    listOpportunities: async () => ({ items: [changed], isComplete: true, unread }),
  }
  const changes = await readChanges(crm, { since: now - 1000, recorded: [{ id: 'o', updatedAt: now }] })
  expect([changes.items.map(({ id }) => id), changes.unreadable]).toEqual([['o'], reason])
})
