import type { ReadRecords } from '@ponte/clients'
import { type CrmOpportunity, crmOpportunity, PermanentFailure, TransientFailure } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { type ChangedOpportunities, type Reading, readChangedOpportunities } from './read-changed-opportunities.ts'

const HOUR = 3_600_000
const now = Date.parse('2026-11-29T12:00:00Z')
const since = now - 24 * HOUR
const at = (hoursAgo: number): string => new Date(now - hoursAgo * HOUR).toISOString()
const opportunity = (id: string, updatedAt: unknown): CrmOpportunity =>
  crmOpportunity.parse({ id, status: 'WON', updatedAt })

/** Nobody has changed it since it was created. */
const created = (id: string, hoursAgo: number): CrmOpportunity =>
  crmOpportunity.parse({ id, status: 'PROGRESS', updatedAt: null, createdAt: at(hoursAgo) })

/** Seen by Ponte two hours ago, and missed one hour ago; the oldest was changed long before. */
const seen = opportunity('seen', at(2))
const missed = opportunity('missed', at(1))
const old = opportunity('old', at(400))
const recorded = [{ id: 'seen', updatedAt: now - 2 * HOUR }]

interface Behaviour {
  readonly records?: readonly CrmOpportunity[]
  /** What the filtered list holds. */
  readonly filter?: (records: readonly CrmOpportunity[], since: Date) => readonly CrmOpportunity[]
  readonly list?: (records: readonly CrmOpportunity[], mostPages?: number) => Partial<ReadRecords<CrmOpportunity>>
}

const applied = (records: readonly CrmOpportunity[], time: Date) =>
  records.filter(({ updatedAt }) => Date.parse(String(updatedAt)) >= time.getTime())

function crmOf({ records = [old, seen, missed], filter = applied, list = items => ({ items }) }: Behaviour) {
  const lists: string[] = []
  const crm: Reading['crm'] = {
    findOpportunity: id => Promise.resolve(records.find(record => record.id === id)),
    listOpportunities: async ({ changedSince, mostPages }) => {
      lists.push(changedSince?.toISOString() ?? (mostPages === undefined ? 'whole' : 'first page'))
      const matching = changedSince === undefined ? records : filter(records, changedSince)
      return { items: matching, isComplete: true, unread: 0, ...list(matching, mostPages) }
    },
  }
  return { crm, lists }
}

const read = async (behaviour: Behaviour, options: Partial<Reading> = {}) => {
  const { crm, lists } = crmOf(behaviour)
  const result = await readChangedOpportunities({ crm, since, recorded, ...options })
  return { result: inShort(result), lists }
}
const inShort = (result: ChangedOpportunities): unknown =>
  'items' in result ? [result.trust, ...result.items.map(item => item.opportunity.id)] : result.unreadable

test('a filter that has what Ponte has looked at is believed, and what is too old is left out', async () => {
  const { result, lists } = await read({ records: [old, opportunity('late', at(30)), seen, missed] })
  expect(result).toEqual(['filter', 'seen', 'missed'])
  expect(lists).toEqual([at(48)])
})

test('the time that is asked for is a day before the one that Ponte has looked at last', async () => {
  const records = [opportunity('seen', at(100)), missed]
  expect(await read({ records })).toEqual({ result: ['filter', 'missed'], lists: [at(124)] })
})

const byText = (records: readonly CrmOpportunity[], time: Date) =>
  records.filter(({ updatedAt }) => String(updatedAt) >= time.toISOString())

const refuse = (): never => {
  throw new PermanentFailure('CRM_REJECTED')
}

test.each<[string, Behaviour]>([
  ['matches nothing', { filter: () => [] }],
  ['matches something, and not what Ponte has looked at', { filter: () => [old] }],
  ['is refused', { filter: refuse }],
  [
    'compares times of another form',
    {
      records: [opportunity('seen', '29/11/2026 07:00:00'), opportunity('missed', '29/11/2026 08:00:00')],
      filter: byText,
    },
  ],
])('when the filter %s, the whole list is read', async (_, behaviour) => {
  const { result, lists } = await read(behaviour)
  expect(result).toEqual(['whole-list', ...(behaviour.records === undefined ? ['seen'] : ['seen']), 'missed'])
  expect(lists.at(-1)).toBe('whole')
})

test('a filter that is ignored hides nothing', async () => {
  expect((await read({ filter: records => records })).result).toEqual(['filter', 'seen', 'missed'])
})

