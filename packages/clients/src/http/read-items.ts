import type { z } from 'zod'

/** The items that match the schema, or undefined when there are items and none matches. */
export function readItems<Item>(schema: z.ZodType<Item>, values: readonly unknown[]): Item[] | undefined {
  const items = values.flatMap(value => {
    const parsed = schema.safeParse(value)
    return parsed.success ? [parsed.data] : []
  })
  return items.length === 0 && values.length > 0 ? undefined : items
}
