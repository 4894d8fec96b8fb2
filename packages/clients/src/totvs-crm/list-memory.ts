const KIBIBYTE = 1024
const MEBIBYTE = 1024 * KIBIBYTE

export interface ListLimits {
  /** Bytes of the records that are kept of one list, and of all lists that the process reads at that time. */
  readonly ofList: number
  readonly ofAll: number
  /**
   * The first bytes of each list, which do not count as `ofAll`: the number of jobs limits them. So a look-up, which keeps a few records, never
   * waits for the long lists of others.
   */
  readonly uncounted: number
}

/** What is kept of one list that is being read. */
export interface ListSpace {
  /** Keeps a record of so many bytes, or says what it is too much for. */
  keep(bytes: number): 'kept' | 'list-full' | 'all-full'
  /** The list was read. */
  close(): void
}

export type ListMemory = ReturnType<typeof createListMemory>

/** Limits what lists hold in memory, however much a CRM sends. */
export function createListMemory({ ofList, ofAll, uncounted }: ListLimits) {
  const countedOf = (held: number): number => Math.max(0, held - uncounted)
  let countedOfAll = 0
  return {
    openList(): ListSpace {
      let held = 0
      return {
        keep(bytes) {
          if (held + bytes > ofList) return 'list-full'
          const counted = countedOf(held + bytes) - countedOf(held)
          if (counted > 0 && countedOfAll + counted > ofAll) return 'all-full'
          held += bytes
          countedOfAll += counted
          return 'kept'
        },
        close() {
          countedOfAll -= countedOf(held)
          held = 0
        },
      }
    },
  }
}

/**
 * 10,000 opportunities, the most that a list may have, take 7 to 12 MiB as a list keeps them: the longest descriptions make the difference. A
 * container has 512 MiB (docker-compose.yml).
 */
export const processMemory = createListMemory({ ofList: 16 * MEBIBYTE, ofAll: 24 * MEBIBYTE, uncounted: 64 * KIBIBYTE })
