import { randomUUID } from 'node:crypto'
import type { TenantOverrides } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { knownLeadBodies, newLeadBodies } from '../measure/bodies.ts'
import { type Address, deliverAll } from '../measure/deliver.ts'
import { type Figure, type Sample, takeTurns } from '../measure/figures.ts'
import { drain } from '../measure/queue.ts'
import { countCommands, cpuOf, readRedisInfo } from '../measure/usage.ts'
import type { Row } from '../row.ts'
import { openWorkers, type Side, type WorkerSide, type WorkerSides } from './sides.ts'

const TURNS = 5
const JOBS = 1000
const COUNTED_JOBS = 200
const SLOTS = 50

const units = {
  'done a second': '/s',
  'processor time of the worker for each': 'ms',
  'processor time of Redis for each': 'µs',
  'Redis commands for each': '',
  'calls to TOTVS CRM for each': '',
  'calls to RD Station for each': '',
}

interface Measuring {
  readonly redisUrl: string
  readonly systems: WorkerSides['systems']
  readonly fill: (jobs: number) => Promise<void>
}

/** Fills the paused queue, then lets one worker empty it. */
async function measureSide(
  redis: Redis,
  { pid, queue }: Side,
  { redisUrl, systems, fill }: Measuring,
): Promise<Sample> {
  await queue.pause()
  await fill(JOBS)
  const [cpu, { cpuMs }] = [await cpuOf(pid), await readRedisInfo(redis)]
  const calls = await systems.calls()
  const seconds = await drain(queue)
  const [cpuAfter, after, callsAfter] = [await cpuOf(pid), await readRedisInfo(redis), await systems.calls()]
  await queue.pause()
  await fill(COUNTED_JOBS)
  // Each look is a command too.
  const commands = await countCommands(redisUrl, () => drain(queue, { lookMs: 100 }))
  return {
    'done a second': JOBS / seconds,
    'processor time of the worker for each': (cpuAfter - cpu) / JOBS,
    'processor time of Redis for each': (after.cpuMs - cpuMs) * (1000 / JOBS),
    'Redis commands for each': commands / COUNTED_JOBS,
    'calls to TOTVS CRM for each': (callsAfter['totvs-crm'] - calls['totvs-crm']) / JOBS,
    'calls to RD Station for each': (callsAfter['rd-station'] - calls['rd-station']) / JOBS,
  }
}

async function measureLeads(
  redisUrl: string,
  bodies: (count: number) => string[],
  rules: TenantOverrides = {},
): Promise<Figure[]> {
  const sides = await openWorkers(redisUrl, { kind: 'totvs-crm', slots: SLOTS, rules })
  const redis = new Redis(redisUrl)
  const { systems } = sides
  const fill = (address: Address) => (jobs: number) => deliverAll(address, bodies(jobs), SLOTS)
  try {
    return await takeTurns(
      TURNS,
      {
        ponte: () => measureSide(redis, sides.ponte, { redisUrl, systems, fill: fill(sides.ponte.lead) }),
        bare: () => measureSide(redis, sides.bare, { redisUrl, systems, fill: fill(sides.bare.lead) }),
      },
      units,
    )
  } finally {
    redis.disconnect()
    await sides.stop()
  }
}

/** New people, each a new lead with its opportunity. */
export const leads: Row = {
  name: 'leads',
  title: `new leads brought over, one worker with ${SLOTS} slots`,
  measure: redisUrl => measureLeads(redisUrl, newLeadBodies),
}

const RULES = 20

/** Each of the fields is written; of the routes the last one is the lead's. */
const manyRules: TenantOverrides = {
  fields: Array.from({ length: RULES }, (_, index) => ({
    from: [`campo ${index}`, ...(index % 2 === 0 ? ['tags'] : ['Tamanho da empresa'])],
    to: `${index % 4 === 0 ? 'opportunity' : 'lead'}.customFields.campo${index}`,
    as: index % 3 === 0 ? 'upper' : 'text',
  })),
  routes: Array.from({ length: RULES }, (_, index) =>
    benchRoute(`route-${index}`, index === RULES - 1 ? { state: 'Santa Catarina' } : { identifier: [`lp-${index}-*`] }),
  ),
  filters: { skip: [{ name: 'suppliers', when: { tag: 'fornecedor*' } }] },
}

type RouteSource = NonNullable<TenantOverrides['routes']>[number]
function benchRoute(name: string, when: RouteSource['when']): RouteSource {
  // oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
  return { name, when, then: { pipeline: 'MQL - Marketing Qualified Lead' } }
}

/** The same as `leads`, of a tenant with rules. */
export const leadsWithRules: Row = {
  name: 'leads-with-rules',
  title: `the same, of a tenant with ${RULES} fields and ${RULES} routes`,
  measure: redisUrl => measureLeads(redisUrl, newLeadBodies, manyRules),
}

/** Further conversions of people who have a lead and an open opportunity. */
export const knownLeads: Row = {
  name: 'known-leads',
  title: `known leads updated, one worker with ${SLOTS} slots`,
  measure: redisUrl => measureLeads(redisUrl, knownLeadBodies),
}

async function measureMarks(redisUrl: string, { areKnown }: { readonly areKnown: boolean }): Promise<Figure[]> {
  const sides = await openWorkers(redisUrl, { kind: 'rd-station', slots: SLOTS })
  const redis = new Redis(redisUrl)
  const { systems, ponte, bare } = sides
  const newIds = (count: number): string[] => Array.from({ length: count }, () => randomUUID())
  /** Opportunities that were marked before, and have been won since. */
  async function newSales(jobs: number, { announce, queue }: WorkerSide) {
    const ids = newIds(jobs)
    await systems.setStatus('PROGRESS')
    await announce(ids)
    await drain(queue)
    await queue.pause()
    await systems.setStatus('WON')
    return ids
  }
  async function fill(side: WorkerSide, jobs: number) {
    await side.announce(areKnown ? await newSales(jobs, side) : newIds(jobs))
  }
  try {
    return await takeTurns(
      TURNS,
      {
        ponte: () => measureSide(redis, ponte, { redisUrl, systems, fill: jobs => fill(ponte, jobs) }),
        bare: () => measureSide(redis, bare, { redisUrl, systems, fill: jobs => fill(bare, jobs) }),
      },
      units,
    )
  } finally {
    redis.disconnect()
    await sides.stop()
  }
}

/** Opportunities that TOTVS CRM announces, each marked in RD Station for the first time. */
export const marks: Row = {
  name: 'marks',
  title: `opportunities marked, one worker with ${SLOTS} slots`,
  measure: redisUrl => measureMarks(redisUrl, { areKnown: false }),
}

/** The sales of opportunities that were marked a moment ago: their contacts are known. */
export const sales: Row = {
  name: 'sales',
  title: `sales of known contacts registered, one worker with ${SLOTS} slots`,
  measure: redisUrl => measureMarks(redisUrl, { areKnown: true }),
}
