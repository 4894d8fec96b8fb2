import { requireIdentities } from '@ponte/contracts'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createFingerprint } from '../fingerprints/fingerprint.ts'
import { createTenantMode } from '../mode/tenant-mode.ts'
import { createRecordedPersons } from './recorded-person.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

test('what is recorded of a person says until when a package made the marks', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const mode = createTenantMode(redis, tenant)
  const recordedOf = createRecordedPersons(redis, tenant, createFingerprint(Buffer.alloc(32, 1)))
  const until = async () => (await recordedOf({}, requireIdentities({ email: 'maria@cliente.example' }))).packageUntil
  expect(await until()).toBeUndefined()
  await mode.declare('shadow')
  expect(await until()).toBe(Infinity)
  const offAt = Date.now()
  await mode.switchOff(offAt)
  await mode.declare('live')
  expect(await until()).toBe(offAt)
})
