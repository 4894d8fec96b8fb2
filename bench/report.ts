/** The middle one; half of the runs were faster. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Milliseconds that the work took. */
export async function time(work: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** Runs both turn by turn, so that a busy moment of the machine meets both, and prints the medians and their ratio. */
export async function compare(
  title: string,
  rounds: number,
  { base, ours }: { base: [name: string, work: () => unknown]; ours: [name: string, work: () => unknown] },
): Promise<void> {
  const times: { base: number[]; ours: number[] } = { base: [], ours: [] }
  for (let round = 0; round < rounds; round++) {
    times.base.push(await time(base[1]))
    times.ours.push(await time(ours[1]))
  }
  const [baseMs, oursMs] = [median(times.base), median(times.ours)]
  console.log(`${title}: ${(oursMs / baseMs).toFixed(2)} ×`)
  console.log(
    `  ${ours[0]} ${oursMs.toFixed(1)} ms, ${base[0]} ${baseMs.toFixed(1)} ms (medians of ${rounds} turns each)`,
  )
}
