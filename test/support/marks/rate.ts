/**
 * How many a minute, as the slope of the line that fits the times best (milliseconds since 1970): on a busy machine the last one may
 * be late by itself.
 */
export function rateOf(times: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanTime, meanIndex] = [mean(times), (times.length - 1) / 2]
  const products = times.map((time, index) => (time - meanTime) * (index - meanIndex))
  const squares = times.map(time => (time - meanTime) ** 2)
  return (mean(products) / mean(squares)) * 60_000
}
