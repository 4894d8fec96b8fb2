import type { IncomingHttpHeaders } from 'node:http'

/** How long to wait when a system asks to wait and does not say how long. */
const DEFAULT_WAIT_MS = 60_000
/** A zero would make a queue spin. */
const MIN_WAIT_MS = 1_000
/** Longer than any quota of either system; a mistaken header must not stop a queue for days. */
const MAX_WAIT_MS = 3_600_000

/** Seconds above this are a point in time (of 2001 or later), not a wait. */
const EPOCH_SECONDS = 1_000_000_000

/** In the order of trust. `retry-after-quotas` is RD Station's gateway (reference rd-station.md §5 (c)). */
const HEADERS = ['retry-after', 'retry-after-quotas', 'ratelimit-reset'] as const

/** Milliseconds that the answer asks to wait, in a header or else in its body, between 1 s and 1 h; 60 s when it does not say. */
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
