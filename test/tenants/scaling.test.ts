import { randomBytes } from 'node:crypto'
import { isRecord } from '@ponte/contracts'
import { shardOf } from '@ponte/runtime'
import { openWorld, type Ponte, startPonte } from '@ponte/testbed'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { patience, swift } from '../support/company.ts'
import { withQueue } from '../support/jobs.ts'
import { sendLead } from '../support/new-leads.ts'

const SHARDS = 2

// Two companies in two shards, and at first no worker.
let ponte: Ponte
beforeAll(async () => {
  const { url: sandboxUrl } = await openWorld(inject('sharedSandboxUrl'))
  const tenants = Object.fromEntries([1, 2].map(number => [nameInShard(number), swift]))
  const env = { WORKER_SHARDS: String(SHARDS) }
  ponte = await startPonte({ redisUrl: inject('redisUrl'), sandboxUrl, tenants, env, workers: 0, board: true })
})
afterAll(() => ponte.stop())

function nameInShard(number: number): string {
  const name = `t-${randomBytes(4).toString('hex')}`
  return shardOf(name, SHARDS) === number ? name : nameInShard(number)
}

/** What a scaler is answered that asks the board. */
async function startable(shard: string): Promise<number> {
  const answer = await fetch(`${ponte.board?.opsUrl}/startable?shard=${shard}`)
  const value: unknown = await answer.json()
  return isRecord(value) ? Number(value['oldestStartableSeconds']) : Number.NaN
}

/** What Prometheus reads there. */
async function metric(shard: string): Promise<number> {
  const text = await (await fetch(`${ponte.board?.opsUrl}/metrics`)).text()
  return Number(new RegExp(`^ponte_oldest_startable_seconds\\{shard="${shard}"[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1])
}

test('what calls for more workers ages by shard until a worker has taken it, and not while the queue is paused', async () => {
  const { tenant } = ponte
  expect([await startable('1/2'), await startable('2/2'), await metric('1/2')]).toEqual([0, 0, 0])

  await sendLead(tenant)
  await expect.poll(() => startable('1/2'), patience).toBeGreaterThan(1)
  expect(await metric('1/2')).toBeGreaterThan(1)
  expect(await startable(tenant.name)).toBeGreaterThan(1)
  expect([await startable('2/2'), await metric('2/2')]).toEqual([0, 0])

  await withQueue(tenant.name, 'totvs-crm', queue => queue.pause())
  expect([await startable('1/2'), await metric('1/2')]).toEqual([0, 0])
  await withQueue(tenant.name, 'totvs-crm', queue => queue.resume())
  expect(await startable('1/2')).toBeGreaterThan(1)

  await ponte.startWorker()
  await expect.poll(() => startable('1/2'), patience).toBe(0)
})
