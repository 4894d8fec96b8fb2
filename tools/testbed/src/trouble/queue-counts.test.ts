import { Redis } from 'ioredis'
import { expect, inject, onTestFinished, test } from 'vitest'
import { countJobs } from './queue-counts.ts'

const COUNTS = 1000
/** Commands that are sent together reach Redis at different times. */
const together = Array.from({ length: 6 })

test('a job that goes on to another state or queue while jobs are counted is counted once', async () => {
  const [mover, counter] = [new Redis(inject('redisUrl')), new Redis(inject('redisUrl'))]
  const tenant = `count-${crypto.randomUUID()}`
  const keyOf = (state: string): string => `{${tenant}}:${tenant}.${state}`
  let counts = 0
  onTestFinished(() => {
    mover.disconnect()
    counter.disconnect()
  })
  const delayed = keyOf('totvs-crm:delayed')
  await mover.zadd(delayed, 1, 'job')
  /** Each move is one step of Redis, as BullMQ makes them. */
  const moving = async () => {
    while (counts < COUNTS) {
      await mover.multi().zrem(delayed, 'job').lpush(keyOf('totvs-crm:wait'), 'job').exec()
      await mover.rpoplpush(keyOf('totvs-crm:wait'), keyOf('totvs-crm:active'))
      await mover.rpoplpush(keyOf('totvs-crm:active'), keyOf('rd-station:wait'))
      await mover.multi().lpop(keyOf('rd-station:wait')).zadd(delayed, 1, 'job').exec()
    }
  }
  const counting = async () => {
    for (; counts < COUNTS; counts += 1)
      for (const count of await Promise.all(
        together.map(() => countJobs(counter, tenant, ['totvs-crm', 'rd-station'])),
      ))
        expect(count).toEqual({ failed: 0, pending: 1 })
  }
  await Promise.all([moving(), counting().finally(() => (counts = COUNTS))])
})
