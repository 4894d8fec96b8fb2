import { Redis } from 'ioredis'
import { newLeadBodies } from '../measure/bodies.ts'
import { openSender } from '../measure/deliver.ts'
import { takeTurns } from '../measure/figures.ts'
import { drain } from '../measure/queue.ts'
import { readRedisInfo } from '../measure/usage.ts'
import type { Row } from '../row.ts'
import { openWorkers } from './sides.ts'

const TURNS = 3
/** More than completed jobs are kept, so that what they take counts in the first turn only, which warms up. */
const LEADS = 3000

/** What stays of a lead in Redis after its job is gone: its timeline, its links, and what Ponte did with it. */
export const kept: Row = {
  name: 'kept',
  title: 'what stays in Redis of a lead that is done, after its job is gone',
  async measure(redisUrl) {
    const { ponte, stop } = await openWorkers(redisUrl, { kind: 'totvs-crm', slots: 50 })
    const redis = new Redis(redisUrl)
    const sender = openSender(ponte.lead, 64)
    const turn = async () => {
      const before = await readRedisInfo(redis)
      await sender.flood(newLeadBodies(LEADS))
      await drain(ponte.queue)
      const after = await readRedisInfo(redis)
      return {
        'memory for each lead': (after.dataBytes - before.dataBytes) / LEADS / 1000,
        'written to the disk for each lead': (after.fileBytes - before.fileBytes) / LEADS / 1000,
      }
    }
    try {
      // A rewritten file is shorter than what was written.
      await redis.config('SET', 'auto-aof-rewrite-percentage', '0')
      return await takeTurns(
        TURNS,
        { ponte: turn },
        { 'memory for each lead': 'kB', 'written to the disk for each lead': 'kB' },
      )
    } finally {
      sender.close()
      redis.disconnect()
      await stop()
    }
  },
}
