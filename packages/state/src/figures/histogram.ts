/** How many times fell into each bucket. A bucket without any is absent. */
export type Histogram = ReadonlyMap<number, number>

/** The upper edge of bucket 0, and the factor from each bucket's upper edge to the next. A quantile is right to within 10 %. */
const FIRST_MS = 10
const GROWTH = 1.2
/** Its upper edge is about a month. Longer times are counted in it, too. */
const LAST_BUCKET = 107

/** The bucket of a time. A negative time, because a clock was set back, is in the first. */
export function bucketOf(ms: number): number {
  if (!(ms > FIRST_MS)) return 0
  return Math.min(LAST_BUCKET, Math.ceil(Math.log(ms / FIRST_MS) / Math.log(GROWTH)))
}

const upperEdgeMs = (bucket: number): number => FIRST_MS * GROWTH ** bucket

/**
 * The time, in milliseconds, that the share `quantile` (0 to 1) of all times do not exceed: 0.5 is the median. Undefined when there are
 * none.
 */
export function quantileMs(histogram: Histogram, quantile: number): number | undefined {
  const buckets = [...histogram].toSorted(([one], [other]) => one - other)
  const all = buckets.reduce((sum, [, count]) => sum + count, 0)
  if (all === 0) return undefined
  const wanted = Math.max(0, Math.min(1, quantile)) * all
  let before = 0
  for (const [bucket, count] of buckets) {
    if (before + count >= wanted) return within(bucket, (wanted - before) / count)
    before += count
  }
  return upperEdgeMs(buckets.at(-1)?.[0] ?? 0)
}

/** Assumes that the times in a bucket are spread evenly on a logarithmic scale. */
const within = (bucket: number, share: number): number => upperEdgeMs(bucket - 1 + share)
