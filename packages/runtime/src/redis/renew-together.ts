import { primariesOf, type RedisClient } from '@ponte/state'
import { Cluster, type Redis } from 'ioredis'
import type { Logger } from '../telemetry/logger.ts'

/** A server that owes an answer for so long is taken for gone, unless the connection waits on purpose. */
export const SILENCE_MS = 4000
/** A frozen or cut-off primary shows only to somebody who asks it. */
const PING_EVERY_MS = 3000

/** How ioredis names the error of a server that did not answer for `socketTimeout`. */
const isSilence = (error: Error): boolean => error.message.startsWith('Socket timeout')

interface Connected {
  readonly address: string
  /** When the connection became usable, by `performance.now`. Undefined before. */
  readonly readyAt?: number
}

/**
 * Asks each primary every 3 s whether it is there. As soon as one connection finds that a server is silent, all connections to that server
 * are made anew. Left alone, each would find out for itself, one after the other, those that wait for jobs last of all.
 */
export function renewTogether(log: Logger) {
  const connections = new Map<Redis, Connected>()
  let asked: RedisClient | undefined

  function watch(redis: Redis, reachability: Reachability): void {
    let handshake: NodeJS.Timeout | undefined
    redis.on('connect', () => {
      const { stream } = redis
      connections.set(redis, { address: `${stream.remoteAddress}:${stream.remotePort}` })
      // The operating system accepts connections for a frozen server. One that will wait for long must not wait for this as well.
      let read = stream.bytesRead
      handshake = setInterval(() => {
        if (read === stream.bytesRead) stream.destroy(new Error('Socket timeout in the handshake'))
        read = stream.bytesRead
      }, SILENCE_MS)
    })
    redis.on('ready', () => {
      clearInterval(handshake)
      const connected = connections.get(redis)
      if (connected !== undefined) connections.set(redis, { ...connected, readyAt: performance.now() })
      reachability.regained(redis)
    })
    redis.on('close', () => clearInterval(handshake))
    redis.on('end', () => connections.delete(redis))
    redis.on('error', (error: Error) => {
      reachability.lost(redis, error)
      const silent = connections.get(redis)
      if (isSilence(error) && silent?.readyAt !== undefined) renewOthers(redis, silent.address)
    })
  }

  /** Those that became usable since the server fell silent have spoken to another one behind the same address. */
  function renewOthers(found: Redis, address: string): void {
    const silentSince = performance.now() - SILENCE_MS
    for (const [redis, connected] of connections) {
      const isSame = redis !== found && redis.status === 'ready' && connected.address === address
      if (isSame && (connected.readyAt ?? 0) < silentSince) redis.stream.destroy()
    }
  }

  async function ask(): Promise<void> {
    if (asked === undefined || asked.status !== 'ready') return
    for (const primary of await primariesOf(asked))
      // One that is being connected is being asked already.
      if (['ready', 'wait'].includes(primary.status)) primary.ping().catch(() => undefined)
  }

  const asking = setInterval(() => void ask().catch(() => undefined), PING_EVERY_MS)
  asking.unref()
  return {
    add(client: RedisClient): void {
      asked ??= client
      const reachability = createReachability(log)
      if (!(client instanceof Cluster)) return watch(client, reachability)
      client.on('+node', (node: Redis) => watch(node, reachability))
      client.on('error', (error: Error) => log.debug({ err: error }, 'no server of the cluster answers'))
    },
    close: () => clearInterval(asking),
  }
}

interface Reachability {
  lost(redis: Redis, error: Error): void
  regained(redis: Redis): void
}

/** Logs one line when a server is lost and one when it is back. */
function createReachability(log: Logger): Reachability {
  const away = new Set<string>()
  // A Cluster has a server by its address. Behind Sentinel there is one, wherever it is.
  const nameOf = ({ options }: Redis): string =>
    options.Connector || options.sentinels ? '' : `${options.host}:${options.port}`
  return {
    lost(redis, err) {
      const name = nameOf(redis)
      if (!away.has(name)) log.warn({ err }, 'redis is not reachable')
      away.add(name)
    },
    regained(redis) {
      if (away.delete(nameOf(redis))) log.info('redis is reachable again')
    },
  }
}
