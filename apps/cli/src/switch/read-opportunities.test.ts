import { crmOpportunity, type CrmOpportunity } from '@ponte/contracts'
import fc from 'fast-check'
import type { TotvsCrmClient } from '@ponte/clients'
import { expect, test } from 'vitest'
import { readChanges, readOpenOpportunities, splitByCreation } from './read-opportunities.ts'

const statusMap = { PROGRESS: 'open', 'EM ESPERA': 'open', WON: 'won' } as const
const opportunityOf = (id: string, status = 'PROGRESS', more: object = {}): CrmOpportunity =>
  crmOpportunity.parse({ id, status, ...more })
const many = (count: number): CrmOpportunity[] =>
  Array.from({ length: count }, (_, index) => opportunityOf(`o${index}`))

interface ListedCrm {
  readonly listed: readonly CrmOpportunity[]
  readonly sample?: readonly CrmOpportunity[]
  /** What the CRM shows of one that is asked for. */
  readonly single?: readonly CrmOpportunity[]
  readonly isComplete?: boolean
  readonly unread?: number
}
function crmOf({ listed, sample = [], single = [], isComplete = true, unread = 0 }: ListedCrm) {
  const asked: (string | undefined)[] = []
  return {
    asked,
    listOpportunities: async ({ filter }: Parameters<TotvsCrmClient['listOpportunities']>[0]) => {
      asked.push(filter?.header)
      return await Promise.resolve({ items: listed, isComplete, unread })
    },
    sampleOpportunities: () => Promise.resolve([...sample]),
    findOpportunity: async (id: string) => await Promise.resolve(single.find(each => each.id === id)),
  }
}

test('10,000 opportunities are read, and one more is too many, whether it can be read or not', async () => {
  const settings = { statusMap }
  expect(await readOpenOpportunities(crmOf({ listed: many(10_000) }), settings, [])).toMatchObject({ unread: 0 })
  for (const given of [{ listed: many(10_001) }, { listed: many(10_000), unread: 1 }])
    expect(await readOpenOpportunities(crmOf({ ...given, isComplete: false }), settings, [])).toEqual({
      refused: 'too-many',
    })
})

test('a list that was not read to its end is no list', async () => {
  const crm = crmOf({ listed: many(3), isComplete: false })
  expect(await readOpenOpportunities(crm, { statusMap }, [])).toEqual({ refused: 'incomplete' })
})

test('each open status is asked for, and the whole list where one of them cannot stand in a filter', async () => {
  const crm = crmOf({ listed: [] })
  await readOpenOpportunities(crm, { statusMap }, [])
  expect(crm.asked).toEqual(['{status->ieq->PROGRESS}', '{status->ieq->EM ESPERA}'])
  const spelled = crmOf({ listed: [opportunityOf('o', 'PROGRESS')] })
  expect(await readOpenOpportunities(spelled, { statusMap: { ' Progress ': 'open' } }, [])).toMatchObject({
    items: [{ id: 'o' }],
  })
  expect(spelled.asked).toEqual(['{status->ieq->Progress}'])
  const other = crmOf({ listed: [] })
  await readOpenOpportunities(other, { statusMap: { ...statusMap, 'EM NEGOCIAÇÃO': 'open' } }, [])
  expect(other.asked).toEqual([undefined])
})

test('a known one that is missing stops it only if TOTVS CRM still shows it as open', async () => {
  const read = (given: ListedCrm, known: readonly string[]) => readOpenOpportunities(crmOf(given), { statusMap }, known)
  const missing = opportunityOf('m')
  expect(await read({ listed: [], single: [missing] }, ['m'])).toEqual({ refused: 'missing', id: 'm' })
  expect(await read({ listed: [], sample: [missing], single: [missing] }, [])).toEqual({ refused: 'missing', id: 'm' })
  for (const single of [[], [opportunityOf('m', 'WON')]])
    expect(await read({ listed: [], sample: [missing], single }, ['m'])).toEqual({ items: [], unread: 0 })
  expect(await read({ listed: [opportunityOf('m', 'WON')], single: [missing] }, ['m'])).toMatchObject({ items: [] })
})

const moment = fc.integer({ min: Date.UTC(2020), max: Date.UTC(2030) })
const offset = fc.integer({ min: -14 * 60, max: 14 * 60 })

test('the zone in which TOTVS CRM writes the time of creation changes nothing', () => {
  fc.assert(
    fc.property(moment, moment, offset, (created, at, minutes) => {
      const sign = minutes < 0 ? '-' : '+'
      const [hour, minute] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
      const zone = `${sign}${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
      const createdAt = `${new Date(created + minutes * 60_000).toISOString().slice(0, -1)}${zone}`
      const { before, since, doubtful } = splitByCreation([opportunityOf('o', 'PROGRESS', { createdAt })], at)
      expect([before.length, since.length, doubtful]).toEqual(created < at ? [1, 0, []] : [0, 1, []])
    }),
  )
})

test('whatever the time of creation is, an opportunity is before or since, and never both', () => {
  fc.assert(
    fc.property(fc.anything(), moment, (createdAt, at) => {
      const { before, since } = splitByCreation([opportunityOf('o', 'PROGRESS', { createdAt })], at)
      expect(before.length + since.length).toBe(1)
    }),
  )
})

test.each([
  [undefined, 'no-time'],
  ['ontem', 'unreadable-time'],
  // By Brasília's time 3 hours later.
  ['2026-11-29T11:00:00', 'no-zone'],
])('an opportunity that was created at %j is doubtful, and counts as new: %s', (createdAt, why) => {
  const { since, doubtful } = splitByCreation([opportunityOf('o', 'PROGRESS', { createdAt })], now)
  expect([since.length, doubtful]).toEqual([1, [{ id: 'o', why }]])
})

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
