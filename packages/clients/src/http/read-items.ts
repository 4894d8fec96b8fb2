import type { z } from 'zod'

/** The items that can be read; nothing when there are items and none of them can. */
export function readItems<Item>(schema: z.ZodType<Item>, values: readonly unknown[]): Item[] | undefined {
  const items = values.flatMap(value => {
    const parsed = schema.safeParse(value)
    return parsed.success ? [parsed.data] : []
  })
  return items.length === 0 && values.length > 0 ? undefined : items
}
