import { startPonte, type TenantOverrides } from '@ponte/testbed'
import type { Queue } from 'bullmq'
import { startBare, startSystems, type Systems } from '../measure/processes.ts'
import { openQueue } from '../measure/queue.ts'
import { type Address, deliverAll } from '../measure/deliver.ts'
import { crmEventBody } from '../measure/bodies.ts'

/** A process that is measured, and how it is reached. */
export interface Side {
  readonly pid: number
  readonly queue: Queue
}
export interface IngressSide extends Side {
  readonly address: Address
}

const TOKEN = 'a-token-of-24-characters'

/** Both ingresses on one Redis, without a worker. `env`: for their processes. */
export async function openIngresses(redisUrl: string, env: Readonly<Record<string, string>> = {}) {
  const name = `bench-${crypto.randomUUID().slice(0, 8)}`
  const ponte = await startPonte({
    redisUrl,
    sandboxUrl: 'http://127.0.0.1:9',
    workers: 0,
    tenants: { [name]: {} },
    env,
  })
  const bare = await startBare('ingress', { redisUrl, queue: `${name}.bare`, token: TOKEN, env })
  const { rdStationUrl, tokens } = ponte.tenant
  const sides: { readonly ponte: IngressSide; readonly bare: IngressSide } = {
    ponte: {
      pid: ponte.ingress.pid,
      queue: openQueue(redisUrl, `${name}.totvs-crm`, `{${name}}`),
      address: { url: rdStationUrl, token: tokens.rdStation },
    },
    bare: {
      pid: bare.pid,
      queue: openQueue(redisUrl, `${name}.bare`),
      address: { url: `${bare.url}/webhooks/rd-station`, token: TOKEN },
    },
  }
  return {
    ...sides,
    async stop(): Promise<void> {
      await Promise.all([sides.ponte.queue.close(), sides.bare.queue.close()])
      await Promise.all([ponte.stop(), bare.stop()])
    },
  }
}

export interface WorkerSide extends Side {
  readonly lead: Address
  /** Brings the opportunities with these ids, which are to be marked. */
  readonly announce: (ids: readonly string[]) => Promise<unknown>
}

export interface WorkerSides {
  readonly systems: Systems
  /** Ponte's queue to TOTVS CRM, or to RD Station. */
  readonly ponte: WorkerSide
  readonly bare: WorkerSide
  readonly stop: () => Promise<void>
}

/** Both workers with as many slots each, both ingresses, one Redis, and systems that answer at once. */
export async function openWorkers(
  redisUrl: string,
  {
    kind,
    slots,
    rules = {},
    env = {},
  }: {
    readonly kind: 'totvs-crm' | 'rd-station'
    readonly slots: number
    readonly rules?: TenantOverrides
    /** For the processes of both sides. */
    readonly env?: Readonly<Record<string, string>>
  },
): Promise<WorkerSides> {
  const name = `bench-${crypto.randomUUID().slice(0, 8)}`
  const systems = await startSystems()
  const ponte = await startPonte({
    redisUrl,
    sandboxUrl: systems.url,
    tenants: { [name]: { ...rules, rdStation: { callsPerMinute: 1_000_000, minContactAgeSeconds: 0 } } },
    env: { LOG_LEVEL: 'info', WORKER_CONCURRENCY: String(slots), ...env },
  })
  const queue = `${name}.bare`
  const bareIngress = await startBare('ingress', { redisUrl, queue, token: TOKEN })
  const bareWorker = await startBare('worker', { redisUrl, queue, systemsUrl: systems.url, concurrency: slots, env })
  const { rdStationUrl, totvsCrmUrl, tokens } = ponte.tenant
  const [worker] = ponte.workers
  if (worker === undefined) throw new Error('no worker was started')
  const mark = { url: `${totvsCrmUrl}/opportunity-created`, token: tokens.totvsCrm }
  const ponteQueue = openQueue(redisUrl, `${name}.${kind}`, `{${name}}`)
  const bareQueue = openQueue(redisUrl, queue)
  return {
    systems,
    ponte: {
      pid: worker.pid,
      queue: ponteQueue,
      lead: { url: rdStationUrl, token: tokens.rdStation },
      announce: ids => deliverAll(mark, ids.map(crmEventBody), slots),
    },
    bare: {
      pid: bareWorker.pid,
      queue: bareQueue,
      lead: { url: `${bareIngress.url}/webhooks/rd-station`, token: TOKEN },
      announce: ids => bareQueue.addBulk(ids.map(opportunityId => ({ name: 'mark', data: { opportunityId } }))),
    },
    async stop(): Promise<void> {
      await Promise.all([ponteQueue.close(), bareQueue.close()])
      await Promise.all([ponte.stop(), bareIngress.stop(), bareWorker.stop()])
      await systems.stop()
    },
  }
}
