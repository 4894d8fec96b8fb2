import { type RedisClient, primaryNameOf, withDeadline } from '@ponte/state'
import { Cluster, Redis, type RedisOptions, AbstractConnector } from 'ioredis'
import { redisAt, type RedisTarget } from '../settings/redis-target.ts'
import type { Logger } from '../telemetry/logger.ts'
import { redisErrorCode } from './is-redis-trouble.ts'
import { renewTogether, SILENCE_MS } from './renew-together.ts'
import { secureOptions, warnOfTlsTrouble } from './tls-trouble.ts'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'

/** How long a command of the ingress may wait for Redis before the delivery is answered 503 (docs/behaviour/deliveries.md#accepted-means-kept). */
const PRODUCER_COMMAND_TIMEOUT_MS = 1500

/** Milliseconds. By default ioredis waits up to 20 s between tries. Work has to go on within 2 s when Redis is back. */
const retryStrategy = (times: number): number => Math.min(50 * 2 ** Math.min(times, 5), 1000)

/** After a failover the old primary is read-only, and ends the reads that wait there. So reconnect and send the command again. */
export const reconnectOnError = (error: Error): 2 | false =>
  ['READONLY', 'UNBLOCKED'].includes(redisErrorCode(error.message)) ? 2 : false

/**
 * The same for a connection that asks replicas: `WAIT` is not sent again. On another connection it would confirm nothing, and say that all is
 * well.
 */
const reconnectUnlessWaiting = (error: Error): 1 | 2 | false =>
  redisErrorCode(error.message) === 'UNBLOCKED' ? 1 : reconnectOnError(error)

/** A connection that waits is at one server of a Cluster, which may give the slot away. */
const reconnectWaiting = (error: Error): 2 | false =>
  ['MOVED', 'ASK'].includes(redisErrorCode(error.message)) ? 2 : reconnectOnError(error)

/** Answers have the form that ioredis gives them by default. */
type Options = Omit<RedisOptions, 'replyMapping'>

const patient = {
  retryStrategy,
  reconnectOnError: reconnectUnlessWaiting,
  connectTimeout: 2000,
  keepAlive: 5000,
  socketTimeout: SILENCE_MS,
  // While Redis reads its files it says how long that may still take. It is asked every second all the same.
  maxLoadingRetryTime: 1000,
} satisfies Options

/** How a kind of connection differs: its options, and those that a Cluster needs for the same effect. */
interface Kind {
  readonly options: Options
  /** A Cluster tries a command again so many times while a server is away or a slot moves, `AGAIN_MS` after each other. */
  readonly clusterTries: number
}

const AGAIN_MS = 100

/** For producers: a command fails at once while Redis is away, and within 1.5 s when it hangs. */
const producer: Kind = {
  options: {
    ...patient,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: PRODUCER_COMMAND_TIMEOUT_MS,
  },
  clusterTries: PRODUCER_COMMAND_TIMEOUT_MS / AGAIN_MS,
}

/** For BullMQ workers: commands wait for Redis to return. No command timeout: the blocking read would trip it. */
const worker: Kind = {
  options: { ...patient, reconnectOnError, maxRetriesPerRequest: null },
  clusterTries: Number.MAX_SAFE_INTEGER,
}

/**
 * For a job's own state: survives a short interruption, and fails before the job's lock is lost. What jobs ask at the same time is sent
 * together. If the connection is lost while such a pipeline is answered, its rest fails (`AbortError`), and these jobs run again.
 */
const state: Kind = {
  options: { ...patient, maxRetriesPerRequest: 3, commandTimeout: 4000, enableAutoPipelining: true },
  clusterTries: 4000 / AGAIN_MS,
}

/** For a command that a person waits for: does not wait for Redis to come back. Connects when it is told to. */
const once: Kind = {
  options: {
    lazyConnect: true,
    connectTimeout: 5000,
    commandTimeout: 20_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  },
  clusterTries: 10,
}

