import { startPonte } from '@ponte/testbed'
import { Queue } from 'bullmq'
import { compare } from './report.ts'

const DELIVERIES = 400
const AT_ONCE = 40

/** Accepting deliveries over HTTP (authenticate, parse, enqueue, answer), against adding as many jobs to BullMQ directly. */
export async function benchIngress(redisUrl: string): Promise<void> {
  const ponte = await startPonte({ redisUrl, sandboxUrl: 'http://127.0.0.1:9', workers: 0, env: { LOG_LEVEL: 'warn' } })
  const { hostname, port } = new URL(redisUrl)
  const queue = new Queue('bench', {
    connection: { host: hostname, port: Number(port) },
    prefix: `{bench-${crypto.randomUUID()}}`,
  })
  const { rdStationUrl, tokens } = ponte.tenant
  const send = async (): Promise<void> => {
    const response = await fetch(rdStationUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', apiToken: tokens.rdStation },
      body: JSON.stringify({ leads: [{ uuid: crypto.randomUUID(), email: 'bench@cliente.example', name: 'Bench' }] }),
    })
    if (response.status !== 202) throw new Error(`the ingress answered ${response.status}`)
  }
  try {
    await compare(`accept ${DELIVERIES} deliveries, ${AT_ONCE} at once, against queue.add alone`, 7, {
      base: ['queue.add', () => inParallel(() => queue.add('lead', { email: 'bench@cliente.example' }))],
      ours: ['ingress', () => inParallel(send)],
    })
  } finally {
    await queue.close()
    await ponte.stop()
  }
}

async function inParallel(work: () => Promise<unknown>): Promise<void> {
  let left = DELIVERIES
  const lane = async (): Promise<void> => {
    while (left-- > 0) await work()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}
