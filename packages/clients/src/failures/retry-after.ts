import type { IncomingHttpHeaders } from 'node:http'

/** When a system asks to wait without saying how long. */
const DEFAULT_WAIT_MS = 60_000
/** A wait of 0 would make the queue run in a tight loop. */
const MIN_WAIT_MS = 1_000
/** Longer than any quota of either system. A wrong header must not stop a queue for days. */
const MAX_WAIT_MS = 3_600_000

/** A number above this is a Unix time (2001 or later), not a number of seconds to wait. */
const EPOCH_SECONDS = 1_000_000_000

/** The most trusted header first. `retry-after-quotas` comes from RD Station's gateway (docs/vendors/rd-station.md#quotas). */
const HEADERS = ['retry-after', 'retry-after-quotas', 'ratelimit-reset'] as const

/** How many milliseconds the answer asks to wait, by a header or else by its body: 1 s to 1 h, and 60 s when it names none. */
export function readRetryAfterMs(headers: IncomingHttpHeaders, nowMs: number, secondsInBody?: number): number {
  const asked = HEADERS.map(name => readWait(String(headers[name] ?? '').trim(), nowMs)).find(
    wait => wait !== undefined,
  )
  const waitMs = asked ?? (secondsInBody === undefined ? DEFAULT_WAIT_MS : secondsInBody * 1_000)
  return Math.min(Math.max(waitMs, MIN_WAIT_MS), MAX_WAIT_MS)
}

function readWait(value: string, nowMs: number): number | undefined {
  if (value === '') return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds > EPOCH_SECONDS ? seconds * 1_000 - nowMs : seconds * 1_000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : date - nowMs
}
