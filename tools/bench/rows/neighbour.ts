import { startPonte } from '@ponte/testbed'
import { newLeadBodies } from '../measure/bodies.ts'
import { openSender } from '../measure/deliver.ts'
import { type Figure, medianOf, percentile, spreadOf } from '../measure/figures.ts'
import { startSystems } from '../measure/processes.ts'
import { openQueue, timeOf } from '../measure/queue.ts'
import type { Row } from '../row.ts'
import { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'

const FLOOD = 100_000
const PROBES = 300
const PER_SECOND = 20

/** How long one tenant's leads take while another tenant's CRM is dead and its events wait. */
export const neighbour: Row = {
  name: 'neighbour',
  title: `time from a delivery to its opportunity beside a neighbour with ${FLOOD.toLocaleString('en')} waiting events`,
  async measure(redisUrl) {
    const systems = await startSystems()
    const [noisy, quiet] = [`noisy-${crypto.randomUUID().slice(0, 8)}`, `quiet-${crypto.randomUUID().slice(0, 8)}`]
    const ponte = await startPonte({
      redisUrl,
      sandboxUrl: systems.url,
      workers: 1,
      tenants: { [quiet]: {}, [noisy]: { totvsCrm: { baseUrl: 'http://127.0.0.1:9' } } },
      env: { LOG_LEVEL: 'error' },
    })
    const redis = new Redis(redisUrl)
    const queue = openQueue(redisUrl, `${quiet}.totvs-crm`, `{${quiet}}`)
    const senders = new Map(
      ponte.tenants.map(({ name, rdStationUrl, tokens }) => [
        name,
        openSender({ url: rdStationUrl, token: tokens.rdStation }, 64),
      ]),
    )
    const measure = async (): Promise<readonly number[]> => {
      const since = Date.now()
      await senders.get(quiet)?.atRate(PER_SECOND, newLeadBodies(PROBES))
      while ((await queue.getJobCountByTypes('waiting', 'active')) > 0) await sleep(20)
      const done = await queue.getCompleted(0, PROBES - 1)
      return done.filter(({ timestamp }) => timestamp >= since).map(timeOf)
    }
    try {
      await measure()
      const alone = await measure()
      for (let sent = 0; sent < FLOOD; sent += 5000) await senders.get(noisy)?.flood(newLeadBodies(5000))
      // Redis writes its file anew after it has grown like this; that is not what is measured.
      while (!(await redis.info('persistence')).includes('aof_rewrite_in_progress:0')) await sleep(200)
      const beside = await measure()
      const slowest = (times: readonly number[]): number => percentile(times, 0.99)
      const kinds = [['median', medianOf] as const, ['p99, of a hundred the slowest', slowest] as const]
      return kinds.map(([what, of]): Figure => {
        const [ponteMs, aloneMs] = [of(beside), of(alone)]
        return {
          ...{ what: `${what}, against alone`, unit: 'ms', ponte: spreadOf([ponteMs]), bare: spreadOf([aloneMs]) },
          ratio: ponteMs / aloneMs,
        }
      })
    } finally {
      for (const sender of senders.values()) sender.close()
      redis.disconnect()
      await queue.close()
      await ponte.stop()
      await systems.stop()
    }
  },
}
