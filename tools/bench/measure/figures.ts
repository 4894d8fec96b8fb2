/** The middle of several measurements, and the two between which half of them lie. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** One line of a row: how much of something Ponte took, and its bare counterpart. */
export interface Figure {
  readonly what: string
  readonly unit: string
  readonly ponte: Spread
  /** Absent where there is nothing to compare with. */
  readonly bare?: Spread
  /** Of the medians. Absent where the counterpart has none of it. */
  readonly ratio?: number
}

/** What one turn measured, by the name of the figure. */
export type Sample = Readonly<Record<string, number>>

/** The value that half of them do not exceed; of an even number the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

/** The value below which this share of them lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const spreadOf = (values: readonly number[]): Spread => ({
  median: medianOf(values),
  low: percentile(values, 0.25),
  high: percentile(values, 0.75),
})

/** Runs both turn by turn, so that a busy moment of the machine meets both. The first turn of each warms up and does not count. */
export async function takeTurns(
  turns: number,
  sides: { readonly ponte: () => Promise<Sample>; readonly bare?: () => Promise<Sample> },
  units: Readonly<Record<string, string>>,
): Promise<Figure[]> {
  const samples: { ponte: Sample[]; bare: Sample[] } = { ponte: [], bare: [] }
  for (let turn = 0; turn <= turns; turn += 1) {
    const bare = await sides.bare?.()
    const ponte = await sides.ponte()
    if (turn === 0) continue
    samples.ponte.push(ponte)
    if (bare !== undefined) samples.bare.push(bare)
  }
  return Object.entries(units).map(([what, unit]) => {
    const of = (taken: readonly Sample[]): Spread => spreadOf(taken.map(sample => sample[what] ?? Number.NaN))
    const ponte = of(samples.ponte)
    if (samples.bare.length === 0) return { what, unit, ponte }
    const bare = of(samples.bare)
    return { what, unit, ponte, bare, ...(bare.median !== 0 && { ratio: ponte.median / bare.median }) }
  })
}

const format = (value: number): string =>
  new Intl.NumberFormat('en', { maximumSignificantDigits: value < 1000 ? 3 : 4 }).format(value)
const formatSpread = ({ median, low, high }: Spread, unit: string): string =>
  low === high ? `${format(median)} ${unit}` : `${format(median)} ${unit} (${format(low)}–${format(high)})`

/** `0.54 ×  leads a second: Ponte 264 /s (260–270), bare 490 /s (481–495)` */
export function describeFigure({ what, unit, ponte, bare, ratio }: Figure): string {
  const first = ratio === undefined ? '' : `${ratio.toFixed(2)} ×`
  const sides = [`Ponte ${formatSpread(ponte, unit)}`, ...(bare ? [`bare ${formatSpread(bare, unit)}`] : [])]
  return `  ${first.padStart(7)}  ${what}: ${sides.join(', ')}`
}
