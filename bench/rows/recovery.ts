import { setTimeout as sleep } from 'node:timers/promises'
import { type RedisServer, startPonte, startRedis } from '@ponte/testbed'
import { newLeadBody } from '../measure/bodies.ts'
import { openSender } from '../measure/deliver.ts'
import { takeTurns } from '../measure/figures.ts'
import { startSystems } from '../measure/processes.ts'
import { openQueue } from '../measure/queue.ts'
import type { Row } from '../row.ts'

const TURNS = 3
const LEADS = 200

/** How long what was under way takes to be done after a kill -9: of the worker, while another one runs, and of Redis. */
export const recovery: Row = {
  name: 'recovery',
  title: `${LEADS} leads under way, until the last is done`,
  // It kills its Redis, so it has one of its own.
  async measure() {
    const redis = await startRedis()
    const systems = await startSystems()
    try {
      return await takeTurns(
        TURNS,
        {
          ponte: async () => ({
            'nothing is killed': await measureWith(redis, systems.url, async () => {}),
            'a worker is killed': await measureWith(redis, systems.url, ({ killWorker }) => killWorker()),
            'Redis is killed and started again': await measureWith(redis, systems.url, () => redis.restart()),
          }),
        },
        { 'nothing is killed': 's', 'a worker is killed': 's', 'Redis is killed and started again': 's' },
      )
    } finally {
      await systems.stop()
      await redis.stop()
    }
  },
}

async function measureWith(
  redis: RedisServer,
  systemsUrl: string,
  kill: (running: { readonly killWorker: () => Promise<unknown> }) => Promise<unknown>,
): Promise<number> {
  const name = `recovery-${crypto.randomUUID().slice(0, 8)}`
  const ponte = await startPonte({ redisUrl: redis.url, sandboxUrl: systemsUrl, workers: 2, tenants: { [name]: {} } })
  const queue = openQueue(redis.url, `${name}.totvs-crm`, `{${name}}`)
  const sender = openSender({ url: ponte.tenant.rdStationUrl, token: ponte.tenant.tokens.rdStation }, 16)
  try {
    await queue.pause()
    await sender.flood(Array.from({ length: LEADS }, () => newLeadBody().body))
    const startedAt = performance.now()
    await queue.resume()
    await kill({ killWorker: async () => await ponte.workers[0]?.kill() })
    for (;;) {
      const left = await queue.getJobCountByTypes('waiting', 'active', 'delayed').catch(() => LEADS)
      if (left === 0) return (performance.now() - startedAt) / 1000
      await sleep(20)
    }
  } finally {
    sender.close()
    await queue.close()
    await ponte.stop()
  }
}
