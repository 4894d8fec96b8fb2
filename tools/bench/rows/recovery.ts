import { setTimeout as sleep } from 'node:timers/promises'
import { startPonte, startRedis } from '@ponte/testbed'
import type { Queue } from 'bullmq'
import { newLeadBodies } from '../measure/bodies.ts'
import { type Address, openSender } from '../measure/deliver.ts'
import { type Sample, takeTurns } from '../measure/figures.ts'
import { startBare, startSystems } from '../measure/processes.ts'
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
      const measureBoth = async (open: Open): Promise<Sample> => ({
        'nothing is killed': await measureWith(open, async () => {}),
        'a worker is killed': await measureWith(open, ({ killWorker }) => killWorker()),
        'Redis is killed and started again': await measureWith(open, () => redis.restart()),
      })
      return await takeTurns(
        TURNS,
        {
          ponte: () => measureBoth(() => openPonte(redis.url, systems.url)),
          bare: () => measureBoth(() => openBare(redis.url, systems.url)),
        },
        { 'nothing is killed': 's', 'a worker is killed': 's', 'Redis is killed and started again': 's' },
      )
    } finally {
      await systems.stop()
      await redis.stop()
    }
  },
}

/** An ingress and two workers. */
interface Running {
  readonly address: Address
  readonly queue: Queue
  readonly killWorker: () => Promise<unknown>
  readonly stop: () => Promise<unknown>
}
type Open = () => Promise<Running>

const newName = (): string => `recovery-${crypto.randomUUID().slice(0, 8)}`

async function openPonte(redisUrl: string, systemsUrl: string): Promise<Running> {
  const name = newName()
  const ponte = await startPonte({ redisUrl, sandboxUrl: systemsUrl, workers: 2, tenants: { [name]: {} } })
  return {
    address: { url: ponte.tenant.rdStationUrl, token: ponte.tenant.tokens.rdStation },
    queue: openQueue(redisUrl, `${name}.totvs-crm`, `{${name}}`),
    killWorker: async () => await ponte.workers[0]?.kill(),
    stop: () => ponte.stop(),
  }
}

async function openBare(redisUrl: string, systemsUrl: string): Promise<Running> {
  const [queue, token] = [`${newName()}.bare`, 'a-token-of-24-characters']
  const options = { redisUrl, systemsUrl, queue, token, concurrency: 10 }
  const ingress = await startBare('ingress', options)
  const workers = [await startBare('worker', options), await startBare('worker', options)]
  return {
    address: { url: `${ingress.url}/webhooks/rd-station`, token },
    queue: openQueue(redisUrl, queue),
    killWorker: async () => await workers[0]?.kill(),
    stop: () => Promise.all([ingress, ...workers].map(each => each.stop())),
  }
}

/** Seconds until the last lead is done. */
async function measureWith(open: Open, kill: (running: Running) => Promise<unknown>): Promise<number> {
  const running = await open()
  const { queue, address } = running
  const sender = openSender(address, 16)
  try {
    await queue.pause()
    await sender.flood(newLeadBodies(LEADS))
    const startedAt = performance.now()
    await queue.resume()
    while ((await queue.getActiveCount()) === 0) await sleep(1)
    await kill(running)
    for (;;) {
      const left = await queue.getJobCountByTypes('waiting', 'active', 'delayed').catch(() => LEADS)
      if (left === 0) return (performance.now() - startedAt) / 1000
      await sleep(20)
    }
  } finally {
    sender.close()
    await queue.close()
    await running.stop()
  }
}
