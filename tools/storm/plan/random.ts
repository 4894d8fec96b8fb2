import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Draws that are the same for the same seed, on every machine. */
export function createRandom(seed: number) {
  const generator = xoroshiro128plus(seed)

  /** Both bounds included. */
  const between = (from: number, to: number): number => uniformInt(generator, from, to)

  function pick<Item>(items: readonly Item[]): Item {
    const item = items[between(0, items.length - 1)]
    if (item === undefined) throw new Error('there is nothing to pick from')
    return item
  }

  return {
    between,
    pick,
    /** True in so many of a hundred draws. */
    percent: (share: number): boolean => between(1, 100) <= share,
    /** Picks the name of an entry as often as its weight says. */
    weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
      return pick(namesOf(weights).flatMap(name => Array.from({ length: weights[name] }, () => name)))
    },
    shuffle<Item>(items: readonly Item[]): Item[] {
      const rest = [...items]
      return items.flatMap(() => rest.splice(between(0, rest.length - 1), 1))
    },
    /** A version 4 UUID. */
    uuid(): string {
      const hex = Array.from({ length: 32 }, () => between(0, 15).toString(16))
      hex[12] = '4'
      hex[16] = pick(['8', '9', 'a', 'b'])
      return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    },
  }
}

export type Random = ReturnType<typeof createRandom>

const namesOf = <Name extends string>(record: Readonly<Record<Name, unknown>>): Name[] => {
  const names: Name[] = []
  for (const name in record) names.push(name)
  return names
}
