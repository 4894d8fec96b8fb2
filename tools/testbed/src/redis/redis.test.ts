import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, expect, inject, test, vi } from 'vitest'
import { findRedis, type RedisServer, startRedis } from './redis.ts'
import { findRedisBinary } from './redis-binary.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function startOwn(): Promise<RedisServer> {
  const redis = await startRedis()
  cleanups.push(() => redis.stop())
  return redis
}

function connect(url: string, options: { commandTimeout?: number } = {}): Redis {
  const redis = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null, ...options })
  redis.on('error', () => {})
  cleanups.push(() => redis.disconnect())
  return redis
}

async function folderOf(redis: RedisServer): Promise<string> {
  const answer: unknown = await connect(redis.url).config('GET', 'dir')
  return Array.isArray(answer) ? String(answer[1]) : ''
}

test('a Redis of our own writes to the disk before it confirms, and evicts nothing', async () => {
  const redis = connect((await startOwn()).url)

  expect(await redis.config('GET', 'appendonly')).toContain('yes')
  expect(await redis.config('GET', 'appendfsync')).toContain('always')
  expect(await redis.config('GET', 'maxmemory-policy')).toContain('noeviction')
  expect(await redis.config('GET', 'protected-mode')).toContain('yes')
  expect(await redis.config('GET', 'bind')).toContain('127.0.0.1')
})

test('a Redis that was stopped is gone, and so is its folder', async () => {
  const server = await startRedis()
  const folder = await folderOf(server)
  expect(existsSync(folder)).toBe(true)

  await server.stop()

  expect(() => process.kill(server.pid, 0)).toThrow('ESRCH')
  expect(existsSync(folder)).toBe(false)
})

test('a Redis that was given is used as it is and left as it was', async () => {
  const given = inject('redisUrl')
  const key = `testbed-${crypto.randomUUID()}`
  const redis = connect(given)
  await redis.set(key, 'untouched', 'EX', 60)

  const found = await findRedis({ docker: 'first', redisUrl: given })
  await found.stop()

  expect(found).toMatchObject({ source: 'REDIS_URL', url: given })
  expect(found).not.toHaveProperty('kill')
  expect(await redis.get(key)).toBe('untouched')
})

test('a Redis that was given and does not answer is an error, and its password is not shown', async () => {
  const given = findRedis({ docker: 'first', redisUrl: 'redis://:topsecret@127.0.0.1:1' })

  await expect(given).rejects.toThrow('REDIS_URL does not answer')
  await expect(given).rejects.not.toThrow('topsecret')
})

test('where a Redis in Docker is required, a Docker that does not answer is an error and no other Redis is taken', async () => {
  vi.stubEnv('TESTCONTAINERS', 'required')
  vi.stubEnv('DOCKER_HOST', 'unix:///nonexistent/docker.sock')
  cleanups.push(() => vi.unstubAllEnvs())

  await expect(findRedis({ docker: 'first', redisUrl: '' })).rejects.toThrow('TESTCONTAINERS=required')
})

test('a server on the PATH comes before the one of the npm package, unless it is too old or does not run', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-path-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  const fake = (text: string) =>
    writeFile(path.join(folder, 'redis-server'), `#!/bin/sh\necho '${text}'\n`, { mode: 0o755 })

  await fake('Redis server v=7.2.4 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=0')
  expect(await findRedisBinary(folder)).toMatchObject({ source: 'installed', version: '7.2.4' })

  await fake('Redis server v=5.0.14 sha=00000000:0 malloc=jemalloc-5.1.0 bits=64 build=0')
  expect(await findRedisBinary(folder)).not.toMatchObject({ source: 'installed' })

  await fake('not a server')
  expect(await findRedisBinary(folder)).not.toMatchObject({ source: 'installed' })
})
