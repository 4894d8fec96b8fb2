import { createLogger, openWorkerRedis } from '@ponte/runtime'
import { stateKey } from '@ponte/state'
import { afterAll, expect, inject, test } from 'vitest'
import { openTestLocks } from '../testing/test-locks.ts'
import { testTenant } from '../testing/test-tenant.ts'

const redis = openWorkerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
afterAll(() => redis.disconnect())

/** The locks of a run of a new tenant, and which of some names Redis holds. */
function open() {
  const tenant = testTenant()
  const held = async (...names: readonly string[]): Promise<string[]> => {
    const found = await Promise.all(names.map(name => redis.exists(stateKey(tenant.name, 'lock', name))))
    return names.filter((_name, index) => found[index] === 1)
  }
  return { locks: openTestLocks(redis, tenant), held }
}

test('a further lock is held until the work around it ends, however that ends', async () => {
  const { locks, held } = open()
  await locks.locked(['person'], async () => {
    await locks.lockFurther(['lead'])
    expect(await held('person', 'lead')).toEqual(['person', 'lead'])
  })
  expect(await held('person', 'lead')).toEqual([])

  const failed = locks.locked(['person'], async () => {
    await locks.lockFurther(['lead'])
    throw new Error('failed')
  })
  await expect(failed).rejects.toThrow('failed')
  expect(await held('person', 'lead')).toEqual([])
})

test('a further lock can be given back before that, and then it is free for others while the work goes on', async () => {
  const { locks, held } = open()
  await locks.locked(['person'], async () => {
    const { release } = await locks.lockFurther(['lead'])
    await release()
    expect(await held('person', 'lead')).toEqual(['person'])
  })
})

test('work that keeps its locks after a failure keeps no further ones', async () => {
  const { locks, held } = open()
  const work = async (): Promise<void> => {
    await locks.lockFurther(['contact'])
    throw new Error('failed')
  }
  await expect(locks.locked(['opportunity'], work, { keepsOnFailure: true })).rejects.toThrow('failed')
  expect(await held('opportunity', 'contact')).toEqual(['opportunity'])
  await locks.releaseAll()
  expect(await held('opportunity')).toEqual([])
})
