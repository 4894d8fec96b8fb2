import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { inTurn, repeat, repeatForEach } from './in-turn.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

// The pauses of loops are those of `node:timers/promises`, which fake timers do not replace: they are a millisecond here.
const everyMs = 1
const ofTenants = { everyMs, redis, tenantOf: (name: string) => name }

describe('a task that repeats', () => {
  test('never runs twice at once, however long a run takes, and closing waits for the run that is under way', async () => {
    let running = 0
    let most = 0
    let runs = 0
    const { promise: isBegun, resolve: begun } = Promise.withResolvers<void>()
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>()
    const loop = repeat(
      async () => {
        running += 1
        runs += 1
        most = Math.max(most, running)
        if (runs === 3) begun()
        await (runs < 3 ? Promise.resolve() : mayEnd)
        running -= 1
      },
      { everyMs, runsImmediately: true },
    )
    await isBegun
    let isClosed = false
    const closing = loop.close().then(() => (isClosed = true))
    await new Promise(setImmediate)
    expect(isClosed).toBe(false)
    end()
    await closing
    expect([most, runs]).toEqual([1, 3])
  })

  test('that waits for its next run is closed at once', async () => {
    const task = vi.fn<() => Promise<void>>(() => Promise.resolve())
    await repeat(task, { everyMs: 3_600_000 }).close()
    expect(task).not.toHaveBeenCalled()
  })

  test('for each tenant goes on with the others when one fails, and closing leaves out those that come after', async () => {
    const failed: string[] = []
    const done: string[] = []
    const { promise: isAtSecond, resolve: atSecond } = Promise.withResolvers<void>()
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>()
    const loop = repeatForEach(
      () => ['broken', 'slow', 'last'],
      async tenant => {
        if (tenant === 'broken') throw new Error('it cannot be read')
        if (tenant === 'slow') {
          atSecond()
          await mayEnd
        }
        done.push(tenant)
      },
      { ...ofTenants, onError: (_error, tenant) => failed.push(tenant) },
    )
    await isAtSecond
    const closing = loop.close()
    end()
    await closing
    expect([failed, done]).toEqual([['broken'], ['slow']])
  })
})

test('a tenant that went while another had its turn gets none', async () => {
  let tenants = ['first', 'gone', 'last']
  const done: string[] = []
  const loop = repeatForEach(
    () => tenants,
    async tenant => {
      done.push(tenant)
      tenants = ['first', 'last']
    },
    { ...ofTenants, onError: () => undefined },
  )
  await expect.poll(() => done).toContain('last')
  await loop.close()
  expect(done).not.toContain('gone')
})

describe('work of one worker at a time', () => {
  let key: string
  beforeEach(() => {
    key = `in-turn:${crypto.randomUUID()}`
  })
  afterEach(() => redis.del(key))

  test('is left out by the others meanwhile, and free after it, also when it fails', async () => {
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>()
    const done: string[] = []
    const { promise: isBegun, resolve: begun } = Promise.withResolvers<void>()
    const first = inTurn(redis, key, async () => {
      begun()
      await mayEnd
      throw new Error('failed')
    })
    const failure = first.then(
      () => undefined,
      (error: unknown) => error,
    )
    await isBegun
    await inTurn(redis, key, () => Promise.resolve(void done.push('meanwhile')))
    end()
    expect(await failure).toEqual(new Error('failed'))
    await inTurn(redis, key, () => Promise.resolve(void done.push('after')))
    expect(done).toEqual(['after'])
  })
})