export interface WaitingOptions {
  /** By which the connection is known in Redis. */
  readonly name: string
  /** The key that is waited for. */
  readonly key: string
}

/** All connections of a process to Redis. When one of them finds that a server is gone, those to the same server are made anew. */
export interface RedisConnections {
  /** For producers: a command fails at once while Redis is away, and within 1.5 s when it hangs. */
  producer(): RedisClient
  /** For BullMQ workers: commands wait for Redis to return. */
  worker(): RedisClient
  /** For a job's own state: survives a short interruption, and fails before the job's lock is lost. */
  state(): RedisClient
  /**
   * A connection that waits for jobs, to one server, also of a Cluster. Whoever waits sets `options.socketTimeout` to more than the wait, and
   * closes the connection.
   */
  waiting(options: WaitingOptions): Redis
  close(): void
}

export function openRedis(target: RedisTarget, log: Logger): RedisConnections {
  const together = renewTogether(log)
  void warnOfTlsTrouble(target, log)
  const opened: RedisClient[] = []
  const keep = <Client extends RedisClient>(client: Client): Client => {
    together.add(client)
    opened.push(client)
    return client
  }
  /** Finds the servers of a Cluster for all connections that wait. */
  let guide: Cluster | undefined
  function connectToSlot(cluster: Target<'cluster'>, key: string, options: Options): Redis {
    guide ??= keep(connectAll(cluster, state))
    return new Redis({ ...options, ...loginOf(cluster), Connector: slotConnector(guide, key, cluster.tls) })
  }
  return {
    producer: () => keep(connect(target, producer)),
    worker: () => keep(connect(target, worker)),
    state() {
      const client = keep(connect(target, state))
      if (client instanceof Cluster) guide ??= client
      return client
    },
    waiting({ name, key }) {
      const options = { ...worker.options, reconnectOnError: reconnectWaiting, connectionName: name }
      const client = target.kind === 'cluster' ? connectToSlot(target, key, options) : connectOne(target, options)
      together.add(client)
      return client
    },
    close() {
      together.close()
      for (const client of opened) client.disconnect()
    },
  }
}

/** A connection for a command that a person waits for: it fails when Redis is away. Connects when it is told to. */
export function openRedisOnce(target: RedisTarget): RedisClient {
  const redis = connect(target, once)
  // Whoever asks is told by the command that fails.
  redis.on('error', () => {})
  return redis
}

const connect = (target: RedisTarget, kind: Kind): RedisClient =>
  target.kind === 'cluster' ? connectAll(target, kind) : connectOne(target, kind.options)

type Target<Kind extends RedisTarget['kind']> = Extract<RedisTarget, { kind: Kind }>

function connectOne(target: Target<'server' | 'sentinel'>, options: Options): Redis {
  const redis = createOne(target, options)
  if (options.enableAutoPipelining) sendScriptsAlone(redis)
  return redis
}

function createOne(target: Target<'server' | 'sentinel'>, options: Options): Redis {
  if (target.kind === 'server') {
    const { host, port, database: db } = target
    return new Redis({
      ...options,
      ...loginOf(target),
      ...(target.tls && { tls: secureOptions(host) }),
      host,
      port,
      db,
    })
  }
  const { sentinels, name, sentinelPassword, tls } = target
  return new Redis({
    ...options,
    ...loginOf(target),
    sentinels: [...sentinels],
    name,
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    // A Sentinel that stands still is left for the next one.
    sentinelCommandTimeout: 1000,
    sentinelRetryStrategy: options.retryStrategy ?? retryStrategy,
    // They are asked where the operator says that they are: what they call each other may not be reachable from here.
    updateSentinels: false,
    ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
  })
}

