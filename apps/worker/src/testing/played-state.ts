import type { Change, Step, ValueOf } from '@ponte/state'

type Parts = Pick<Step, 'changes' | 'readings'>

/** Plays Redis in memory, with what `runStep` does in a step whose locks are held. Nothing expires. */
export function createPlayedState() {
  const texts = new Map<string, string>()
  const sets = new Map<string, Map<string, number>>()
  const setOf = (key: string): Map<string, number> => sets.get(key) ?? new Map()

  function make({ kind, key, args }: Change): void {
    const [value = '', score = 0] = args
    const members = setOf(key)
    switch (kind) {
      case 'begin':
        if (!texts.has(key)) texts.set(key, String(value))
        return
      case 'set':
        return void texts.set(key, String(value))
      case 'remove':
        return void texts.delete(key)
      case 'remove-unless':
        if (texts.get(key) !== String(value)) texts.delete(key)
        return
      case 'add': {
        const keepsScore = args.at(-1) === 1 && members.has(String(value))
        if (!keepsScore) members.set(String(value), Number(score))
        return void sets.set(key, members)
      }
      case 'drop':
        return void members.delete(String(value))
      case 'release':
    }
  }

  const read: ValueOf = ({ parts, parse }) =>
    parse(
      parts.map(({ kind, key }) =>
        kind === 'members' ? [...setOf(key)].toSorted(([, one], [, other]) => one - other).flat() : texts.get(key),
      ),
    )

  return {
    read,
    /** Makes the changes, and returns what was read afterwards. */
    run({ changes = [], readings = [] }: Parts): ValueOf {
      for (const change of changes) make(change)
      const values = new Map(
        readings.map(reading => [
          reading,
          reading.parts.map(part => read({ parts: [part], parse: ([answer]) => answer })),
        ]),
      )
      return reading => {
        const answers = values.get(reading)
        if (answers === undefined) throw new TypeError('this was not read in the step')
        return reading.parse(answers)
      }
    },
  }
}
