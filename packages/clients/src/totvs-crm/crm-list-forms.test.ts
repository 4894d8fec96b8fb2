import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readAllPages, readPage } from './crm-list.ts'

const record = z.looseObject({ id: z.string() })

/** How a CRM gives a list. */
interface ListForm {
  /** How many records there are. */
  readonly total: number
  /** The size of the CRM's own page: it sends no more at once, whatever `pageSize` asks for. */
  readonly pageSize: number
  /** `ignored`: each page is the first one. */
  readonly page: 'obeyed' | 'ignored'
  /** What the CRM answers after the last page. */
  readonly pastEnd: 'empty' | 'last page'
  readonly form: 'bare' | 'items'
  readonly hasNext: 'absent' | 'boolean' | 'text' | 'null'
  readonly count: 'absent' | 'total' | 'text' | 'of the page' | 'empty text' | 'unknown' | 'null'
}

const anyForm: fc.Arbitrary<ListForm> = fc.record({
  total: fc.oneof(fc.nat({ max: 25 }), fc.nat({ max: 250 })),
  pageSize: fc.oneof(fc.constantFrom(10, 20, 50, 100, 200), fc.integer({ min: 10, max: 120 })),
  page: fc.constantFrom('obeyed', 'ignored'),
  pastEnd: fc.constantFrom('empty', 'last page'),
  form: fc.constantFrom('bare', 'items'),
  hasNext: fc.constantFrom('absent', 'boolean', 'text', 'null'),
  count: fc.constantFrom('absent', 'total', 'text', 'of the page', 'empty text', 'unknown', 'null'),
})

/**
 * A list of one page that comes again when the next one is asked for. Unless it is short, nobody can tell that from a CRM that ignores
 * `page`.
 */
const looksIgnored = ({ total, pageSize, pastEnd }: ListForm): boolean =>
  pastEnd === 'last page' && total >= 10 && total <= pageSize

/** Includes small pages, which are read to their end only where `page` is obeyed. */
const anyObeyingForm: fc.Arbitrary<ListForm> = fc
  .tuple(anyForm, fc.integer({ min: 1, max: 12 }))
  .map(([form, size]): ListForm => ({ ...form, page: 'obeyed', pageSize: Math.max(size, Math.ceil(form.total / 90)) }))
  .filter(form => !looksIgnored(form))

const idOf = (index: number) => `r${index}`

function bodyOf(list: ListForm, asked: number): unknown {
  const last = Math.max(1, Math.ceil(list.total / list.pageSize))
  const number = list.page === 'ignored' ? 1 : list.pastEnd === 'last page' ? Math.min(asked, last) : asked
  const start = (number - 1) * list.pageSize
  const length = Math.max(0, Math.min(list.pageSize, list.total - start))
  const items = Array.from({ length }, (_, index) => ({ id: idOf(start + index) }))
  if (list.form === 'bare') return items
  const hasNext = start + items.length < list.total
  return {
    items,
    ...{ absent: {}, boolean: { hasNext }, text: { hasNext: String(hasNext) }, null: { hasNext: null } }[list.hasNext],
    ...{
      absent: {},
      total: { count: list.total },
      text: { count: String(list.total) },
      'of the page': { count: items.length },
      'empty text': { count: '' },
      unknown: { count: -1 },
      null: { count: null },
    }[list.count],
  }
}

async function lookUp(list: ListForm, id: string) {
  let calls = 0
  const records = await readAllPages(
    record,
    async number => {
      calls += 1
      const page = readPage(bodyOf(list, number))
      if (page === undefined) throw new Error('unreadable')
      return page
    },
    { isWanted: item => item.id === id, endsWhenFound: true },
  )
  return { isComplete: records?.isComplete, isFound: records?.items[0]?.id === id, calls }
}

test('a record that exists is found or the list is incomplete, in whatever form the CRM gives its lists', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(anyForm, anyObeyingForm), fc.nat(), async (list, index) => {
      fc.pre(list.total > 0)
      const { isComplete, isFound } = await lookUp(list, idOf(index % list.total))
      expect(isFound || isComplete === false).toBe(true)
    }),
    { numRuns: 600 },
  )
})

test('a CRM that obeys `page` is read to the end of its list, in whatever form: every record is found, and no other exists', async () => {
  await fc.assert(
    fc.asyncProperty(anyObeyingForm, fc.nat(), async (list, index) => {
      const wanted = list.total === 0 ? 'nobody' : idOf(index % list.total)
      expect((await lookUp(list, wanted)).isFound).toBe(list.total > 0)
      expect(await lookUp(list, 'nobody')).toMatchObject({ isComplete: true, isFound: false })
    }),
    { numRuns: 200 },
  )
})

test('a CRM that says `hasNext` is asked for no page more than it has', async () => {
  await fc.assert(
    fc.asyncProperty(anyObeyingForm, fc.constantFrom('boolean' as const, 'text' as const), async (form, hasNext) => {
      const list: ListForm = { ...form, form: 'items', hasNext }
      const pages = Math.max(1, Math.ceil(list.total / list.pageSize))
      expect((await lookUp(list, 'nobody')).calls).toBe(pages)
    }),
  )
})

test('a list is complete up to the number of records that is asked for, however small its pages are', async () => {
  const mostRecords = 200
  const read = async (list: ListForm) => {
    const fetchPage = async (number: number) => {
      const page = readPage(bodyOf(list, number))
      if (page === undefined) throw new Error('the page cannot be read')
      return await Promise.resolve(page)
    }
    const most = { mostRecords, mostPages: 2 * mostRecords }
    return (await readAllPages(record, fetchPage, most)) ?? { items: [], isComplete: false }
  }
  await fc.assert(
    fc.asyncProperty(anyObeyingForm, fc.integer({ min: -20, max: 20 }), async (form, more) => {
      const list = { ...form, pageSize: Math.max(5, form.pageSize % 13), total: mostRecords + more }
      fc.pre(!looksIgnored(list))
      const { items, isComplete } = await read(list)
      expect(isComplete).toBe(list.total <= mostRecords)
      if (isComplete) expect(items).toHaveLength(list.total)
      else expect(items.length).toBeLessThanOrEqual(mostRecords + list.pageSize)
    }),
  )
})
