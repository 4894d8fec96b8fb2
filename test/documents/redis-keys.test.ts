import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { stateKey } from '@ponte/state'
import { repositoryRoot } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { documentedKeys, patternOf } from '../support/kept/documented-keys.ts'
import { writeEverything } from '../support/kept/write-everything.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const tenant = `t-${crypto.randomUUID()}`
const startedAt = performance.now()
let tookMs = 0
const writing = writeEverything(redis, tenant, async () => {
  const keys = await redis.keys(`{${tenant}}:*`)
  const found = await Promise.all(keys.map(async key => ({ key, ttlMs: await redis.pttl(key) })))
  tookMs = performance.now() - startedAt
  return found.filter(({ key }) => key.startsWith(stateKey(tenant, '')))
})
const written = writing.then(({ looked }) => looked)

const units: Readonly<Record<string, number>> = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }

test('every key that Ponte writes for a tenant is in the table, with its life', async () => {
  for (const { key, ttlMs } of await written) {
    const row = documentedKeys.find(each => patternOf(each.key, tenant).test(key))
    expect(row, `${key} is not in the table`).toBeDefined()
    if (row === undefined) continue
    const [, number, unit = ''] = /^(\d+) (second|minute|hour|day)s?/.exec(row.life) ?? []
    if (number === undefined) {
      expect(row.life).toBe('no end')
      expect(ttlMs, key).toBe(-1)
      continue
    }
    const lifeMs = Number(number) * (units[unit] ?? 0)
    // Less by the time since it was written; more by the pause or the slot after which it begins, of ten minutes at most (`writeCalls`).
    expect(ttlMs, key).toBeGreaterThan(lifeMs * 0.99 - tookMs)
    expect(ttlMs, key).toBeLessThanOrEqual(
      lifeMs + (/ after (?:its pause|the last slot)/.test(row.life) ? 601_500 : 1500),
    )
  }
})

/** Those of no tenant: the next tests find their names in the code. */
const elsewhere = /^ponte:/

test('the table lists no key that nobody writes', async () => {
  const keys = (await written).map(({ key }) => key)
  const unused = documentedKeys.filter(
    row => !elsewhere.test(row.key) && !keys.some(key => patternOf(row.key, tenant).test(key)),
  )
  expect(unused.map(({ key }) => key)).toEqual([])
})

const sources = globSync('{packages,apps}/*/src/**/*.ts', { cwd: repositoryRoot })
  .filter(file => !/\.test\.ts$|\/testing\//.test(file))
  .map(file => readFileSync(path.join(repositoryRoot, file), 'utf8'))

/** The first group of each match in the code. */
const findInCode = (pattern: RegExp): readonly string[] =>
  sources.flatMap(source => [...source.matchAll(pattern)].map(([, found = '']) => found))

test('every name that the code gives a key is in the table', () => {
  const names = findInCode(/stateKey\([\w.]+, '([^']+)'/g)
  expect(names.length).toBeGreaterThan(20)
  const listed = documentedKeys.map(({ key }) => key.split(':')[2])
  expect(names.filter(name => !listed.includes(name))).toEqual([])
})

test('every key that belongs to no tenant is in the table, and the table lists no other', () => {
  const written = findInCode(/['`](ponte:[a-z-]+(?::[a-z-]+)*)/g)
  const listed = documentedKeys.map(({ key }) => key).filter(key => key.startsWith('ponte:'))
  expect(written).not.toEqual([])
  expect(written.filter(key => !listed.some(name => `${name}:`.startsWith(`${key}:`)))).toEqual([])
  expect(listed.filter(key => !written.some(name => key.startsWith(name)))).toEqual([])
})

test('no key holds an e-mail or a phone', async () => {
  expect((await written).map(({ key }) => key).join('\n')).not.toMatch(/maria|x\.example|48999990000/)
})
