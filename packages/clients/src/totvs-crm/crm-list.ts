import { z } from 'zod'
import { readItems } from '../http/read-items.ts'

/** One page of a list: the raw items and, if the CRM says so, whether there are more. */
export interface CrmPage {
  readonly items: readonly unknown[]
  readonly hasNext: boolean | undefined
  /** How many items the whole list has. */
  readonly count: number | undefined
}

/** 10,000 records. A look-up that finds more has a filter that the CRM ignores. */
const MAX_PAGES = 100
export const PAGE_SIZE = 100

const wrapped = z.looseObject({
  items: z.array(z.unknown()),
  hasNext: z.boolean().nullish().catch(undefined),
  count: z.coerce.number().nullish().catch(undefined),
})

/** `{items,hasNext}`, `{items,count}` or `[…]` (docs/vendors/totvs-crm.md#lists-and-pages); undefined for anything else. */
export function readPage(body: unknown): CrmPage | undefined {
  if (Array.isArray(body)) return { items: body, hasNext: undefined, count: undefined }
  const parsed = wrapped.safeParse(body)
  if (!parsed.success) return undefined
  return { items: parsed.data.items, hasNext: parsed.data.hasNext ?? undefined, count: parsed.data.count ?? undefined }
}

/** The records that were read. If the list is incomplete, records that are not among `items` may still exist. */
export interface CrmRecords<Item> {
  readonly items: readonly Item[]
  readonly isComplete: boolean
}

/**
 * Reads a list page by page, from 1, until it ends or a wanted record is found. Each record is returned once. Records that do not
 * match the schema are left out; if none matches, the result is undefined. A CRM that ignores `page` sends the same page again and
 * again, so a page without a new record ends the reading; the list is then incomplete if the CRM says that there is more.
 */
export async function readAllPages<Item extends { id: string }>(
  schema: z.ZodType<Item>,
  fetchPage: (page: number) => Promise<CrmPage>,
  isWanted: (item: Item) => boolean = () => false,
): Promise<CrmRecords<Item> | undefined> {
  const found = new Map<string, Item>()
  let received = 0
  let isComplete = false
  for (let number = 1; number <= MAX_PAGES; number += 1) {
    // Pages cannot be read in parallel: only the answer says whether there is a next one.
    const page = await fetchPage(number)
    const before = found.size
    for (const item of readItems(schema, page.items) ?? []) if (!found.has(item.id)) found.set(item.id, item)
    received += page.items.length
    isComplete = isEnd(page, { received, isRepeated: page.items.length > 0 && found.size === before })
    // A CRM may apply the filter after paging. An empty page is then not the end if the CRM says that more follow.
    const isStuck = found.size === before && !(page.items.length === 0 && page.hasNext === true)
    if (isComplete || isStuck || [...found.values()].some(isWanted)) break
  }
  return received > 0 && found.size === 0 ? undefined : { items: [...found.values()], isComplete }
}

/** Decided by what the CRM says. If it says nothing, a full page means that there is more, unless it ignores `pageSize` and sent everything. */
export function isEnd({ items, hasNext, count }: CrmPage, seen: { received: number; isRepeated: boolean }): boolean {
  if (hasNext !== undefined) return !hasNext
  if (count !== undefined) return count <= seen.received
  return items.length < PAGE_SIZE || (seen.isRepeated && items.length > PAGE_SIZE)
}
