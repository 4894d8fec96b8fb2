import { randomUUID } from 'node:crypto'
import { requireIdentities } from '@ponte/contracts'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createFingerprint } from '../fingerprints/fingerprint.ts'
import { stateKey } from '../redis/keys.ts'
import { createImports, MAX_IMPORTING } from './imports.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())
const fingerprint = createFingerprint(Buffer.alloc(32, 1))
const plain = { opensOpportunity: false }

function open() {
  const tenant = `t-${randomUUID().slice(0, 8)}`
  const prefix = `{${tenant}}:${tenant}.totvs-crm:`
  return { tenant, prefix, imports: createImports(redis, tenant, fingerprint) }
}
const ids = (count: number, name = 'job') => Array.from({ length: count }, (_, index) => `${name}-${index}`)

test('a row that is done is recognised for 400 days, with the same options only, and its record names nobody', async () => {
  const { tenant, imports } = open()
  const key = imports.keyOf('row', plain)
  const keys = [key, imports.keyOf('other row', plain), imports.keyOf('row', { opensOpportunity: true })]
  expect(new Set(keys).size).toBe(3)
  expect(await imports.areDone(keys)).toEqual([false, false, false])
  await imports.remember(key, requireIdentities({ email: 'maria@x.example' }))
  expect(await imports.areDone(keys)).toEqual([true, false, false])
  const record = stateKey(tenant, 'imported', key)
  expect(await redis.get(record)).toBe(fingerprint('email maria@x.example'))
  expect(await redis.ttl(record)).toBeGreaterThan(399 * 24 * 3600)
})

test('all imports of a tenant together have 500 places, whoever takes them', async () => {
  const { imports, prefix } = open()
  const taken = await Promise.all(
    ['a', 'b', 'c', 'd', 'e', 'f'].map(name => imports.takePlaces(ids(100, name), prefix)),
  )
  expect(taken.reduce((sum, each) => sum + each, 0)).toBe(MAX_IMPORTING)
  expect(await imports.takePlaces(['late'], prefix)).toBe(0)
})

test('a job that has ended or was removed leaves its place; one that waits, runs or is about to be added keeps it', async () => {
  const { tenant, imports, prefix } = open()
  expect(await imports.takePlaces(ids(MAX_IMPORTING), prefix)).toBe(MAX_IMPORTING)
  await redis.hset(`${prefix}job-0`, { data: '{}', finishedOn: 1 })
  await redis.hset(`${prefix}job-1`, { data: '{}' })
  await redis.zadd(stateKey(tenant, 'importing'), 1, 'job-1', 1, 'job-2')
  expect(await imports.takePlaces(ids(3, 'new'), prefix)).toBe(2)
  await imports.leavePlace('new-0')
  expect(await imports.takePlaces(['newer'], prefix)).toBe(1)
})
