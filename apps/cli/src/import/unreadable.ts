import type { Reason } from './source.ts'

interface Range {
  readonly from: number
  to: number
}

/** The records that cannot be read, by reason. Neighbours are kept as one range, so that a bad file costs no memory. */
export function createUnreadable() {
  const ranges = new Map<Reason, Range[]>()
  let count = 0
  return {
    add(record: number, reason: Reason): void {
      count += 1
      const own = ranges.get(reason)
      const last = own?.at(-1)
      if (last?.to === record - 1) last.to = record
      else if (own === undefined) ranges.set(reason, [{ from: record, to: record }])
      else own.push({ from: record, to: record })
    },
    count: () => count,
    list: () => [...ranges].map(([reason, records]) => ({ reason, records })),
  }
}

export type Unreadable = ReturnType<typeof createUnreadable>
