import { newLeadBodies } from '../measure/bodies.ts'
import { type Address, openSender } from '../measure/deliver.ts'
import { medianOf, percentile, type Sample, takeTurns } from '../measure/figures.ts'
import { timeOf } from '../measure/queue.ts'
import type { Row } from '../row.ts'
import { openIngresses, openWorkers } from './sides.ts'
import type { Queue } from 'bullmq'
import { setTimeout as sleep } from 'node:timers/promises'

const TURNS = 5
const LONE_PER_SECOND = 200
const LONE = 1000
const ARRIVALS_PER_SECOND = 50
const ARRIVALS = 500

const percentiles = (times: readonly number[]): Sample => ({
  median: medianOf(times),
  'p99, of a hundred the slowest': percentile(times, 0.99),
})
const units = { median: 'ms', 'p99, of a hundred the slowest': 'ms' }

/** How long a sender waits for its answer. */
export const answer: Row = {
  name: 'answer',
  title: `time to the answer of a delivery, ${LONE_PER_SECOND} a second`,
  async measure(redisUrl) {
    const sides = await openIngresses(redisUrl)
    async function turn(address: Address): Promise<Sample> {
      const sender = openSender(address, 64)
      const times = await sender.atRate(LONE_PER_SECOND, newLeadBodies(LONE))
      sender.close()
      return percentiles(times)
    }
    try {
      const { ponte, bare } = sides
      return await takeTurns(TURNS, { ponte: () => turn(ponte.address), bare: () => turn(bare.address) }, units)
    } finally {
      await sides.stop()
    }
  },
}

/** How long a lead takes from its delivery to its opportunity. */
export const arrival: Row = {
  name: 'arrival',
  title: `time from a delivery to its opportunity, ${ARRIVALS_PER_SECOND} a second`,
  async measure(redisUrl) {
    const sides = await openWorkers(redisUrl, { kind: 'totvs-crm', slots: 50 })
    async function turn(address: Address, queue: Queue): Promise<Sample> {
      const sender = openSender(address, 64)
      const since = Date.now()
      await sender.atRate(ARRIVALS_PER_SECOND, newLeadBodies(ARRIVALS))
      sender.close()
      while ((await queue.getJobCountByTypes('waiting', 'active')) > 0) await sleep(20)
      const done = await queue.getCompleted(0, ARRIVALS - 1)
      return percentiles(done.filter(({ timestamp }) => timestamp >= since).map(timeOf))
    }
    try {
      const { ponte, bare } = sides
      return await takeTurns(
        TURNS,
        { ponte: () => turn(ponte.lead, ponte.queue), bare: () => turn(bare.lead, bare.queue) },
        units,
      )
    } finally {
      await sides.stop()
    }
  },
}
