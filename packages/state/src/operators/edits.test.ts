import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, inject, test } from 'vitest'
import { createEdits, type EditRecord } from './edits.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

let tenant: string
let keys: { failed: string; job: string }
beforeEach(async () => {
  tenant = `t-${crypto.randomUUID()}`
  keys = { failed: `{${tenant}}:q:failed`, job: `{${tenant}}:q:job` }
  await redis.zadd(keys.failed, 1, 'job')
  await redis.hset(keys.job, { data: JSON.stringify({ city: 'Floripa' }), name: 'lead.registered' })
})

const recordOf = (city: string): EditRecord => ({
  event: 'lead.registered',
  original: { city: 'Floripa' },
  current: { city },
  changes: [{ at: '2026-01-02T03:04:05.000Z', by: 'ana', fields: ['city'] }],
})
const edit = (from: string, to: string, record: EditRecord | undefined = recordOf(to)) =>
  createEdits(redis, tenant).exchange({
    keys,
    queue: 'totvs-crm',
    jobId: 'job',
    record,
    before: { city: from },
    after: { city: to },
  })
const data = async () => JSON.parse((await redis.hget(keys.job, 'data')) ?? '')
const read = () => createEdits(redis, tenant).read('totvs-crm', 'job')

test('of edits at the same time one is kept, with its record, and the others are refused', async () => {
  const cities = ['Um', 'Dois', 'Três', 'Quatro']
  const kept = await Promise.all(cities.map(city => edit('Floripa', city)))
  expect(kept.filter(Boolean)).toHaveLength(1)
  const city = cities[kept.indexOf(true)]
  expect(await data()).toEqual({ city })
  expect(await read()).toEqual(recordOf(city ?? ''))
})

test('a job that is failed no longer keeps what it runs with', async () => {
  await redis.zrem(keys.failed, 'job')
  expect(await edit('Floripa', 'Um')).toBe(false)
  expect(await data()).toEqual({ city: 'Floripa' })
  expect(await read()).toBeUndefined()
})

test('the record outlives the job by 30 days, and an edit that is taken back leaves none', async () => {
  await edit('Floripa', 'Um')
  await redis.del(keys.job)
  expect(await read()).toEqual(recordOf('Um'))
  const [key = ''] = await redis.keys(`{${tenant}}:ponte:edit:*`)
  expect(await redis.ttl(key)).toBeGreaterThan(30 * 24 * 3600 - 60)

  await redis.hset(keys.job, { data: JSON.stringify({ city: 'Um' }) })
  const back = { keys, queue: 'totvs-crm', jobId: 'job', before: { city: 'Um' }, after: { city: 'Floripa' } }
  expect(await createEdits(redis, tenant).exchange({ ...back, record: undefined })).toBe(true)
  expect(await read()).toBeUndefined()
})
