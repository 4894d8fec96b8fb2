import { crmFlag } from '@ponte/contracts'
import { z } from 'zod'

/** A value for the header `Integration-Filter`. Only `filterOf` makes one, so an unsafe value cannot be sent. */
export type CrmFilter = z.infer<typeof crmFilter>
const crmFilter = z.string().brand<'CrmFilter'>()

interface FilterTerm {
  /** Name in the CRM, e.g. `emails.email`. */
  readonly field: string
  /** `ieq` compares without case; `ge` is "not before" of a time. */
  readonly op: 'eq' | 'ieq' | 'ge'
  readonly value: string
}

/**
 * `{field->op->value}` for each term. A record must match all of them (docs/vendors/totvs-crm.md#filters). Undefined when a value is not
 * safe in a filter: TOTVS CRM documents no escaping, and a header can hold only ASCII.
 */
export function filterOf(...terms: FilterTerm[]): CrmFilter | undefined {
  if (terms.length === 0 || !terms.every(({ value }) => isSafe(value))) return undefined
  return crmFilter.parse(terms.map(({ field, op, value }) => `{${field}->${op}->${value}}`).join(''))
}

const isSafe = (value: string): boolean => /^[\x20-\x7e]+$/.test(value) && !/[{}]|->|\|\||&&/.test(value)

/** One page of a list: the raw items and, if the CRM says so, whether there are more. */
export interface CrmPage {
  readonly items: readonly unknown[]
  readonly hasNext: boolean | undefined
  /** How many items the whole list has. A CRM may count only those of the page. */
  readonly count: number | undefined
}

/** 10,000 records. If a look-up finds more, the CRM ignores its filter. */
const MAX_PAGES = 100
export const PAGE_SIZE = 100
/** TOTVS's API standard gives 10 records a page unless it is asked for more (docs/vendors/totvs-crm.md#lists-and-pages). */
const SMALLEST_PAGE = 10

const count = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ])
  .pipe(z.int().min(0))
const wrapped = z.looseObject({
  items: z.array(z.unknown()),
  hasNext: crmFlag,
  count: count.optional().catch(undefined),
})

/** `{items,hasNext}`, `{items,count}` or `[…]` (docs/vendors/totvs-crm.md#lists-and-pages); undefined for anything else. */
export function readPage(body: unknown): CrmPage | undefined {
  if (Array.isArray(body)) return { items: body, hasNext: undefined, count: undefined }
  const parsed = wrapped.safeParse(body)
  if (!parsed.success) return undefined
  return { items: parsed.data.items, hasNext: parsed.data.hasNext, count: parsed.data.count }
}

/** The records that were read. If the list is incomplete, records that are not among `items` may still exist. */
export interface CrmRecords<Item> {
  readonly items: readonly Item[]
  readonly isComplete: boolean
}

export interface ReadRecords<Item> extends CrmRecords<Item> {
  /** How many records of the list cannot be read and are not among `items`. */
  readonly unread: number
}

/** `stored`: as the CRM sent it. `isAlone`: nothing else is on its page, so the CRM found it by the filter. */
export interface FoundRecord<Item> {
  readonly item: Item
  readonly stored: unknown
  readonly isAlone: boolean
}

/**
 * Reads a list page by page, from 1, until it ends or a wanted record is found. Each record is returned once. Records that do not
 * match the schema are left out; if none matches, the result is undefined. A CRM that ignores `page` sends the same page again and
 * again, so a page without a new record ends the reading.
 */
export async function readAllPages<Item extends { id: string }>(
  schema: z.ZodType<Item>,
  fetchPage: (page: number) => Promise<CrmPage>,
  isWanted: (item: Item) => boolean = () => false,
  {
    mostPages = MAX_PAGES,
    mostRecords = Infinity,
    onFound,
  }: {
    readonly mostPages?: number | undefined
    /** The reading ends once there are more, and the list counts as incomplete. */
    readonly mostRecords?: number | undefined
    readonly onFound?: ((found: FoundRecord<Item>) => void) | undefined
  } = {},
): Promise<ReadRecords<Item> | undefined> {
  const found = new Map<string, Item>()
  /** Identifies each record, also those that cannot be read. */
  const seen = new Set<string>()
  let [longestPage, pagesWithNew, isComplete] = [0, 0, false]
  for (let number = 1; number <= mostPages; number += 1) {
    // Pages cannot be read in parallel: only the answer says whether there is a next one.
    const page = await fetchPage(number)
    const before = seen.size
    for (const item of page.items) {
      const parsed = schema.safeParse(item)
      seen.add(parsed.success ? parsed.data.id : JSON.stringify(item))
      if (!parsed.success || found.has(parsed.data.id)) continue
      found.set(parsed.data.id, parsed.data)
      onFound?.({ item: parsed.data, stored: item, isAlone: page.items.length === 1 })
    }
    const isNew = seen.size > before
    if (isNew) pagesWithNew += 1
    isComplete = seen.size <= mostRecords && isEnd(page, { records: seen.size, longestPage, pagesWithNew, isNew })
    longestPage = Math.max(longestPage, page.items.length)
    // A CRM may apply the filter after paging. An empty page is then not the end if the CRM says that more follow.
    const isStuck = !isNew && !(page.items.length === 0 && page.hasNext === true)
    if (isComplete || isStuck || seen.size > mostRecords || [...found.values()].some(isWanted)) break
  }
  const unread = seen.size - found.size
  return seen.size > 0 && found.size === 0 ? undefined : { items: [...found.values()], isComplete, unread }
}

/** Whether the CRM says that there are more records than these. */
export const saysMore = ({ hasNext, count: total = 0 }: CrmPage, records: number): boolean => hasNext ?? total > records

interface Seen {
  /** How many different records were read, this page's included. */
  readonly records: number
  /** The longest of the pages before this one. */
  readonly longestPage: number
  /** How many pages had a new record, this one included. */
  readonly pagesWithNew: number
  /** This page has a record that no page before it had. */
  readonly isNew: boolean
}

/**
 * Whether the list is complete with this page. Only `hasNext` is believed by itself. The size of a page proves nothing, because the CRM's
 * may be smaller than what Ponte asks for. A `count` proves nothing either, because it may be the page's.
 */
function isEnd(page: CrmPage, { records, longestPage, pagesWithNew, isNew }: Seen): boolean {
  if (page.hasNext !== undefined) return !page.hasNext
  if (saysMore(page, records)) return false
  if (isNew) return page.count === records && pagesWithNew > 1 && page.items.length < longestPage
  // If only the first page comes again, the CRM ignores `page`, and the rest cannot be read. A page below the smallest page size is the
  // whole list.
  return page.items.length === 0 || pagesWithNew > 1 || records < SMALLEST_PAGE
}
