import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { crmEventBody, newLeadBody } from '../measure/bodies.ts'
import { type Address, openSender } from '../measure/deliver.ts'
import { type Sample, takeTurns } from '../measure/figures.ts'
import { drain } from '../measure/queue.ts'
import { countCommands, cpuOf, readRedisInfo } from '../measure/usage.ts'
import type { Row } from '../row.ts'
import { openWorkers, type Side, type WorkerSides } from './sides.ts'

const TURNS = 5
const JOBS = 1000
const COUNTED_JOBS = 100
const SLOTS = 50

const units = {
  'done a second': '/s',
  'processor time of the worker for each': 'ms',
  'processor time of Redis for each': 'µs',
  'Redis commands for each': '',
  'calls to TOTVS CRM for each': '',
  'calls to RD Station for each': '',
}

/** Fills the paused queue, then lets one worker empty it. */
async function measureSide(
  redis: Redis,
  { pid, queue }: Side,
  { systems, fill }: { systems: WorkerSides['systems']; fill: (jobs: number) => Promise<void> },
): Promise<Sample> {
  await queue.pause()
  await fill(JOBS)
  const [cpu, { cpuMs }] = [await cpuOf(pid), await readRedisInfo(redis)]
  const calls = await systems.calls()
  const seconds = await drain(queue)
  const [cpuAfter, after, callsAfter] = [await cpuOf(pid), await readRedisInfo(redis), await systems.calls()]
  await queue.pause()
  await fill(COUNTED_JOBS)
  const commands = await countCommands(redis, () => drain(queue))
  return {
    'done a second': JOBS / seconds,
    'processor time of the worker for each': (cpuAfter - cpu) / JOBS,
    'processor time of Redis for each': (after.cpuMs - cpuMs) * (1000 / JOBS),
    'Redis commands for each': commands / COUNTED_JOBS,
    'calls to TOTVS CRM for each': (callsAfter['totvs-crm'] - calls['totvs-crm']) / JOBS,
    'calls to RD Station for each': (callsAfter['rd-station'] - calls['rd-station']) / JOBS,
  }
}

async function deliver(address: Address, bodies: readonly string[]): Promise<void> {
  const sender = openSender(address, SLOTS)
  await sender.flood(bodies)
  sender.close()
}

const newLeads = (count: number): string[] => Array.from({ length: count }, () => newLeadBody().body)

/** New people, each a new lead with its opportunity. */
export const leads: Row = {
  name: 'leads',
  title: `new leads brought over, one worker with ${SLOTS} slots`,
  async measure(redisUrl) {
    const sides = await openWorkers(redisUrl, { kind: 'totvs-crm', slots: SLOTS })
    const redis = new Redis(redisUrl)
    const { systems } = sides
    const fill = (address: Address) => (jobs: number) => deliver(address, newLeads(jobs))
    try {
      return await takeTurns(
        TURNS,
        {
          ponte: () => measureSide(redis, sides.ponte, { systems, fill: fill(sides.ponte.lead) }),
          bare: () => measureSide(redis, sides.bare, { systems, fill: fill(sides.bare.lead) }),
        },
        units,
      )
    } finally {
      redis.disconnect()
      await sides.stop()
    }
  },
}

/** Opportunities that TOTVS CRM announces, each marked in RD Station for the first time. */
export const marks: Row = {
  name: 'marks',
  title: `opportunities marked, one worker with ${SLOTS} slots`,
  async measure(redisUrl) {
    const sides = await openWorkers(redisUrl, { kind: 'rd-station', slots: SLOTS })
    const redis = new Redis(redisUrl)
    const { systems } = sides
    const ids = (count: number): string[] => Array.from({ length: count }, () => randomUUID())
    const fillPonte = (jobs: number) => deliver(sides.ponte.mark, ids(jobs).map(crmEventBody))
    const fillBare = async (jobs: number): Promise<void> => {
      await sides.bare.queue.addBulk(ids(jobs).map(opportunityId => ({ name: 'mark', data: { opportunityId } })))
    }
    try {
      return await takeTurns(
        TURNS,
        {
          ponte: () => measureSide(redis, sides.ponte, { systems, fill: fillPonte }),
          bare: () => measureSide(redis, sides.bare, { systems, fill: fillBare }),
        },
        units,
      )
    } finally {
      redis.disconnect()
      await sides.stop()
    }
  },
}