test.each<[string, string, Behaviour]>([
  ['no-end', 'a list without an end', { list: items => ({ items, isComplete: false }) }],
  [
    'no-end',
    'a look-up that finds no end',
    {
      filter: () => {
        throw new PermanentFailure('CRM_LIST_INCOMPLETE')
      },
      list: items => ({ items, isComplete: false }),
    },
  ],
  [
    'times',
    'a list that never says when an opportunity was changed',
    { records: [created('seen', 2), created('x', 1)], filter: refuse },
  ],
  [
    'times',
    'a list whose times nobody can read',
    { records: [opportunity('seen', 'há pouco'), created('x', 1)], filter: refuse },
  ],
  ['incomplete', 'a whole list that lacks what can be read', { filter: () => [], list: () => ({ items: [missed] }) }],
  ['refused', 'a refused list', { list: refuse }],
])('%s: %s is never taken for one where nothing was missed', async (reason, _, behaviour) => {
  expect((await read(behaviour)).result).toBe(reason)
})

test('what Ponte has looked at and is gone proves nothing: the next newest does', async () => {
  const { result } = await read({}, { recorded: [{ id: 'gone', updatedAt: now }, ...recorded] })
  expect(result).toEqual(['filter', 'seen', 'missed'])
  const { result: none } = await read({ records: [] }, { recorded: [{ id: 'gone', updatedAt: now }] })
  expect(none).toBe('incomplete')
})

test('before Ponte has looked at anything, the newest of the first page of the plain list must be found', async () => {
  const list: Behaviour['list'] = (items, mostPages) => ({ items, isComplete: mostPages === undefined })
  expect(await read({ list }, { recorded: [] })).toEqual({
    result: ['filter', 'seen', 'missed'],
    lists: ['first page', at(48)],
  })
  const blind = await read({ list, filter: () => [] }, { recorded: [] })
  expect(blind).toEqual({ result: ['whole-list', 'seen', 'missed'], lists: ['first page', at(48), 'whole'] })
})

test('a first page that is all there is needs no filter', async () => {
  expect(await read({}, { recorded: [] })).toEqual({ result: ['whole-list', 'seen', 'missed'], lists: ['first page'] })
})

test('the whole list is read without a filter when it is asked for', async () => {
  expect(await read({}, { readsWholeList: true })).toEqual({
    result: ['whole-list', 'seen', 'missed'],
    lists: ['whole'],
  })
})

const changedAt = (id: string, times: object): CrmOpportunity =>
  crmOpportunity.parse({ id, status: 'PROGRESS', ...times })

test.each<[string, readonly CrmOpportunity[], Partial<ReadRecords<CrmOpportunity>>]>([
  ['record', [], { unread: 1 }],
  ['time of a change', [changedAt('x', { updatedAt: 'há pouco', createdAt: at(1) })], {}],
  ['time of a creation', [changedAt('x', { updatedAt: null, createdAt: 'há pouco' })], {}],
  ['time at all', [changedAt('x', { updatedAt: null, createdAt: null })], {}],
])('one %s that cannot be read hides no other, and is counted', async (_, records, found) => {
  const list: Behaviour['list'] = items => ({ items, ...found })
  for (const readsWholeList of [true, false]) {
    const { crm } = crmOf({ records: [seen, missed, ...records], filter: items => items, list })
    const result = await readChangedOpportunities({ crm, since, recorded, readsWholeList })
    expect([inShort(result), 'unread' in result && result.unread]).toEqual([
      [readsWholeList ? 'whole-list' : 'filter', 'seen', 'missed'],
      1,
    ])
  }
})

test.each([null, undefined, ''])('where others say when they were changed, one with %j never was', async updatedAt => {
  const [fresh, former] = [1, 300].map(hours => changedAt(`${hours}`, { updatedAt, createdAt: at(hours) }))
  const records = [seen, fresh, former].filter(each => each !== undefined)
  expect((await read({ records, filter: items => items })).result).toEqual(['filter', 'seen', '1'])
})

test('what Ponte has looked at and cannot be read any more is no control: the next newest is', async () => {
  const { crm } = crmOf({})
  const findOpportunity: typeof crm.findOpportunity = id => (id === 'odd' ? refuse() : crm.findOpportunity(id))
  const odd = { id: 'odd', updatedAt: now }
  const options = { crm: { ...crm, findOpportunity } }
  expect((await read({}, { ...options, recorded: [odd, ...recorded] })).result).toEqual(['filter', 'seen', 'missed'])
  expect((await read({}, { ...options, recorded: [odd] })).result).toBe('refused')
})

test('a system that cannot be asked is no answer', async () => {
  const down = new TransientFailure('CRM_UNREACHABLE', { system: 'totvs-crm' })
  const list = (): never => {
    throw down
  }
  await expect(read({ list })).rejects.toBe(down)
})
