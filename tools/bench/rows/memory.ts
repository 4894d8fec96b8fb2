import { Redis } from 'ioredis'
import { newLeadBodies } from '../measure/bodies.ts'
import { type Address, deliverAll } from '../measure/deliver.ts'
import { type Sample, takeTurns } from '../measure/figures.ts'
import { drain } from '../measure/queue.ts'
import { memoryOf, readRedisInfo } from '../measure/usage.ts'
import type { Row } from '../row.ts'
import { openIngresses, openWorkers, type WorkerSide } from './sides.ts'

const TURNS = 3
const LEADS = 2000

const deliver = (address: Address, count: number): Promise<void> => deliverAll(address, newLeadBodies(count), 64)

/** What a lead takes in Redis while it waits, with all that is kept of it. */
export const waiting: Row = {
  name: 'waiting',
  title: 'memory of Redis for a lead that waits',
  async measure(redisUrl) {
    const sides = await openIngresses(redisUrl)
    const redis = new Redis(redisUrl)
    async function turn(address: Address): Promise<Sample> {
      const { dataBytes } = await readRedisInfo(redis)
      await deliver(address, LEADS)
      return { 'for each lead': ((await readRedisInfo(redis)).dataBytes - dataBytes) / LEADS / 1000 }
    }
    try {
      const { ponte, bare } = sides
      const units = { 'for each lead': 'kB' }
      return await takeTurns(TURNS, { ponte: () => turn(ponte.address), bare: () => turn(bare.address) }, units)
    } finally {
      redis.disconnect()
      await sides.stop()
    }
  },
}

/** What a worker takes that has had work. */
export const resident: Row = {
  name: 'resident',
  title: `memory of a worker after each further ${LEADS} leads`,
  async measure(redisUrl) {
    const sides = await openWorkers(redisUrl, { kind: 'totvs-crm', slots: 50 })
    async function turn({ pid, queue, lead }: WorkerSide): Promise<Sample> {
      await queue.pause()
      await deliver(lead, LEADS)
      await drain(queue)
      return { resident: (await memoryOf(pid)) / 1_000_000 }
    }
    try {
      const { ponte, bare } = sides
      return await takeTurns(TURNS, { ponte: () => turn(ponte), bare: () => turn(bare) }, { resident: 'MB' })
    } finally {
      await sides.stop()
    }
  },
}