function connectAll(target: Target<'cluster'>, { options, clusterTries }: Kind): Cluster {
  const {
    retryStrategy: clusterRetryStrategy = retryStrategy,
    enableOfflineQueue = true,
    lazyConnect = false,
  } = options
  // ioredis would send together what belongs to tenants of one server, and not follow a slot that moves meanwhile.
  const { retryStrategy: _, enableOfflineQueue: _queue, enableAutoPipelining: _together, ...redisOptions } = options
  return new Cluster([...target.nodes], {
    clusterRetryStrategy,
    enableOfflineQueue,
    lazyConnect,
    redisOptions: { ...redisOptions, ...loginOf(target) },
    maxRedirections: clusterTries,
    retryDelayOnFailover: AGAIN_MS,
    retryDelayOnClusterDown: AGAIN_MS,
    // For a moment of a failover, two servers may each say that the other one has the slot.
    retryDelayOnMoved: 20,
    // By its name: a certificate seldom holds the address.
    ...(target.tls && {
      dnsLookup: (host: string, found: (error: null, address: string) => void) => found(null, host),
    }),
  })
}

const openServer =
  (kind: Kind) =>
  (url: string, log: Logger): Redis => {
    const redis = connectOne(redisAt(url), kind.options)
    renewTogether(log).add(redis)
    return redis
  }

/** The connections of `openRedis` to one server, for tests and tools. */
export const openProducerRedis = openServer(producer)
export const openWorkerRedis = openServer(worker)
export const openStateRedis = openServer(state)

const loginOf = ({ username, password, tls }: RedisTarget): Options => ({
  ...(username !== undefined && { username }),
  ...(password !== undefined && { password }),
  ...(tls && { tls: {} }),
})

/** How long to wait for a Cluster that does not say who has a slot, before it is asked again. */
const ANSWER_MS = 1000
const ASK_AGAIN_MS = 200
const DISCONNECT_MS = 2000

/**
 * Leads a plain connection to the primary that has the slot of a key, anew for each time it connects. For a read that waits: a Cluster of
 * its own for each queue would be a connection to every server for each, and a read that waits on a shared connection keeps up the others.
 */
function slotConnector(cluster: Cluster, key: string, isSecure: boolean) {
  return class SlotConnector extends AbstractConnector {
    constructor() {
      super(DISCONNECT_MS)
    }

    override async connect(): Promise<net.Socket> {
      this.connecting = true
      for (;;) {
        const address = await findPrimary(cluster, key)
        // The words by which ioredis knows that somebody asked for it.
        if (!this.connecting) throw new Error('Connection is closed.')
        if (address !== undefined) {
          this.stream = isSecure ? tls.connect({ ...address, ...secureOptions(address.host) }) : net.connect(address)
          this.stream.once('error', (error: Error) => {
            this.firstError = error
          })
          return this.stream
        }
        await sleep(ASK_AGAIN_MS)
      }
    }
  }
}

async function findPrimary(cluster: Cluster, key: string): Promise<{ host: string; port: number } | undefined> {
  if (cluster.status !== 'ready') return undefined
  try {
    // A Cluster that was sent to another server for this command knows the right one afterwards.
    await withDeadline(cluster.exists(key), ANSWER_MS)
  } catch {
    return undefined
  }
  const name = primaryNameOf(cluster, key)
  const end = name?.lastIndexOf(':') ?? -1
  return name === undefined || end === -1 ? undefined : { host: name.slice(0, end), port: Number(name.slice(end + 1)) }
}

/**
 * ioredis sends together the steps of one turn of the event loop, in a pipeline that knows the scripts which were defined before its first
 * step. BullMQ defines its scripts when a queue is first used. A script that such a pipeline does not know leaves it with fewer answers than
 * steps, and this ends the process. So scripts that are defined on a connection are sent by themselves. (`loadScript` defines none.)
 */
function sendScriptsAlone(redis: Redis): void {
  const define = redis.defineCommand.bind(redis)
  redis.defineCommand = (name, definition) => {
    // The list of the options may belong to other connections, too.
    redis.options.autoPipeliningIgnoredCommands = [...(redis.options.autoPipeliningIgnoredCommands ?? []), name]
    define(name, definition)
  }
}
