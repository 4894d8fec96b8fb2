export type Quota = ReturnType<typeof createQuota>

const MINUTE_MS = 60_000

/** One budget of an account: what was admitted lately, and how many calls ever came within 60 s. */
export function createQuota() {
  let admitted: number[] = []
  let arrivals: number[] = []
  const statistics = { calls: 0, refused: 0, maxPerMinute: 0 }

  return {
    /** Counts a call, whatever becomes of it. */
    arrive(now: number): void {
      arrivals = arrivals.filter(at => at > now - MINUTE_MS)
      arrivals.push(now)
      statistics.calls += 1
      statistics.maxPerMinute = Math.max(statistics.maxPerMinute, arrivals.length)
    },
    /** Admits a call, or says in how many milliseconds there will be room. */
    admit(now: number, limit: number, windowMs: number): number {
      admitted = admitted.filter(at => at > now - windowMs)
      if (admitted.length < limit) {
        admitted.push(now)
        return 0
      }
      statistics.refused += 1
      return (admitted[0] ?? now) + windowMs - now
    },
    usage: () => admitted.length,
    statistics: () => ({ ...statistics }),
  }
}
