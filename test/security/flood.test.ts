import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { createSandboxClient, openWorld, type Ponte, startPonte, startRedis, type TenantAccess } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { patience, swift } from '../support/company.ts'
import type { LoneAnswers, LoneSender } from '../support/flood/lone-deliveries.ts'

const MIB = 1024 * 1024
/** What docker-compose.yml gives a process of Ponte and the data of Redis. */
const PROCESS_BYTES = 512 * MIB
const REDIS_BYTES = 1024 * MIB
/** What Ponte promises a sender (docs/behaviour/deliveries.md#accepted-means-kept): it measures a time, so it needs a machine with little else to do. */
const ANSWER_MS = 2000
/** Of the company that floods; whatever it sends, no more of its events wait. */
const MAX_WAITING = 2500

let ponte: Ponte
let redis: Redis
let redisUrl: string
let quiet: TenantAccess
let flooding: TenantAccess
let leadsOfQuiet: () => Promise<readonly unknown[]>
/** Lone deliveries so far. */
let delivered = 0
const closing: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const server = await startRedis()
  closing.unshift(() => server.stop())
  redisUrl = server.url
  redis = new Redis(redisUrl)
  closing.unshift(async () => redis.disconnect())
  await redis.config('SET', 'maxmemory', REDIS_BYTES)
  const { client: sandbox } = await openWorld(inject('sharedSandboxUrl'))
  const crm = createSandboxClient(sandbox.baseUrl).crm()
  leadsOfQuiet = () => crm.leads()
  ponte = await startPonte({
    redisUrl,
    sandboxUrl: sandbox.baseUrl,
    board: true,
    tenants: {
      quiet: swift,
      // Nobody takes its events, so that they wait.
      flooding: { intake: { mostWaiting: MAX_WAITING }, totvsCrm: { baseUrl: 'http://127.0.0.1:9' } },
    },
  })
  closing.unshift(() => ponte.stop())
  const [first, second] = ponte.tenants
  if (first === undefined || second === undefined) throw new Error('there are two tenants')
  quiet = first
  flooding = second
})
afterAll(async () => {
  for (const close of closing) await close()
})

const post = async ({ rdStationUrl, tokens }: TenantAccess, body: string): Promise<number> => {
  const headers = { 'content-type': 'application/json', apiToken: tokens.rdStation }
  const response = await fetch(rdStationUrl, { method: 'POST', headers, body })
  await response.arrayBuffer()
  return response.status
}

/** In place of a status: the ingress answered without reading the body and closed, while it was still being sent. */
const CLOSED = 0
const closedByIngress = (error: unknown): number => {
  const cause = error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? error.cause.code : ''
  if (cause === 'EPIPE' || cause === 'ECONNRESET' || cause === 'UND_ERR_SOCKET') return CLOSED
  throw error
}
const refusals = (statuses: ReadonlyMap<number, number>): number =>
  (statuses.get(429) ?? 0) + (statuses.get(CLOSED) ?? 0)

/** Sends all of them, so many at a time. */
async function postAll(count: number, atOnce: number, bodyOf: (index: number) => string): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  let sent = 0
  const sendOn = async (): Promise<void> => {
    while (sent < count) {
      const status = await post(flooding, bodyOf(sent++)).catch(closedByIngress)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sendOn))
  return statuses
}

const leads = (name: string, count: number, more = '') =>
  JSON.stringify({
    leads: Array.from({ length: count }, (_unused, index) => ({ email: `${name}-${index}@cliente.example`, more })),
  })

/** 700 bodies that are as good as complete, each on a connection of its own. Resolves when the ingress has ended all of them. */
async function openUnfinished(): Promise<void> {
  const { hostname, port, pathname } = new URL(flooding.rdStationUrl)
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${hostname}`,
    `apiToken: ${flooding.tokens.rdStation}`,
    'content-length: 1048000',
    '',
    '',
  ].join('\r\n')
  const body = Buffer.alloc(1_040_000, ' ')
  await Promise.all(
    Array.from({ length: 700 }, async () => {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => {})
      socket.resume()
      socket.write(head)
      socket.write(body)
      await new Promise(resolve => socket.once('close', resolve))
    }),
  )
}

const forms: Readonly<Record<string, () => Promise<void>>> = {
  'deliveries of a thousand leads and nearly a mebibyte': async () => {
    const statuses = await postAll(150, 30, index => leads(`big${index}`, 1000, 'x'.repeat(900)))
    expect(refusals(statuses)).toBeGreaterThan(100)
  },
  'bodies that never end': openUnfinished,
  'many deliveries of a lead': async () => {
    const statuses = await postAll(8000, 60, index => leads(`small${index}`, 1))
    expect(refusals(statuses)).toBeGreaterThan(4000)
  },
  'deliveries that nobody can read': async () => {
    const unreadable = 'x'.repeat(MIB - 100)
    const statuses = await postAll(300, 30, index => `{"${index}": ${unreadable}`)
    expect([...statuses.keys()].filter(status => ![202, 429, CLOSED].includes(status))).toEqual([])
  },
}

/** Lone deliveries, one after the other, until the work is over. */
async function deliverBeside(work: () => Promise<unknown>): Promise<LoneAnswers> {
  const workerData: LoneSender = { url: quiet.rdStationUrl, token: quiet.tokens.rdStation }
  const thread = new Worker(path.resolve(import.meta.dirname, '../support/flood/lone-deliveries.ts'), { workerData })
  await once(thread, 'online')
  await work()
  thread.postMessage('over')
  const [answers]: LoneAnswers[] = await once(thread, 'message')
  return answers ?? expect.unreachable()
}

/** The most memory that the process has ever had. */
const peakOf = async (pid: number): Promise<number> =>
  Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024

test.each(Object.keys(forms))(
  'beside %s of another company a lone delivery is answered within 2 s, and no process needs more memory than it has',
  { timeout: 180_000, tags: ['timed'] },
  async form => {
    const { times, statuses } = await deliverBeside(forms[form] ?? expect.unreachable())
    delivered += times.length
    expect(statuses.filter(status => status !== 202)).toEqual([])
    expect(Math.max(...times)).toBeLessThan(ANSWER_MS)
    for (const { pid } of [ponte.ingress, ...ponte.workers, ...(ponte.board ? [ponte.board] : [])])
      expect(await peakOf(pid)).toBeLessThan(PROCESS_BYTES)
    const used = Number(/used_memory_peak:(\d+)/.exec(await redis.info('memory'))?.[1])
    expect(used).toBeLessThan(REDIS_BYTES / 2)
    expect(await redis.llen('{flooding}:flooding.totvs-crm:wait')).toBeLessThanOrEqual(MAX_WAITING)
    await expect.poll(async () => (await leadsOfQuiet()).length, { ...patience, timeout: 90_000 }).toBe(delivered)
  },
)
