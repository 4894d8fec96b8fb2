import { type BoardProcess, plantFailures, type PlantedJob, startPonte } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { type Figure, medianOf, type Sample, takeTurns } from '../measure/figures.ts'
import { cpuOf, readRedisInfo } from '../measure/usage.ts'
import type { Row } from '../row.ts'

const TENANTS = 100
const FAILED_EACH = 500
const TURNS = 5
/** How often a page is asked for in a turn. */
const TIMES = 3
/** Of the slow log, in microseconds. */
const SLOW_US = 1000

/** How long the board's pages take when much has failed at many tenants, beside a board of one of them. */
export const pages: Row = {
  name: 'pages',
  title: `the board's pages with ${TENANTS} tenants and ${(TENANTS * FAILED_EACH).toLocaleString('en')} failed jobs, against 1 and ${FAILED_EACH}`,
  async measure(redisUrl) {
    const redis = new Redis(redisUrl)
    await redis.config('SET', 'slowlog-log-slower-than', SLOW_US, 'slowlog-max-len', 10_000)
    const [many, few] = await Promise.all([openBoard(redis, redisUrl, TENANTS), openBoard(redis, redisUrl, 1)])
    try {
      const units = Object.fromEntries(
        Object.keys(many.addresses).flatMap(name => [
          [name, 'ms'],
          [cpuName(name), 'ms'],
        ]),
      )
      const figures = await takeTurns(TURNS, { ponte: many.turn, bare: few.turn }, units)
      return [...figures, single('the longest step of Redis', await longestStep(redis))]
    } finally {
      redis.disconnect()
      await many.stop()
      await few.stop()
    }
  },
}

const cpuName = (page: string): string => `  ${page}: processor time of board and Redis`
const single = (what: string, ms: number): Figure => ({ what, unit: 'ms', ponte: { median: ms, low: ms, high: ms } })

async function openBoard(redis: Redis, redisUrl: string, count: number) {
  const tenants = Array.from({ length: count }, () => `t-${crypto.randomUUID().slice(0, 8)}`)
  const ponte = await startPonte({
    ...{ redisUrl, sandboxUrl: 'http://127.0.0.1:9', workers: 0, board: true, env: { LOG_LEVEL: 'error' } },
    tenants: Object.fromEntries(tenants.map(name => [name, {}])),
  })
  const { board, stop } = ponte
  if (board === undefined) throw new Error('there is no board')
  const planted = await plantFailures(redis, { tenants, failed: count * FAILED_EACH, now: Date.now() })
  const addresses = addressesOf(planted)
  return {
    addresses,
    stop,
    async turn(): Promise<Sample> {
      const sample: Record<string, number> = {}
      for (const [name, address] of Object.entries(addresses)) {
        const readCpu = async (): Promise<number> => (await cpuOf(board.pid)) + (await readRedisInfo(redis)).cpuMs
        const before = await readCpu()
        const times: number[] = []
        for (let time = 0; time < TIMES; time += 1) times.push(await ask(board, address))
        sample[name] = medianOf(times)
        sample[cpuName(name)] = ((await readCpu()) - before) / TIMES
      }
      return sample
    },
  }
}

/** Of the last tenant, where a page shows one. */
function addressesOf(planted: readonly PlantedJob[]): Readonly<Record<string, string>> {
  const { tenant = '', opportunityId = '' } = planted.findLast(job => job.opportunityId !== undefined) ?? {}
  return {
    Overview: '/',
    Failures: '/failures',
    'a cause': `/failures/${tenant}/totvs-crm/CRM_REJECTED`,
    Events: `/events?tenant=${tenant}&status=failed`,
    Waiting: '/waiting',
    Connections: '/connections',
    Search: `/search?q=${opportunityId}`,
  }
}

/** Milliseconds until the whole page is there. What an address asks of the search is sent as its form. */
async function ask({ url, user, password }: BoardProcess, address: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const { pathname, searchParams } = new URL(address, url)
  const isForm = pathname === '/search'
  const startedAt = performance.now()
  const answer = await fetch(`${url}${isForm ? pathname : address}`, {
    headers: { authorization, 'sec-fetch-site': 'same-origin' },
    ...(isForm && { method: 'POST', body: searchParams }),
  })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${address} was answered ${answer.status}: ${text.slice(-500)}`)
  return performance.now() - startedAt
}

/** Milliseconds. `SLOWLOG GET` answers with lists that end in what a client is called; the third is the time. */
async function longestStep(redis: Redis): Promise<number> {
  const log = await redis.slowlog('GET', -1)
  const times = Array.isArray(log) ? log.map(entry => (Array.isArray(entry) ? Number(entry[2]) : 0)) : []
  return times.reduce((most, each) => Math.max(most, each), 0) / 1000
}
