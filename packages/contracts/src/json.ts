/** A plain object, not a list. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value of a JSON text; undefined when it is not JSON. Only for text that Ponte wrote, because hostile members are not removed. */
export function parseJson(text: string, reviver?: (name: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, reviver)
  } catch {
    return undefined
  }
}

/** A list with at least one element. */
export type NonEmpty<Item> = readonly [Item, ...Item[]]

export function mapNonEmpty<Item, Result>(
  [first, ...others]: NonEmpty<Item>,
  change: (item: Item) => Result,
): NonEmpty<Result> {
  return [change(first), ...others.map(item => change(item))]
}
