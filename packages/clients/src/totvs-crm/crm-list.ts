import { createHash } from 'node:crypto'
import { crmFlag, TransientFailure } from '@ponte/contracts'
import { z } from 'zod'
import { type CrmFilter, fits } from './crm-filter.ts'

/** One page of a list: the raw items and, if the CRM says so, whether there are more. */
export interface CrmPage {
  readonly items: readonly unknown[]
  readonly hasNext: boolean | undefined
  /** How many items the whole list has. A CRM may count only those of the page. */
  readonly count: number | undefined
}

/** 10,000 records. */
const MAX_PAGES = 100
export const PAGE_SIZE = 100
const MAX_RECORDS = MAX_PAGES * PAGE_SIZE
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

/** The records that were kept. If the list is incomplete, records that are not among `items` may still exist. */
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

export interface ListReading<Item> {
  /** Of other records only the id is kept. Default: all are wanted. */
  readonly isWanted?: ((item: Item) => boolean) | undefined
  /** The reading ends after a page with a wanted record. */
  readonly endsWhenFound?: boolean
  /** The reading ends, and the list counts as incomplete, at a page that shows that the CRM ignores this filter. */
  readonly filter?: CrmFilter | undefined
  readonly mostPages?: number | undefined
  /** The reading ends once there are more, and the list counts as incomplete. */
  readonly mostRecords?: number | undefined
  readonly onFound?: ((found: FoundRecord<Item>) => void) | undefined
  /** Default: the one of the process. */
  readonly memory?: ListMemory | undefined
}

/**
 * Reads a list page by page, from 1, until it ends. Each wanted record is returned once. Records that do not match the schema are left out;
 * if none matches, the result is undefined. A CRM that ignores `page` sends the same page again and again, so a page without a new record
 * ends the reading. So does more than there is memory for. Throws a TransientFailure when other lists fill the memory for lists of the process.
 */
export async function readAllPages<Item extends { id: string }>(
  schema: z.ZodType<Item>,
  fetchPage: (page: number) => Promise<CrmPage>,
  reading: ListReading<Item> = {},
): Promise<ReadRecords<Item> | undefined> {
  const { mostPages = MAX_PAGES, mostRecords = MAX_RECORDS, endsWhenFound = false, memory = processMemory } = reading
  const space = memory.openList()
  try {
    const list = openList(schema, space, { ...reading, mostRecords })
    let [longestPage, pagesWithNew, isComplete] = [0, 0, false]
    for (let number = 1; number <= mostPages; number += 1) {
      // Pages cannot be read in parallel: only the answer says whether there is a next one.
      const page = await fetchPage(number)
      const { isNew, isBroken } = list.add(page)
      if (isNew) pagesWithNew += 1
      isComplete = !isBroken && isEnd(page, { records: list.size(), longestPage, pagesWithNew, isNew })
      longestPage = Math.max(longestPage, page.items.length)
      // A CRM may apply the filter after paging. An empty page is then not the end if the CRM says that more follow.
      const isStuck = !isNew && !(page.items.length === 0 && page.hasNext === true)
      if (isComplete || isBroken || isStuck || (endsWhenFound && list.items.length > 0)) break
    }
    return list.end(isComplete)
  } finally {
    space.close()
  }
}

