import { Cluster, Command, Redis } from 'ioredis'
import { afterAll, afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { stateKey } from '@ponte/state'
import { inTurn, openRound, repeat, repeatForEach } from './in-turn.ts'

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

/** A Cluster that knows the primary of each tenant. Those in `away` answer nothing. */
function openCluster(primaries: Readonly<Record<string, string>>, away: readonly string[]) {
  const cluster = new Cluster([], { lazyConnect: true })
  const keys = Object.entries(primaries).map(([tenant, primary]) => [stateKey(tenant, 'start'), primary] as const)
  for (const [key, primary] of keys) cluster.slots[new Command('exists', [key]).getSlot()] = [primary]
  const silent = new Set(keys.flatMap(([key, primary]) => (away.includes(primary) ? [key] : [])))
  vi.spyOn(cluster, 'exists').mockImplementation(async (...asked) => {
    if (silent.has(String(asked[0]))) throw new Error('Command timed out')
    return 1
  })
  return cluster
}

/** Whose work was tried, and whose failed, in a round through all of them. */
async function goThrough(cluster: Cluster, tenants: readonly string[], failing: readonly string[]) {
  const round = openRound(cluster)
  const tried: string[] = []
  const failed: string[] = []
  for (const tenant of tenants) {
    const work = async (): Promise<void> => {
      tried.push(tenant)
      if (failing.includes(tenant)) throw new Error('it failed')
    }
    await round(tenant, work).catch(() => failed.push(tenant))
  }
  return { tried, failed }
}

const primaries = { acme: 'one:6379', globex: 'two:6379', initech: 'one:6379', umbrella: 'two:6379', hooli: 'one:6379' }
const tenants = Object.keys(primaries)

test('of the tenants of a primary that is away one is tried in a round, and those of another primary all are', async () => {
  const cluster = openCluster(primaries, ['one:6379'])
  const away = ['acme', 'initech', 'hooli']
  const expected = { tried: ['acme', 'globex', 'umbrella'], failed: away }
  expect(await goThrough(cluster, tenants, away)).toEqual(expected)
  // The next round tries again.
  expect(await goThrough(cluster, tenants, away)).toEqual(expected)
})

test('a tenant whose work fails while its primary answers keeps no other from being tried', async () => {
  const cluster = openCluster(primaries, [])
  expect(await goThrough(cluster, tenants, ['acme'])).toEqual({ tried: tenants, failed: ['acme'] })
})
