import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { readRefusedFiles, recordRefusedFile } from './refused-files.ts'

// A database of its own: what is refused belongs to no tenant.
const redis = new Redis(inject('redisUrl'), { db: 14 })
afterAll(() => redis.disconnect())

test('a refusal is kept for a minute at most, with its first mistakes, until the process takes the file', async () => {
  expect(await readRefusedFiles(redis)).toEqual([])
  const problems = Array.from({ length: 9 }, (_unused, index) => `tenants.acme: mistake ${index}`)
  await recordRefusedFile(redis, 'worker', problems)
  await recordRefusedFile(redis, 'board', ['(file): is no YAML'])
  expect(await readRefusedFiles(redis)).toEqual([
    { reader: 'worker', problems: problems.slice(0, 5) },
    { reader: 'board', problems: ['(file): is no YAML'] },
  ])
  expect(await redis.ttl('ponte:tenants-file:refused')).toBeGreaterThan(0)
  await recordRefusedFile(redis, 'worker', undefined)
  await recordRefusedFile(redis, 'board', undefined)
  expect(await readRefusedFiles(redis)).toEqual([])
})
