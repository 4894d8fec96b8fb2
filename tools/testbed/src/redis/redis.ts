import { Redis } from 'ioredis'
import { findRedisBinary } from './redis-binary.ts'
import { type RedisServer, startRedisServer } from './redis-server.ts'

export type { RedisServer } from './redis-server.ts'

/** A Redis that somebody else runs, or that Docker runs: there to be used, not to be killed. */
export interface BorrowedRedis {
  readonly source: 'REDIS_URL' | 'docker'
  readonly url: string
  /** Leaves a Redis that was given as it is; removes the container. */
  readonly stop: () => Promise<void>
}

export type FoundRedis = BorrowedRedis | RedisServer

export interface FindRedisOptions {
  /** `first` in tests: nearest to production. `last` in the demo, which should not wait for an image. */
  readonly docker: 'first' | 'last'
  /** A Redis to use instead of any other. Default: REDIS_URL. */
  readonly redisUrl?: string | undefined
}

const IMAGE = 'redis:8.2.9-alpine'

/**
 * A real Redis, the first of these that there is: the one at REDIS_URL; one in Docker; a Redis or Valkey server on the PATH; the
 * binary that an npm package carries. With TESTCONTAINERS=required, the one in Docker or none. Rejects with what to install when there
 * is none, or when REDIS_URL does not answer.
 */
export async function findRedis({ docker, redisUrl = process.env.REDIS_URL }: FindRedisOptions): Promise<FoundRedis> {
  if (redisUrl !== undefined && redisUrl !== '') return useRedis(redisUrl)
  if (process.env['TESTCONTAINERS'] === 'required') return await startInDocker()
  const ways = docker === 'first' ? [tryDocker, startFromBinary] : [startFromBinary, tryDocker]
  for (const start of ways) {
    const redis = await start()
    if (redis !== undefined) return redis
  }
  throw new Error(howToGetRedis())
}

/** A Redis of the caller's own, which it may kill, freeze and start again; never the one at REDIS_URL, never a container. */
export async function startRedis(): Promise<RedisServer> {
  const redis = await startFromBinary()
  if (redis === undefined) throw new Error(howToGetRedis())
  return redis
}

async function startFromBinary(): Promise<RedisServer | undefined> {
  const binary = await findRedisBinary()
  return binary && startRedisServer(binary)
}

async function useRedis(url: string): Promise<BorrowedRedis> {
  const redis = new Redis(url, { connectTimeout: 5000, maxRetriesPerRequest: 0, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    await redis.ping()
  } catch {
    // Neither the address nor the error is shown: either may hold the password.
    throw new Error('The Redis at REDIS_URL does not answer: start it, correct the address, or unset REDIS_URL.')
  } finally {
    redis.disconnect()
  }
  return { source: 'REDIS_URL', url, stop: async () => {} }
}

/** Undefined where there is no Docker, and where it cannot get the image: another Redis will do. */
const tryDocker = (): Promise<BorrowedRedis | undefined> => startInDocker().catch(() => undefined)

/** Rejects where Docker does not run, or cannot get the image: the one that REDIS_IMAGE names, as for docker-compose.yml. */
async function startInDocker(): Promise<BorrowedRedis> {
  try {
    // Imported here because it is large, and because it fails to load on an old Node.js.
    const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers')
    await getContainerRuntimeClient()
    const container = await new GenericContainer(process.env['REDIS_IMAGE'] || IMAGE)
      .withCommand('redis-server --appendonly yes --appendfsync always --maxmemory-policy noeviction'.split(' '))
      .withExposedPorts(6379)
      .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
      .start()
    return {
      source: 'docker',
      url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
      stop: async () => {
        await container.stop()
      },
    }
  } catch (error) {
    throw new Error('Docker could not start a Redis, and TESTCONTAINERS=required allows no other', { cause: error })
  }
}

function howToGetRedis(): string {
  const lines =
    process.platform === 'darwin'
      ? ['brew install redis']
      : ['apt install redis-server (Debian, Ubuntu)', 'dnf install valkey (Fedora, RHEL)', 'apk add redis (Alpine)']
  return `There is no Redis 6.2 or later here. Install one (${lines.join('; ')}), start Docker, or set REDIS_URL.`
}
