import { setTimeout as sleep } from 'node:timers/promises'
import type { JobsOptions } from 'bullmq'
import { Redis } from 'ioredis'
import { newLeadBodies } from '../measure/bodies.ts'
import { type Address, openSender } from '../measure/deliver.ts'
import { type Figure, medianOf, spreadOf } from '../measure/figures.ts'
import type { Row } from '../row.ts'
import { openWorkers, type Side } from './sides.ts'

const FEW = 1000
const MANY = 1_000_000
const MEASURED = 2000
const BULK = 5000
const TURNS = 5

type LeadSide = Side & { readonly lead: Address }
/** Deliveries accepted, and leads done, a second: one of each for a turn. */
type Speeds = Readonly<Record<'accepted' | 'done', number[]>>

/** Whether a long queue makes what is done with it slower. Both queues are long at the same time, and take turns. */
export const growth: Row = {
  name: 'growth',
  title: `with ${MANY.toLocaleString('en')} waiting events in each queue, against ${FEW.toLocaleString('en')}`,
  async measure(redisUrl) {
    const { ponte, bare, stop } = await openWorkers(redisUrl, { kind: 'totvs-crm', slots: 50 })
    const redis = new Redis(redisUrl)
    const sides = { ponte, bare }
    try {
      for (const side of [bare, ponte]) {
        await side.queue.pause()
        await deliver(side, FEW + MEASURED)
      }
      // The first turns warm all processes up: everything is slower in them.
      await measure(sides)
      const few = await measure(sides)
      for (const side of [bare, ponte]) await fill(side)
      // Redis writes its file anew after it has grown like this; that is not what is measured.
      while (!(await redis.info('persistence')).includes('aof_rewrite_in_progress:0')) await sleep(200)
      await measure(sides)
      const many = await measure(sides)
      return (['accepted', 'done'] as const).map((what): Figure => {
        const of = (side: 'ponte' | 'bare') => spreadOf(many[side][what].map(each => each / medianOf(few[side][what])))
        const [own, other] = [of('ponte'), of('bare')]
        const ratio = own.median / other.median
        return { what: `${what} a second, of that with few`, unit: '×', ponte: own, bare: other, ratio }
      })
    } finally {
      redis.disconnect()
      await stop()
    }
  },
}

/** Deliveries a second. */
async function deliver({ lead }: LeadSide, count: number): Promise<number> {
  const sender = openSender(lead, 64)
  const bodies = newLeadBodies(count)
  const startedAt = performance.now()
  try {
    await sender.flood(bodies)
    return (count * 1000) / (performance.now() - startedAt)
  } finally {
    sender.close()
  }
}

async function measure<Sides extends Readonly<Record<'ponte' | 'bare', LeadSide>>>(sides: Sides) {
  const speeds: Readonly<Record<'ponte' | 'bare', Speeds>> = {
    ponte: { accepted: [], done: [] },
    bare: { accepted: [], done: [] },
  }
  for (let turn = 0; turn < TURNS; turn += 1)
    for (const name of ['bare', 'ponte'] as const) {
      const { queue } = sides[name]
      speeds[name].accepted.push(await deliver(sides[name], MEASURED))
      const [left, startedAt] = [await queue.getWaitingCount(), performance.now()]
      await queue.resume()
      while ((await queue.getWaitingCount()) > left - MEASURED) await sleep(5)
      speeds[name].done.push((MEASURED * 1000) / (performance.now() - startedAt))
      await queue.pause()
    }
  return speeds
}

/** Adds copies of a job that the ingress made, each of another person: a million deliveries would take a quarter of an hour. */
async function fill({ queue }: LeadSide): Promise<void> {
  const [pattern] = await queue.getWaiting(0, 0)
  const text = JSON.stringify(pattern?.data)
  const [, uuid] = /"uuid":"([^"]+)"/.exec(text) ?? []
  if (pattern === undefined || uuid === undefined) throw new Error('nothing waits')
  const { deduplication: _deduplication, jobId, ...kept } = pattern.opts
  // The e-mail has the contact's id in it. The bare ingress leaves the id of a job to BullMQ.
  const copy = () => {
    const opts: JobsOptions = jobId === undefined ? kept : { ...kept, jobId: `lead-${crypto.randomUUID()}` }
    return { name: pattern.name, data: JSON.parse(text.replaceAll(uuid, crypto.randomUUID())), opts }
  }
  for (let waiting = FEW; waiting < MANY; waiting += BULK) await queue.addBulk(Array.from({ length: BULK }, copy))
}
