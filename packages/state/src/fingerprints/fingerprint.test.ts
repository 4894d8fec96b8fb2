import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import {
  createFingerprint,
  claimFingerprintKey,
  findOtherFingerprintKeys,
  replaceFingerprintKey,
} from './fingerprint.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

test('a fingerprint is the same for every spelling of an e-mail, and another under another key', () => {
  const [one, same, other] = [1, 1, 2].map(byte => createFingerprint(Buffer.alloc(32, byte)))
  expect(one?.(' Ana@X.example ')).toBe(same?.('ana@x.example'))
  expect(one?.('ana@x.example')).toMatch(/^[\w-]{20}$/)
  expect(one?.('ana@x.example')).not.toBe(one?.('ana@y.example'))
  expect(one?.('ana@x.example')).not.toBe(other?.('ana@x.example'))
  expect(one?.keyCheck).toBe(same?.keyCheck)
  expect(one?.keyCheck).not.toBe(other?.keyCheck)
})

test('a fingerprint outlives a deploy: keys in Redis are named by it', () => {
  const fingerprint = createFingerprint(Buffer.alloc(32, 1))
  expect(fingerprint('ana@x.example')).toBe('5NO8PUH5xo4y7DVkSnZq')
  expect(fingerprint.exact('Ana')).toBe('7JuNcTSWe0E16U-D8XSd')
  expect(fingerprint.keyCheck).toBe('J38NuJGC7Go-lEwYPePm')
})

test('a process with another fingerprint key than the first learns for which tenants', async () => {
  const [ours, theirs] = [createFingerprint(randomBytes(32)), createFingerprint(randomBytes(32))]
  const [old, young] = [{ name: `t-${crypto.randomUUID()}` }, { name: `t-${crypto.randomUUID()}` }]
  expect(await findOtherFingerprintKeys(redis, [old], ours)).toEqual([])
  expect(await claimFingerprintKey(redis, [old], ours)).toEqual([])
  expect(await claimFingerprintKey(redis, [old], ours)).toEqual([])
  expect(await claimFingerprintKey(redis, [old, young], theirs)).toEqual([old.name])
  expect(await findOtherFingerprintKeys(redis, [old, young], ours)).toEqual([young.name])

  await replaceFingerprintKey(redis, old.name, theirs)
  expect(await findOtherFingerprintKeys(redis, [old, young], theirs)).toEqual([])
})
