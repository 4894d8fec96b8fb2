/** Work that no answer waits for. The shutdown waits for it. */
export interface Afterwards {
  /** Work that may fail: nothing depends on it. */
  add(work: Promise<unknown>): void
  /** Resolves when nothing is under way. */
  ended(): Promise<void>
}

/** Tasks are only counted, not stored, because there is one for each event. */
export function createAfterwards(): Afterwards {
  let underWay = 0
  let waiting: (() => void)[] = []
  const end = (): void => {
    underWay -= 1
    if (underWay > 0) return
    for (const resolve of waiting) resolve()
    waiting = []
  }
  return {
    add(work) {
      underWay += 1
      work.then(end, end)
    },
    async ended() {
      if (underWay > 0) await new Promise<void>(resolve => waiting.push(resolve))
    },
  }
}
