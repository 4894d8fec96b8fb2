import type { Agent } from 'node:http'
import type { Duplex } from 'node:stream'

/** By the clock of this process. */
const idleSince = new WeakMap<Duplex, number>()

/**
 * Notes when a connection was used last. The agent's own time-out closes those that are idle for long, but a process that stood still (a
 * frozen machine, a long pause) may take one before its timers run.
 */
export function rememberIdle<Own extends Agent>(agent: Own): Own {
  const keep = agent.keepSocketAlive.bind(agent)
  agent.keepSocketAlive = socket => {
    idleSince.set(socket, performance.now())
    return keep(socket)
  }
  return agent
}

/** How long a connection that is used again was idle. */
export const idleMsOf = (socket: Duplex): number => performance.now() - (idleSince.get(socket) ?? -Infinity)
