const MEBIBYTE = 1024 * 1024

export interface ListLimits {
  /** Bytes of the records that are kept of one list, and of all lists that the process reads at that time. */
  readonly ofList: number
  readonly ofAll: number
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
export function createListMemory({ ofList, ofAll }: ListLimits) {
  let heldByAll = 0
  return {
    openList(): ListSpace {
      let held = 0
      return {
        keep(bytes) {
          if (held + bytes > ofList) return 'list-full'
          if (heldByAll + bytes > ofAll) return 'all-full'
          held += bytes
          heldByAll += bytes
          return 'kept'
        },
        close() {
          heldByAll -= held
          held = 0
        },
      }
    },
  }
}

/** 10,000 opportunities as a list keeps them take about 4 MiB. */
export const processMemory = createListMemory({ ofList: 8 * MEBIBYTE, ofAll: 24 * MEBIBYTE })
