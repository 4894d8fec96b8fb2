import type { QueueKind } from '@ponte/runtime'
import { blocks, type OpenBreaker } from '@ponte/state'
import type { QueueSnapshot } from './queue-snapshot.ts'

export interface QueueState {
  readonly snapshot: QueueSnapshot
  /** Undefined when Redis does not tell (a managed service may forbid CLIENT LIST). */
  readonly workers: number | undefined
  readonly stalled: number
  /** Failed events. Failed marks of one opportunity count as one. */
  readonly failed: number
}

/** `breaker`: a circuit breaker is open. `stuck`: workers are connected and take nothing. `long`: one run takes too long. */
export type QueueCondition =
  | 'fine'
  | 'failures'
  | 'stalled'
  | 'paused'
  | 'noWorkers'
  | 'stuck'
  | 'backlog'
  | 'long'
  | 'breaker'

export interface QueueStatus {
  readonly condition: QueueCondition
  readonly tone: 'good' | 'warn' | 'bad'
  /** For `breaker`: the breaker that the queue waits for. */
  readonly breaker?: OpenBreaker
}

/** Every call has a timeout well below this, so a longer run deserves a look. */
const LONG_RUN_MS = 60_000
/** When no worker has taken or ended a job for this long, the queue counts as stuck. */
const STILL_MS = 60_000

/** The first thing that an operator should know about a queue. `limitMs`: an event that waits for longer deserves a look. */
export function readQueueStatus(
  kind: QueueKind,
  { snapshot, workers, stalled, failed }: QueueState,
  { breakers, limitMs }: { readonly breakers: readonly OpenBreaker[]; readonly limitMs: number },
): QueueStatus {
  const { counts, later, oldestWaitingMs, longestActiveMs = 0, movedMs = Infinity } = snapshot
  const waits = oldestWaitingMs !== undefined
  if (snapshot.paused) return { condition: 'paused', tone: 'warn' }
  if (workers === 0) return { condition: 'noWorkers', tone: 'bad' }
  if (stalled > 0) return { condition: 'stalled', tone: 'bad' }
  if (longestActiveMs > LONG_RUN_MS) return { condition: 'long', tone: 'bad' }
  const breaker = breakers.find(each => blocks(each, kind))
  if (breaker !== undefined && (waits || later > 0))
    return { condition: 'breaker', tone: breaker.reason === 'revoked' ? 'bad' : 'warn', breaker }
  if ((oldestWaitingMs ?? 0) > limitMs) {
    const moves = (counts['active'] ?? 0) > 0 || movedMs <= STILL_MS
    return moves ? { condition: 'backlog', tone: 'warn' } : { condition: 'stuck', tone: 'bad' }
  }
  return failed > 0 ? { condition: 'failures', tone: 'warn' } : { condition: 'fine', tone: 'good' }
}
