import { stateKey } from '@ponte/state'
import { expect, test } from 'vitest'
import { openTestLocks } from '../testing/test-locks.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { openTestRedis } from '../testing/test-context.ts'

const redis = openTestRedis()

test('a run keeps its locks until it is over, also where it takes one again, and can give one back before', async () => {
  const tenant = testTenant()
  const held = async (...names: readonly string[]): Promise<string[]> => {
    const found = await Promise.all(names.map(name => redis.exists(stateKey(tenant.name, 'lock', name))))
    return names.filter((_name, index) => found[index] === 1)
  }
  const locks = openTestLocks(redis, tenant)
  await locks.lock(['person'])
  await locks.lock(['person', 'lead'])
  await locks.lock(['lead'])
  expect(await held('person', 'lead')).toEqual(['person', 'lead'])
  await locks.release(['lead'])
  expect(await held('person', 'lead')).toEqual(['person'])
  await locks.releaseAll()
  expect(await held('person', 'lead')).toEqual([])
})
