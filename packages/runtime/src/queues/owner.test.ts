import { randomUUID } from 'node:crypto'
import { ownerOf } from '@ponte/contracts'
import { createTenantMode, modeKey } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createLogger } from '../telemetry/logger.ts'
import { openQueues, updateId } from './queues.ts'

const redis = new Redis(inject('redisUrl'))
const closing: (() => Promise<unknown>)[] = []
afterAll(async () => {
  await Promise.all(closing.map(close => close()))
  redis.disconnect()
})

/** The queues of a new tenant whose file says this mode. */
function open(mode: 'live' | 'shadow' = 'live') {
  const name = `t-${randomUUID().slice(0, 8)}`
  const queues = openQueues([{ name, settings: { mode } }], redis, createLogger({ level: 'silent', process: 'test' }))
  closing.push(() => queues.close())
  const queue = queues.of(name)['rd-station']
  const dataOf = async (id: string): Promise<unknown> => (await queue.getJob(id))?.data
  return { name, queue, mode: createTenantMode(redis, name), dataOf }
}

const kinds = [{}, { delay: 60_000 }, { priority: 2 }]

test.each(kinds)(
  'a job has its owner by the mode that Redis holds when it is added, not by the file (%o)',
  async options => {
    const { queue, mode, dataOf } = open('live')
    await mode.declare('shadow')
    await queue.add('n', { v: 1 }, { jobId: 'in-shadow', ...options })
    await mode.declare('live')
    await queue.add('n', { v: 1 }, { jobId: 'live', ...options })
    expect(await dataOf('in-shadow')).toEqual({ owner: 'shadow', v: 1 })
    expect(await dataOf('live')).toEqual({ owner: 'ponte', v: 1 })
  },
)

test.each(kinds)('a job that names its owner keeps it (%o)', async options => {
  const { queue, mode, dataOf } = open()
  await mode.declare('shadow')
  await queue.add('n', { owner: 'ponte', v: 1 }, { jobId: 'own', ...options })
  expect(await dataOf('own')).toEqual({ owner: 'ponte', v: 1 })
})

test.each(['live', 'shadow'] as const)(
  'where Redis holds no mode, the first job records that of the file: %s',
  async of => {
    const { name, queue, mode, dataOf } = open(of)
    await queue.add('n', {}, { jobId: 'first' })
    expect(await redis.exists(modeKey(name))).toBe(1)
    const { since, ...record } = await mode.read()
    expect(record).toEqual(of === 'shadow' ? { mode: of, shadowSince: since } : { mode: of })
    expect(ownerOf(await dataOf('first'))).toBe(of === 'shadow' ? 'shadow' : 'ponte')
    const again = open(of)
    await again.mode.declare(of === 'shadow' ? 'live' : 'shadow')
    await again.queue.add('n', {}, { jobId: 'first' })
    expect(await again.mode.read()).toMatchObject({ mode: of === 'shadow' ? 'live' : 'shadow' })
  },
)

test('an update never joins a waiting job of another owner, and joins one of its own', async () => {
  const { queue, mode, dataOf } = open('shadow')
  const add = (jobId: string) =>
    queue.add(
      'n',
      { v: 1, key: `event-${jobId}` },
      { jobId, deduplication: { id: updateId('opportunity.updated', 'o') } },
    )
  const idOf = async (jobId: string) => (await add(jobId)).id
  expect(await idOf('one')).toBe('one')
  expect(await idOf('two')).toBe('one')
  await mode.declare('live')
  expect(await idOf('three')).toBe('three')
  expect(await idOf('four')).toBe('three')
  expect(ownerOf(await dataOf('one'))).toBe('shadow')
  expect(ownerOf(await dataOf('three'))).toBe('ponte')
})

test('a repeat of an event stays the job of its first delivery, whoever owns it', async () => {
  const { queue, mode } = open('shadow')
  const add = (jobId: string) => queue.add('n', { v: 1 }, { jobId, deduplication: { id: 'key', ttl: 60_000 } })
  await add('one')
  await mode.declare('live')
  expect((await add('two')).id).toBe('one')
})
