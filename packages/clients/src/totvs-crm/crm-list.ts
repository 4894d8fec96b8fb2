import { z } from 'zod'
import { readItems } from '../http/read-items.ts'

/** One answer to a list: the raw items and, where the CRM says so, whether there are more. */
export interface CrmPage {
  readonly items: readonly unknown[]
  readonly hasNext: boolean | undefined
  /** Of all items, not of this page. */
  readonly count: number | undefined
}

/** 10,000 records. A look-up that brings more than that has a filter that the CRM does not apply. */
const MAX_PAGES = 100
export const PAGE_SIZE = 100

const wrapped = z.looseObject({
  items: z.array(z.unknown()),
  hasNext: z.boolean().nullish().catch(undefined),
  count: z.coerce.number().nullish().catch(undefined),
})

/** `{items,hasNext}`, `{items,count}` or `[…]` (SPEC §8); nothing for everything else. */
export function readPage(body: unknown): CrmPage | undefined {
  if (Array.isArray(body)) return { items: body, hasNext: undefined, count: undefined }
  const parsed = wrapped.safeParse(body)
  if (!parsed.success) return undefined
  return { items: parsed.data.items, hasNext: parsed.data.hasNext ?? undefined, count: parsed.data.count ?? undefined }
}

/** What could be read of a list. Where it was not read to its end, a record that is not among `items` may exist all the same. */
export interface CrmRecords<Item> {
  readonly items: readonly Item[]
  readonly isComplete: boolean
}

/**
 * The records of a list, page by page (from 1), each once, until there are no more or one is found that is wanted. Records that
 * cannot be read are left out; when none of several can be read, the list is nothing. A CRM that ignores `page` repeats the
 * first page for ever: a page without a new record ends the reading, and the list is incomplete where the CRM says that there is more.
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
    // One after the other: whether there is a next page is in the answer.
    const page = await fetchPage(number)
    const before = found.size
    for (const item of readItems(schema, page.items) ?? []) if (!found.has(item.id)) found.set(item.id, item)
    received += page.items.length
    isComplete = isEnd(page, { received, isRepeated: page.items.length > 0 && found.size === before })
    // A CRM may filter after it has cut the list into pages: then a page without records is no end where it says that more follow.
    const isStuck = found.size === before && !(page.items.length === 0 && page.hasNext === true)
    if (isComplete || isStuck || [...found.values()].some(isWanted)) break
  }
  return received > 0 && found.size === 0 ? undefined : { items: [...found.values()], isComplete }
}

/** As the CRM says. One that does not say has more where the page is full; one that ignores the size of a page as well sends all. */
export function isEnd({ items, hasNext, count }: CrmPage, seen: { received: number; isRepeated: boolean }): boolean {
  if (hasNext !== undefined) return !hasNext
  if (count !== undefined) return count <= seen.received
  return items.length < PAGE_SIZE || (seen.isRepeated && items.length > PAGE_SIZE)
}
