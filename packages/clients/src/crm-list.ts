import { z } from 'zod'
import { readItems } from './read-list.ts'

/** One answer to a list: the raw items and, where the CRM says so, whether there are more. */
export interface CrmPage {
  readonly items: readonly unknown[]
  readonly hasNext: boolean | undefined
  /** Of all items, not of this page. */
  readonly count: number | undefined
}

/** 10,000 records. A look-up that brings more than that asked for something else than it meant. */
const MAX_PAGES = 100
export const PAGE_SIZE = 100

const wrapped = z.looseObject({
  items: z.array(z.unknown()),
  hasNext: z.boolean().nullish().catch(undefined),
  count: z.coerce.number().nullish().catch(undefined),
})

/** `{items,hasNext}`, `{items,count}` or `[…]` (SPEC §8); nothing for everything else. */
export function readPage(body: unknown): CrmPage | undefined {
  if (Array.isArray(body)) return { items: body, hasNext: false, count: undefined }
  const parsed = wrapped.safeParse(body)
  if (!parsed.success) return undefined
  return { items: parsed.data.items, hasNext: parsed.data.hasNext ?? undefined, count: parsed.data.count ?? undefined }
}

/**
 * All records of a list, page by page (from 1), each once. Records that cannot be read are left out; when none of several
 * can be read, the list is nothing. A page without a new record ends it, as a CRM that ignores `page` repeats the first for ever.
 */
export async function readAllPages<Item extends { id: string }>(
  schema: z.ZodType<Item>,
  fetchPage: (page: number) => Promise<CrmPage>,
): Promise<Item[] | undefined> {
  const found = new Map<string, Item>()
  let received = 0
  for (let number = 1; number <= MAX_PAGES; number += 1) {
    // One after the other: whether there is a next page is in the answer.
    const page = await fetchPage(number)
    const before = found.size
    for (const item of readItems(schema, page.items) ?? []) if (!found.has(item.id)) found.set(item.id, item)
    received += page.items.length
    const more = page.hasNext ?? (page.count !== undefined && page.count > received)
    if (!more || found.size === before) break
  }
  return received > 0 && found.size === 0 ? undefined : [...found.values()]
}
