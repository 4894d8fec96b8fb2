const MINUTE_MS = 60_000
const units: Readonly<Record<string, number>> = { m: MINUTE_MS, h: 60 * MINUTE_MS, d: 24 * 60 * MINUTE_MS }
/** What is recorded of opportunities is kept for 400 days. */
const LONGEST_MS = 400 * 24 * 60 * MINUTE_MS

/** `90m`, `36h` or `2d` in milliseconds: from a minute to 400 days. Undefined for anything else. */
export function readDuration(text: string): number | undefined {
  const { count, unit } = /^(?<count>[1-9]\d{0,5})(?<unit>[mhd])$/.exec(text.slice(0, 20))?.groups ?? {}
  const ms = Number(count) * (units[unit ?? ''] ?? Number.NaN)
  return ms <= LONGEST_MS ? ms : undefined
}
