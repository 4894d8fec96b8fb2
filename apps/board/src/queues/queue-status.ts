import type { QueueKind } from '@ponte/runtime'
import { blocks, type OpenBreaker } from '@ponte/state'
import type { QueueSnapshot } from './queue-snapshot.ts'

export interface QueueState {
  readonly snapshot: QueueSnapshot
  /** Undefined when Redis does not tell (a managed service may forbid CLIENT LIST). */
  readonly workers: number | undefined
  readonly stalled: number
}

export type Verdict = 'fine' | 'failures' | 'stalled' | 'paused' | 'noWorkers' | 'slow' | 'backlog' | 'long' | 'rested'

/** A run that takes longer is worth a look: each call outwards has an end well below. */
const LONG_RUN_MS = 60_000
/** Workers that took or ended nothing for so long do not work on the queue, however much waits. */
const STILL_MS = 60_000

/** The first thing that an operator should know about the queue. `limitMs`: what waits for longer is worth a look. */
export function readQueueCondition(
  kind: QueueKind,
  { snapshot, workers, stalled }: QueueState,
  { rests, limitMs }: { readonly rests: readonly OpenBreaker[]; readonly limitMs: number },
): { verdict: Verdict; tone: 'good' | 'warn' | 'bad' } {
  const { counts, oldestWaitingMs, oldestDelayedMs, longestActiveMs = 0, movedMs = Infinity } = snapshot
  const waits = oldestWaitingMs !== undefined
  if (snapshot.paused) return { verdict: 'paused', tone: 'warn' }
  if (workers === 0) return { verdict: 'noWorkers', tone: 'bad' }
  if (stalled > 0) return { verdict: 'stalled', tone: 'bad' }
  if (longestActiveMs > LONG_RUN_MS) return { verdict: 'long', tone: 'bad' }
  const systemRests = kind !== 'quarantine' && rests.some(rest => blocks(rest, kind))
  if (systemRests && (waits || oldestDelayedMs !== undefined)) return { verdict: 'rested', tone: 'warn' }
  if ((oldestWaitingMs ?? 0) > limitMs) {
    const moves = (counts['active'] ?? 0) > 0 || movedMs <= STILL_MS
    return moves ? { verdict: 'backlog', tone: 'warn' } : { verdict: 'slow', tone: 'bad' }
  }
  return (counts['failed'] ?? 0) > 0 ? { verdict: 'failures', tone: 'warn' } : { verdict: 'fine', tone: 'good' }
}
