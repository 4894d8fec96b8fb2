import { startPonte } from '@ponte/testbed'
import { newLeadBodies } from '../measure/bodies.ts'
import { openSender } from '../measure/deliver.ts'
import { type Figure, spreadOf } from '../measure/figures.ts'
import { startSystems } from '../measure/processes.ts'
import { openQueue } from '../measure/queue.ts'
import type { Row } from '../row.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { z } from 'zod'

const FEW = 1000
const MANY = 1_000_000
const MEASURED = 2000
const BULK = 5000
const TURNS = 5

/** Whether a long queue makes what is done with it slower. */
export const growth: Row = {
  name: 'growth',
  title: `with ${MANY.toLocaleString('en')} waiting events, against ${FEW.toLocaleString('en')}`,
  async measure(redisUrl) {
    const systems = await startSystems()
    const name = `growth-${crypto.randomUUID().slice(0, 8)}`
    const ponte = await startPonte({
      redisUrl,
      sandboxUrl: systems.url,
      tenants: { [name]: {} },
      env: { LOG_LEVEL: 'error', WORKER_CONCURRENCY: '50' },
    })
    const redis = new Redis(redisUrl)
    const queue = openQueue(redisUrl, `${name}.totvs-crm`, `{${name}}`)
    const sender = openSender({ url: ponte.tenant.rdStationUrl, token: ponte.tenant.tokens.rdStation }, 64)
    const deliver = async (count: number): Promise<number> => {
      const bodies = newLeadBodies(count)
      const startedAt = performance.now()
      await sender.flood(bodies)
      return (count * 1000) / (performance.now() - startedAt)
    }
    /** Deliveries accepted, and leads done, a second. */
    const measure = async () => {
      const [accepted, done]: [number[], number[]] = [[], []]
      for (let turn = 0; turn < TURNS; turn += 1) {
        await queue.pause()
        accepted.push(await deliver(MEASURED))
        const [left, startedAt] = [await queue.getWaitingCount(), performance.now()]
        await queue.resume()
        while ((await queue.getWaitingCount()) > left - MEASURED) await sleep(5)
        done.push((MEASURED * 1000) / (performance.now() - startedAt))
      }
      await queue.pause()
      return { accepted: spreadOf(accepted), done: spreadOf(done) }
    }
    try {
      await queue.pause()
      await deliver(FEW + MEASURED)
      // The first turns warm both processes up: everything is slower in them.
      await measure()
      const few = await measure()
      // Copies of one that the ingress made: a million deliveries would take a quarter of an hour.
      const [pattern] = await queue.getWaiting(0, 0)
      if (pattern === undefined) throw new Error('nothing waits')
      const { deduplication: _deduplication, ...opts } = pattern.opts
      const { lead } = z.looseObject({ lead: z.looseObject({ uuid: z.string() }) }).parse(pattern.data)
      const text = JSON.stringify(pattern.data)
      // Each of another person: the e-mail has the contact's id in it.
      const copy = () => ({
        ...{ name: pattern.name, data: JSON.parse(text.replaceAll(lead.uuid, crypto.randomUUID())) },
        opts: { ...opts, jobId: `lead-registered-${crypto.randomUUID()}` },
      })
      for (let waiting = FEW; waiting < MANY; waiting += BULK) await queue.addBulk(Array.from({ length: BULK }, copy))
      // Redis writes its file anew after it has grown like this; that is not what is measured.
      while (!(await redis.info('persistence')).includes('aof_rewrite_in_progress:0')) await sleep(200)
      const many = await measure()
      return (['accepted', 'done'] as const).map((what): Figure => {
        const [ponteSpread, bare] = [many[what], few[what]]
        const ratio = ponteSpread.median / bare.median
        return { what: `${what} a second, against few`, unit: '/s', ponte: ponteSpread, bare, ratio }
      })
    } finally {
      sender.close()
      redis.disconnect()
      await queue.close()
      await ponte.stop()
      await systems.stop()
    }
  },
}
