import { Redis } from 'ioredis'
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import { createProcessRecord, type ProcessUse, readProcesses } from './process-use.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

function openProcess() {
  const [id, tenant] = [crypto.randomUUID(), `t-${crypto.randomUUID()}`]
  const record = createProcessRecord(redis, id)
  onTestFinished(() => record.forget())
  const use: ProcessUse = {
    kind: 'worker',
    key: 'key',
    file: { fingerprint: 'file', readAt: 5 },
    tenants: new Map([[tenant, new Map([['totvsCrm.password', 'one']])]]),
  }
  return { key: `ponte:process:${id}`, tenant, record, use }
}

test('what a process records is read for the tenants that it serves, until it ends or dies', async () => {
  const { key, tenant, record, use } = openProcess()
  const read = () => readProcesses(redis, [tenant])
  await record.write({ ...use, refused: { problems: ['1', '2', '3', '4', '5', '6'], since: 7 } })
  expect(await read()).toEqual([{ ...use, refused: { problems: ['1', '2', '3', '4', '5'], since: 7 } }])
  await record.write(use)
  expect(await read()).toEqual([use])
  expect(await readProcesses(redis, ['another'])).toEqual([])

  // It died: nobody renews its record.
  expect(await redis.ttl(key)).toBeGreaterThan(50)
  expect(await redis.ttl(key)).toBeLessThanOrEqual(60)
  await redis.pexpire(key, 1)
  await expect.poll(read).toEqual([])
  expect(await record.renew()).toBe(false)

  await record.write(use)
  expect(await record.renew()).toBe(true)
  await record.forget()
  expect(await read()).toEqual([])
})

test('a credential that a process does not read is not recorded, whatever others of its tenants have', async () => {
  const { tenant, record, use } = openProcess()
  const other = `${tenant}-other`
  const tenants = new Map([...use.tenants, [other, new Map([['rdStation.clientId', 'two']])] as const])
  await record.write({ ...use, tenants })
  expect(await readProcesses(redis, [tenant, other])).toEqual([{ ...use, tenants }])
})

test('what a process records of a thousand tenants is less than 100 kB', async () => {
  const { key, record, use } = openProcess()
  const settings = [
    'rdStation.clientId',
    'rdStation.clientSecret',
    'rdStation.refreshToken',
    'totvsCrm.username',
    'x.y',
  ]
  const credentials = new Map(settings.map(setting => [setting, 'Fingerpr']))
  const tenants = new Map(Array.from({ length: 1000 }, (_, index) => [`company-${index}`, credentials]))
  await record.write({ ...use, tenants })
  const recorded = await redis.hgetall(key)
  expect(Object.entries(recorded).flat().join('').length).toBeLessThan(100_000)
})
