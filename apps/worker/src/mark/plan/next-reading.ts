import type { MarkEventName, OpportunityOutcome } from '@ponte/contracts'

/** A webhook can be faster than the record that it tells of. So long after its receipt the record is read again. */
const READ_AGAIN_MS = [5000, 60_000] as const
/** Beyond this, the clock of the process that received it is wrong. */
const CLOCK_SKEW_MS = 60_000

const outcomeOf: Partial<Record<MarkEventName, OpportunityOutcome>> = {
  'opportunity.won': 'won',
  'opportunity.lost': 'lost',
}

export interface ReadEvent {
  readonly event: MarkEventName
  /** What the record shows: `none` when there is no such opportunity. */
  readonly outcome: OpportunityOutcome | 'none' | undefined
  /** ISO 8601 */
  readonly receivedAt: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** In how many milliseconds the record of an event is to be read again, because it does not show yet what the event says. */
export function nextReading({ event, outcome, receivedAt, now }: ReadEvent): number | undefined {
  const expected = outcomeOf[event]
  const isBehind = outcome === 'none' ? event === 'opportunity.created' : expected !== undefined && outcome !== expected
  const sinceMs = now - Date.parse(receivedAt)
  if (!isBehind || sinceMs < -CLOCK_SKEW_MS) return undefined
  const next = READ_AGAIN_MS.find(ms => ms > sinceMs)
  return next === undefined ? undefined : next - Math.max(sinceMs, 0)
}
