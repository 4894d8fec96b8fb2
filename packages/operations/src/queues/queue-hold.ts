import type { System } from '@ponte/contracts'
import type { QueueKind } from '@ponte/runtime'
import { type Connection, needsPerson, stops } from '../bridge/connections.ts'
import type { NeededCommand } from '../bridge/mode-words.ts'

/** What keeps the jobs of a queue from being started. */
export interface Hold {
  /** `breaker`: the connection to `system`. */
  readonly condition: 'paused' | NeededCommand | 'noWorkers' | 'breaker'
  readonly system?: System
  /** It ends only when a person has done something. */
  readonly needsPerson: boolean
}

interface Held {
  readonly isPaused: boolean
  readonly command: NeededCommand | undefined
  /** Null when Redis does not tell. */
  readonly workerConnected: boolean | null
  readonly connections: readonly Connection[]
}

/** What holds up a queue, what only a person can end before what ends by itself. Undefined: nothing. */
export function readHold(kind: QueueKind, { isPaused, command, workerConnected, connections }: Held): Hold | undefined {
  if (isPaused) return { condition: 'paused', needsPerson: true }
  if (command !== undefined) return { condition: command, needsPerson: true }
  if (workerConnected === false) return { condition: 'noWorkers', needsPerson: true }
  const stopped = connections.filter(each => stops(each, kind))
  const connection = stopped.find(needsPerson) ?? stopped[0]
  return connection && { condition: 'breaker', system: connection.system, needsPerson: needsPerson(connection) }
}
