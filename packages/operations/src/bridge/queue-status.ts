import type { System } from '@ponte/contracts'
import type { QueueKind } from '@ponte/runtime'
import { type Connection, needsPerson, stops } from './connections.ts'
import type { NeededCommand } from './mode-words.ts'
import type { QueueSnapshot } from '../queues/queue-snapshot.ts'

export interface QueueState {
  readonly snapshot: QueueSnapshot
  /** Undefined when Redis does not tell (a managed service may forbid CLIENT LIST). */
  readonly workers: number | undefined
  readonly stalled: number
  /** Failed events. Failed marks of one opportunity count as one. */
  readonly failed: number
}

/** `stuck`: workers are connected and take nothing. `long`: one run takes too long. */
export type QueueCondition = Hold['condition'] | 'fine' | 'failures' | 'stalled' | 'stuck' | 'backlog' | 'long'

export interface QueueStatus {
  readonly condition: QueueCondition
  readonly tone: 'good' | 'warn' | 'bad'
  /** For `breaker`: the system that the queue waits for. */
  readonly system?: System | undefined
}

/** Every call has a timeout well below this, so a longer run deserves a look. */
const LONG_RUN_MS = 60_000
/** When no worker has taken or ended a job for this long, the queue counts as stuck. */
const STILL_MS = 60_000

interface StatusOptions {
  readonly connections: readonly Connection[]
  /** The command without which no job of the tenant is started. */
  readonly command: NeededCommand | undefined
  readonly limitMs: number
}

/** The first thing that an operator should know about a queue. `limitMs`: an event that waits for longer deserves a look. */
export function readQueueStatus(
  kind: QueueKind,
  { snapshot, workers, stalled, failed }: QueueState,
  { connections, command, limitMs }: StatusOptions,
): QueueStatus {
  const { counts, later, oldestWaitingMs, longestActiveMs = 0, movedMs = Infinity } = snapshot
  const workerConnected = workers === undefined ? null : workers > 0
  const hold = readHold(kind, { isPaused: snapshot.paused, command, workerConnected, connections })
  // Where nothing waits, nothing waits for a connection.
  const isHeld = hold?.condition !== 'breaker' || oldestWaitingMs !== undefined || later > 0
  const held = hold && isHeld ? { condition: hold.condition, system: hold.system } : undefined
  if (held && hold?.needsPerson === true) return { ...held, tone: 'bad' }
  if (stalled > 0) return { condition: 'stalled', tone: 'bad' }
  if (longestActiveMs > LONG_RUN_MS) return { condition: 'long', tone: 'bad' }
  if (held) return { ...held, tone: 'warn' }
  if ((oldestWaitingMs ?? 0) > limitMs) {
    const moves = (counts['active'] ?? 0) > 0 || movedMs <= STILL_MS
    return moves ? { condition: 'backlog', tone: 'warn' } : { condition: 'stuck', tone: 'bad' }
  }
  return failed > 0 ? { condition: 'failures', tone: 'warn' } : { condition: 'fine', tone: 'good' }
}

/** What keeps the jobs of a queue from being started. */
export interface Hold {
  /** `breaker`: the connection to `system`. */
  readonly condition: 'paused' | NeededCommand | 'noWorkers' | 'breaker'
  readonly system?: System
  /** It ends only when a person has done something. */
  readonly needsPerson: boolean
}

interface HoldFacts {
  readonly isPaused: boolean
  readonly command: NeededCommand | undefined
  /** Null when Redis does not tell. */
  readonly workerConnected: boolean | null
  readonly connections: readonly Connection[]
}

/** What holds up a queue, what only a person can end before what ends by itself. Undefined: nothing. */
export function readHold(
  kind: QueueKind,
  { isPaused, command, workerConnected, connections }: HoldFacts,
): Hold | undefined {
  if (isPaused) return { condition: 'paused', needsPerson: true }
  if (command !== undefined) return { condition: command, needsPerson: true }
  if (workerConnected === false) return { condition: 'noWorkers', needsPerson: true }
  const stopped = connections.filter(each => stops(each, kind))
  const connection = stopped.find(needsPerson) ?? stopped[0]
  return connection && { condition: 'breaker', system: connection.system, needsPerson: needsPerson(connection) }
}