function openList<Item extends { id: string }>(
  schema: z.ZodType<Item>,
  space: ListSpace,
  {
    isWanted = () => true,
    filter,
    mostRecords,
    onFound,
  }: Pick<ListReading<Item>, 'isWanted' | 'filter' | 'onFound'> & { readonly mostRecords: number },
) {
  const items: Item[] = []
  /** Identifies each record, also those that cannot be read. */
  const seen = new Set<string>()
  let readable = 0

  /** Whether the record can be kept, if it is wanted. */
  function addRecord(stored: unknown, isAlone: boolean): 'fits' | 'other' | 'list-full' {
    const parsed = schema.safeParse(stored)
    const before = seen.size
    seen.add(parsed.success ? shortened(parsed.data.id) : digestOf(jsonOf(stored) ?? ''))
    if (seen.size > mostRecords) return 'list-full'
    const isOfFilter = filter !== undefined && fits(filter, stored)
    if (!parsed.success) return isOfFilter ? 'fits' : 'other'
    const item = parsed.data
    const isKept = isWanted(item)
    if (seen.size > before) {
      readable += 1
      onFound?.({ item, stored, isAlone })
      if (isKept) {
        const place = space.keep(bytesOf(item))
        if (place === 'all-full') throw new TransientFailure('CRM_LIST_INCOMPLETE', { system: 'totvs-crm' })
        if (place === 'list-full') return place
        items.push(item)
      }
    }
    return isKept || isOfFilter ? 'fits' : 'other'
  }

  return {
    items,
    size: () => seen.size,
    /** `isBroken`: nothing can be concluded from this list. */
    add(page: CrmPage): { readonly isNew: boolean; readonly isBroken: boolean } {
      const before = seen.size
      let hasFitting = false
      for (const stored of page.items) {
        const added = addRecord(stored, page.items.length === 1)
        if (added === 'list-full') return { isNew: true, isBroken: true }
        hasFitting ||= added === 'fits'
      }
      const isIgnored = filter !== undefined && isFull(page, seen.size) && !hasFitting
      return { isNew: seen.size > before, isBroken: isIgnored }
    },
    end: (isComplete: boolean): ReadRecords<Item> | undefined =>
      seen.size > 0 && readable === 0 ? undefined : { items, isComplete, unread: seen.size - readable },
  }
}

/** No id that the CRM gives is longer (`isRecordId`). */
const MAX_ID = 64
const shortened = (id: string): string => (id.length > MAX_ID ? digestOf(id) : id)
const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64')
function bytesOf(item: unknown): number {
  const json = jsonOf(item)
  return json === undefined ? Infinity : Buffer.byteLength(json)
}
/** Undefined for what is nested too deeply to be written. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** Whether the page is as long as it may be, so that the list goes on after it. */
const isFull = (page: CrmPage, records: number): boolean =>
  (saysMore(page, records) && page.items.length >= SMALLEST_PAGE) ||
  (page.hasNext === undefined && page.items.length >= PAGE_SIZE)

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

const KIBIBYTE = 1024
const MEBIBYTE = 1024 * KIBIBYTE

export interface ListLimits {
  /** Bytes of the records that are kept of one list, and of all lists that the process reads at that time. */
  readonly ofList: number
  readonly ofAll: number
  /**
   * The first bytes of each list, which do not count as `ofAll`: the number of jobs limits them. So a look-up, which keeps a few records, never
   * waits for the long lists of others.
   */
  readonly uncounted: number
}

/** What is kept of one list that is being read. */
export interface ListSpace {
  /** Keeps a record of so many bytes, or says what it is too much for. */
  keep(bytes: number): 'kept' | 'list-full' | 'all-full'
  /** The list was read. */
  close(): void
}

export type ListMemory = ReturnType<typeof createListMemory>

/** Limits what lists hold in memory, however much a CRM sends. */
export function createListMemory({ ofList, ofAll, uncounted }: ListLimits) {
  const countedOf = (held: number): number => Math.max(0, held - uncounted)
  let countedOfAll = 0
  return {
    openList(): ListSpace {
      let held = 0
      return {
        keep(bytes) {
          if (held + bytes > ofList) return 'list-full'
          const counted = countedOf(held + bytes) - countedOf(held)
          if (counted > 0 && countedOfAll + counted > ofAll) return 'all-full'
          held += bytes
          countedOfAll += counted
          return 'kept'
        },
        close() {
          countedOfAll -= countedOf(held)
          held = 0
        },
      }
    },
  }
}

/**
 * 10,000 opportunities, the most that a list may have, take 7 to 12 MiB as a list keeps them: the longest descriptions make the difference. A
 * container has 512 MiB (docker-compose.yml).
 */
export const processMemory = createListMemory({ ofList: 16 * MEBIBYTE, ofAll: 24 * MEBIBYTE, uncounted: 64 * KIBIBYTE })
