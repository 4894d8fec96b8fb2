import { setTimeout as sleep } from 'node:timers/promises'
import { type Ponte, startPonte, type TenantOverrides, type WorkerProcess } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { newLeadBodies } from '../measure/bodies.ts'
import { openSender } from '../measure/deliver.ts'
import { type Figure, medianOf, percentile, spreadOf } from '../measure/figures.ts'
import { startSystems } from '../measure/processes.ts'
import { openQueue, timeOf } from '../measure/queue.ts'
import { cpuOf, memoryOf } from '../measure/usage.ts'
import type { Row } from '../row.ts'

const TENANTS = 1000
const WORKERS = 2
const PROBES = 200
const PER_SECOND = 10
/** A start has written by then what it writes once. */
const QUIET_SECONDS = 10
/** Longer than a worker that waits for jobs asks for none. */
const IDLE_SECONDS = 40

const figure = (what: string, unit: string, value: number): Figure => ({ what, unit, ponte: spreadOf([value]) })

const seconds = (since: number): number => (performance.now() - since) / 1000

/** A thousand tenants, each served by one of two workers. */
export const tenants: Row = {
  name: 'tenants',
  title: `${TENANTS.toLocaleString('en')} tenants on ${WORKERS} workers`,
  async measure(redisUrl, { flood }) {
    const systems = await startSystems()
    const names = Array.from({ length: TENANTS }, () => `t-${crypto.randomUUID().slice(0, 8)}`)
    // By name, not by hash: the flood has to come to the worker that serves the measured tenant.
    const shards = Array.from({ length: WORKERS }, (_unused, index) => names.filter((_, at) => at % WORKERS === index))
    const [[probe = '', noisy = ''] = []] = shards
    const settings: Record<string, TenantOverrides> = Object.fromEntries(names.map(name => [name, {}]))
    const ponte = await startPonte({
      ...{ redisUrl, sandboxUrl: systems.url, workers: 0, tenants: settings, env: { LOG_LEVEL: 'error' } },
    })
    const redis = new Redis(redisUrl)
    try {
      const figures: Figure[] = []
      const startedAt = performance.now()
      const workers = await Promise.all(shards.map(own => ponte.startWorker({ WORKER_SHARD: own.join(',') })))
      // Now and then one of them asks whether it has missed a job.
      while ((await readInfo(redis)).blocked < 0.98 * 2 * TENANTS) await sleep(50)
      figures.push(figure('until every queue has its worker', 's', seconds(startedAt)))
      await sleep(QUIET_SECONDS * 1000)
      figures.push(...(await measureIdle(redis, workers)))
      const alone = await measureProbe(redisUrl, ponte, probe)
      figures.push(
        figure(`delivery to opportunity beside ${TENANTS - 1} quiet ones, median`, 'ms', medianOf(alone)),
        figure('the same, p99', 'ms', percentile(alone, 0.99)),
      )
      figures.push(...(await measureReload(ponte, settings, probe)))
      const sender = openSender(addressOf(ponte, noisy), 64)
      for (let sent = 0; sent < flood; sent += 5000) await sender.flood(newLeadBodies(Math.min(5000, flood - sent)))
      sender.close()
      const beside = await measureProbe(redisUrl, ponte, probe)
      const left = openQueue(redisUrl, `${noisy}.totvs-crm`, `{${noisy}}`)
      figures.push(
        figure(`beside a flood of ${flood.toLocaleString('en')} to another one, median`, 'ms', medianOf(beside)),
        figure('the same, p99', 'ms', percentile(beside, 0.99)),
        figure('of the flood still waiting at the end', 'events', await left.getWaitingCount()),
      )
      await left.close()
      return figures
    } finally {
      redis.disconnect()
      await ponte.stop()
      await systems.stop()
    }
  },
}

async function readInfo(redis: Redis) {
  const info = await redis.info('clients')
  const read = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1])
  const stats = await redis.info('commandstats')
  const commands = [...stats.matchAll(/^cmdstat_[^:]+:calls=(\d+)/gm)].reduce(
    (sum, [, calls]) => sum + Number(calls),
    0,
  )
  return { connections: read('connected_clients'), blocked: read('blocked_clients'), commands }
}

async function measureIdle(redis: Redis, workers: readonly WorkerProcess[]): Promise<Figure[]> {
  const cpu = async (): Promise<number> =>
    (await Promise.all(workers.map(({ pid }) => cpuOf(pid)))).reduce((sum, each) => sum + each, 0)
  const [before, cpuBefore] = [await readInfo(redis), await cpu()]
  await sleep(IDLE_SECONDS * 1000)
  const [after, cpuAfter] = [await readInfo(redis), await cpu()]
  const memory = await Promise.all(workers.map(({ pid }) => memoryOf(pid)))
  return [
    // One is of this measurement.
    figure('connections to Redis, over all processes', '', after.connections - 1),
    figure(
      'commands of Redis, a tenant, those inside scripts counted',
      '/s',
      (after.commands - before.commands) / IDLE_SECONDS / TENANTS,
    ),
    figure('processor time of a worker', 'ms/s', (cpuAfter - cpuBefore) / IDLE_SECONDS / WORKERS),
    figure('memory of a worker', 'MB', medianOf(memory) / 1_000_000),
  ]
}

function addressOf(ponte: Ponte, name: string) {
  const tenant = ponte.tenants.find(each => each.name === name)
  if (tenant === undefined) throw new Error(`there is no ${name}`)
  return { url: tenant.rdStationUrl, token: tenant.tokens.rdStation }
}

/** Milliseconds from each delivery of the tenant to its opportunity. */
async function measureProbe(redisUrl: string, ponte: Ponte, name: string): Promise<readonly number[]> {
  const sender = openSender(addressOf(ponte, name), 64)
  const queue = openQueue(redisUrl, `${name}.totvs-crm`, `{${name}}`)
  try {
    // The first ones open what a tenant has once.
    await sender.atRate(PER_SECOND, newLeadBodies(2 * PER_SECOND))
    const since = Date.now()
    await sender.atRate(PER_SECOND, newLeadBodies(PROBES))
    while ((await queue.getJobCountByTypes('waiting', 'active')) > 0) await sleep(20)
    const done = await queue.getCompleted(0, PROBES - 1)
    return done.filter(({ timestamp }) => timestamp >= since).map(timeOf)
  } finally {
    sender.close()
    await queue.close()
  }
}

/** What the others notice while the file is read again, because one tenant was added. */
async function measureReload(ponte: Ponte, settings: Record<string, TenantOverrides>, name: string): Promise<Figure[]> {
  const sender = openSender(addressOf(ponte, name), 64)
  let isServed = false
  const answers: number[] = []
  const load = (async () => {
    while (!isServed) answers.push(...(await sender.atRate(PER_SECOND, newLeadBodies(PER_SECOND))))
  })()
  const startedAt = performance.now()
  const added = `t-${crypto.randomUUID().slice(0, 8)}`
  const tenant = (await ponte.writeTenants({ ...settings, [added]: {} })).find(each => each.name === added)
  if (tenant === undefined) throw new Error('the tenant was not added')
  const newcomer = openSender({ url: tenant.rdStationUrl, token: tenant.tokens.rdStation }, 1)
  while (!isServed) {
    isServed = await newcomer.flood(newLeadBodies(1)).then(
      () => true,
      () => false,
    )
    await sleep(200)
  }
  const servedAfter = seconds(startedAt)
  await load
  newcomer.close()
  sender.close()
  return [
    figure('until a tenant that is added is let in', 's', servedAfter),
    figure("another one's slowest answer meanwhile", 'ms', Math.max(...answers)),
  ]
}
