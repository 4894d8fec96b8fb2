import { requireIdentities } from '@ponte/contracts'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createFingerprint } from '../fingerprints/fingerprint.ts'
import { createTenantMode } from '../mode/tenant-mode.ts'
import { createRecordedPersons } from './lead-ledger.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

test('what is recorded of a person says in which mode the tenant is', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const mode = createTenantMode(redis, tenant)
  const recordedOf = createRecordedPersons(redis, tenant, createFingerprint(Buffer.alloc(32, 1)))
  const found = async () => (await recordedOf({}, requireIdentities({ email: 'maria@cliente.example' }))).mode
  expect(await found()).toEqual({ mode: 'live', since: 0 })
  await mode.declare('shadow')
  expect(await found()).toMatchObject({ mode: 'shadow' })
  const offAt = Date.now()
  await mode.switchOff(offAt)
  await mode.declare('live')
  expect(await found()).toMatchObject({ mode: 'live', offAt })
})
