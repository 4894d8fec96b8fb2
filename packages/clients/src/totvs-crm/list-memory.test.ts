import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { type ListReading, readAllPages, createListMemory, processMemory } from './crm-list.ts'
import { listedOpportunity } from './totvs-crm.ts'

const record = z.looseObject({ id: z.string() })
type Item = z.infer<typeof record>

/** Reads a list of pages with ten records, each of about `size` bytes. */
function readList(size: number, reading: ListReading<Item>, pages = 10) {
  const read = { pages: 0 }
  const fetchPage = async (number: number) => {
    read.pages += 1
    const items = Array.from({ length: 10 }, (_, index) => ({ id: `${number}-${index}`, text: 'x'.repeat(size) }))
    return await Promise.resolve({ items, hasNext: number < pages, count: undefined })
  }
  return { read, list: readAllPages(record, fetchPage, reading) }
}

test('a list that takes more than it may ends there, and is incomplete', async () => {
  const memory = createListMemory({ ofList: 50_000, ofAll: 1_000_000, uncounted: 0 })
  const { list, read } = readList(1000, { memory })
  expect(await list).toMatchObject({ isComplete: false, items: { length: 48 } })
  expect(read.pages).toBe(5)
})

test('of records that are not wanted no more than the id is kept, and they are no reason to stop', async () => {
  const memory = createListMemory({ ofList: 2000, ofAll: 2000, uncounted: 0 })
  const { list } = readList(1000, { memory, isWanted: ({ id }) => id === '7-3' })
  expect(await list).toMatchObject({ isComplete: true, unread: 0, items: [{ id: '7-3' }] })
})

test('while other lists fill the memory for lists of the process a list fails, to be read again later, and theirs does not', async () => {
  const memory = createListMemory({ ofList: 10_000, ofAll: 15_000, uncounted: 0 })
  const other = memory.openList()
  expect(other.keep(10_000)).toBe('kept')
  const { list } = readList(1000, { memory }, 1)
  await expect(list).rejects.toMatchObject({
    name: 'TransientFailure',
    code: 'CRM_LIST_INCOMPLETE',
    system: 'totvs-crm',
  })
  other.close()
  expect(await readList(900, { memory }, 1).list).toMatchObject({ isComplete: true, items: { length: 10 } })
})

test('while the longest lists of one company hold all memory for lists, a look-up of another one ends at once', async () => {
  const longest = Array.from({ length: 4 }, () => {
    const space = processMemory.openList()
    onTestFinished(space.close)
    while (space.keep(5_000) === 'kept');
    return space
  })
  expect(longest.map(space => space.keep(100_000))).not.toContain('kept')
  const { list } = readList(5_000, { endsWhenFound: true }, 3)
  expect(await list).toMatchObject({ items: { length: 10 } })
})

test('10,000 opportunities with the longest descriptions are a whole list', async () => {
  const reference = (id: string) => ({ id: `7391c70e-aeb8-4c68-bd5c-${id}`, description: 'Negociação ativa de planos' })
  const opportunityOf = (number: number) => ({
    id: `cdbba2a8-8ccd-4228-9617-${String(number).padStart(12, '0')}`,
    leadId: 'cdbba2a8-8ccd-4228-9617-6b0257b32077',
    userId: '0f3ac6dd-8ccd-4228-9617-6b0257b32077',
    description: 'ã'.repeat(255),
    status: 'PROGRESS',
    pipeline: reference('7b5d30cf4d1d'),
    stage: reference('7b5d30cf4d1e'),
    opportunityType: reference('7b5d30cf4d1f'),
    lossReason: reference('7b5d30cf4d20'),
    totalValue: 15_000.5,
    createdAt: '2026-11-24T12:00:00.000-03:00',
    updatedAt: '2026-11-24T12:00:00.000-03:00',
    customFields: 'x'.repeat(5000),
  })
  const fetchPage = (page: number) => {
    const items = Array.from({ length: 100 }, (_, index) => opportunityOf(page * 100 + index))
    return Promise.resolve({ items, hasNext: page < 100, count: undefined })
  }
  expect(await readAllPages(listedOpportunity, fetchPage)).toMatchObject({
    isComplete: true,
    items: { length: 10_000 },
  })
})

test('whatever lists keep, in whatever order they end, none holds more than it may, and all together neither', () => {
  const steps = fc.array(fc.record({ list: fc.nat({ max: 3 }), bytes: fc.option(fc.nat({ max: 60 })) }))
  fc.assert(
    fc.property(steps, all => {
      const memory = createListMemory({ ofList: 100, ofAll: 150, uncounted: 10 })
      const lists = Array.from({ length: 4 }, () => ({ space: memory.openList(), held: 0 }))
      for (const { list, bytes } of all) {
        const one = lists[list]
        if (one === undefined) continue
        const counted = (bytesOfList: number) => Math.max(0, bytesOfList - 10)
        const ofOthers = lists.reduce((sum, { held }) => sum + counted(held), 0) - counted(one.held)
        if (bytes === null) {
          one.space.close()
          one.held = 0
          continue
        }
        const fitsAll = one.held + bytes <= 10 || ofOthers + counted(one.held + bytes) <= 150
        expect(one.space.keep(bytes)).toBe(one.held + bytes > 100 ? 'list-full' : fitsAll ? 'kept' : 'all-full')
        if (one.held + bytes <= 100 && fitsAll) one.held += bytes
      }
    }),
  )
})

test.each([
  ['nested more deeply than can be written', `{"id":"a","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ['nested like this, and cannot be read', `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
])('a record that is %s ends no run', async (_what, text) => {
  const items: unknown[] = [JSON.parse(text), { id: 'b' }]
  const read = await readAllPages(record, () => Promise.resolve({ items, hasNext: false, count: undefined }))
  expect(read === undefined || read.items.every(({ id }) => id !== 'a')).toBe(true)
})

test('an id that is longer than any of the CRM is kept as its digest', async () => {
  const long = 'x'.repeat(100_000)
  const items = [{ id: `${long}a` }, { id: `${long}b` }, { id: `${long}a` }]
  const page = () => Promise.resolve({ items, hasNext: false, count: undefined })
  expect((await readAllPages(record, page))?.items).toHaveLength(2)
})
