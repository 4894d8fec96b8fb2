import { type CrmOpportunity, crmOpportunity, PermanentFailure } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { type Reading, readChangedOpportunities } from './read-changed-opportunities.ts'

const HOUR = 3_600_000
const now = Date.parse('2026-11-29T12:00:00Z')
const at = (hoursAgo: number): string => new Date(now - hoursAgo * HOUR).toISOString()
const opportunity = (id: string, times: object): CrmOpportunity =>
  crmOpportunity.parse({ id, status: 'PROGRESS', ...times })

const seen = opportunity('seen', { updatedAt: at(2) })
const missed = opportunity('missed', { updatedAt: at(1) })
const recorded = [{ id: 'seen', updatedAt: now - 2 * HOUR }]

async function read(
  records: readonly CrmOpportunity[],
  { unread = 0, ...options }: Partial<Reading> & { readonly unread?: number } = {},
) {
  const crm: Reading['crm'] = {
    findOpportunity: async id => records.find(record => record.id === id),
    listOpportunities: async () => ({ items: records, isComplete: true, unread }),
  }
  const result = await readChangedOpportunities({ crm, since: now - 24 * HOUR, recorded, ...options })
  if ('unreadable' in result) return result.unreadable
  return { ids: result.items.map(item => item.opportunity.id), unread: result.unread }
}

test.each([true, false])('one record that cannot be read hides no other, and is counted', async readsWholeList => {
  expect(await read([seen, missed], { unread: 1, readsWholeList })).toEqual({ ids: ['seen', 'missed'], unread: 1 })
})

test.each([
  { updatedAt: 'há pouco', createdAt: at(1) },
  { updatedAt: null, createdAt: 'há pouco' },
  { updatedAt: null, createdAt: null },
])('one whose time cannot be read hides no other, and is counted: %j', async times => {
  expect(await read([seen, missed, opportunity('x', times)])).toEqual({ ids: ['seen', 'missed'], unread: 1 })
})

test.each([null, undefined, ''])('where others say when they were changed, one with %j never was', async updatedAt => {
  const records = [
    seen,
    opportunity('new', { updatedAt, createdAt: at(1) }),
    opportunity('old', { updatedAt, createdAt: at(300) }),
  ]
  expect(await read(records)).toEqual({ ids: ['seen', 'new'], unread: 0 })
})

test('what Ponte has looked at and cannot be read any more is no control: the next newest is', async () => {
  const records = [seen, missed]
  const crm: Reading['crm'] = {
    async findOpportunity(id) {
      if (id === 'odd') throw new PermanentFailure('CRM_REJECTED')
      return records.find(record => record.id === id)
    },
    listOpportunities: async () => ({ items: records, isComplete: true, unread: 1 }),
  }
  const odd = { id: 'odd', updatedAt: now }
  expect(await read(records, { crm, recorded: [odd, ...recorded] })).toEqual({ ids: ['seen', 'missed'], unread: 1 })
  expect(await read(records, { crm, recorded: [odd] })).toBe('refused')
})
