/** A list with at least one element. */
export type NonEmpty<Item> = readonly [Item, ...Item[]]

export function mapNonEmpty<Item, Result>(
  [first, ...others]: NonEmpty<Item>,
  change: (item: Item) => Result,
): NonEmpty<Result> {
  return [change(first), ...others.map(item => change(item))]
}
