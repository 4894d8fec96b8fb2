import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { newLeadBodies } from '../measure/bodies.ts'
import { deliverAll } from '../measure/deliver.ts'
import { type Figure, type Sample, takeTurns } from '../measure/figures.ts'
import { OTHER, type Part, profilerEnvironment, profileWhile, sharesOf } from '../measure/profile.ts'
import { drain } from '../measure/queue.ts'
import { cpuOf } from '../measure/usage.ts'
import type { Row } from '../row.ts'
import { type IngressSide, openIngresses, openWorkers, type Side, type WorkerSide } from './sides.ts'

const TURNS = 4
/** Many, because V8 makes an ingress faster for tens of thousands of them. */
const DELIVERIES = 6000
const JOBS = 1500
const CONNECTIONS = 64
const SLOTS = 50

/** Frames of libraries, wherever pnpm has put them. */
const of = (...libraries: readonly string[]): RegExp => new RegExp(`/node_modules/(?:${libraries.join('|')})/`)
/** Frames of Ponte's own files. */
const own = (...paths: readonly string[]): RegExp => new RegExp(`^file:(?!.*/node_modules/).*/(?:${paths.join('|')})`)

const parts: readonly Part[] = [
  { name: 'collecting garbage', frames: /^ \(garbage collector\)$/ },
  { name: 'BullMQ', frames: of('bullmq', 'msgpackr') },
  { name: 'client of Redis', frames: of('ioredis', 'redis-parser', 'standard-as-callback', 'denque') },
  { name: 'server: Fastify, node:http', frames: of('fastify', 'find-my-way', '@fastify/[^/]+') },
  { name: 'server: Fastify, node:http', frames: /^node:_http_server / },
  { name: 'calls: got, node:http', frames: of('got', '@sindresorhus/is', 'uint8array-extras', 'lowercase-keys') },
  { name: 'calls: got, node:http', frames: /^node:_http_(?:client|agent) / },
  { name: 'checks of data: zod', frames: of('zod') },
  { name: 'log, metrics, traces', frames: of('pino', 'sonic-boom', 'prom-client', '@opentelemetry/[^/]+') },
  { name: 'log, metrics, traces', frames: own('packages/runtime/src/telemetry/', 'apps/[^/]+/src/telemetry/') },
  { name: 'log, metrics, traces', frames: own('apps/ingress/src/http/request-log') },
  { name: 'reading the delivery', frames: of('secure-json-parse') },
  { name: 'reading the delivery', frames: own('packages/webhooks/', 'apps/ingress/src/webhooks/read-delivery') },
  {
    name: 'timeline, figures, log of the job',
    frames: own(
      'packages/state/src/(?:timeline|figures|drift|resends)/',
      'apps/worker/src/run/(?:record-run-end|job-log)',
    ),
  },
  { name: 'locks and records', frames: own('packages/state/', 'apps/worker/src/run/job-locks') },
  { name: 'watching the calls', frames: own('packages/clients/', 'apps/worker/src/calls/') },
  { name: 'the event itself', frames: own('packages/', 'apps/', 'bench/bare/') },
  { name: 'promises of Node.js', frames: /^ runMicrotasks$/ },
  { name: 'system calls and V8 itself', frames: /^ \(program\)$/ },
]

/** Microseconds of a process for each event, by part. They add up to what it takes when it is not profiled. */
async function measureParts(
  { pid, events, folder }: { readonly pid: number; readonly events: number; readonly folder: string },
  work: () => Promise<() => Promise<unknown>>,
): Promise<Sample> {
  const run = await work()
  const before = await cpuOf(pid)
  await run()
  const micros = ((await cpuOf(pid)) - before) * (1000 / events)
  const profile = await profileWhile(pid, folder, await work())
  const shares = [...sharesOf(profile, parts)]
  return { ...Object.fromEntries(shares.map(([name, share]) => [name, share * micros])), 'all together': micros }
}

const names = [...new Set([...parts.map(({ name }) => name), OTHER, 'all together'])]

/** Only the parts that at least one side has. Stops both sides. */
async function compare<One>(
  what: string,
  measure: (side: One) => Promise<Sample>,
  { ponte, bare, stop }: { readonly ponte: One; readonly bare: One; readonly stop: () => Promise<void> },
): Promise<Figure[]> {
  try {
    const units = Object.fromEntries(names.map(name => [name, 'µs']))
    const figures = await takeTurns(TURNS, { ponte: () => measure(ponte), bare: () => measure(bare) }, units)
    return figures
      .filter(figure => Math.max(figure.ponte.median, figure.bare?.median ?? 0) >= 0.5)
      .map(figure => ({ ...figure, what: `${what}: ${figure.what}` }))
  } finally {
    await stop()
  }
}

/** Where the processor time of an ingress goes, and that of a worker. */
export const processorTime: Row = {
  name: 'processor-time',
  title: 'processor time of a process for each event, by what it is spent on',
  async measure(redisUrl) {
    const folder = await mkdtemp(path.join(tmpdir(), 'ponte-bench-'))
    const env = profilerEnvironment(folder)
    /** Empties a queue that was filled before. */
    const emptied = (side: Side, fill: () => Promise<unknown>) =>
      measureParts({ pid: side.pid, events: JOBS, folder }, async () => {
        await side.queue.pause()
        await fill()
        return () => drain(side.queue)
      })
    const delivered = ({ pid, address }: IngressSide) =>
      measureParts({ pid, events: DELIVERIES, folder }, async () => {
        const bodies = newLeadBodies(DELIVERIES)
        return () => deliverAll(address, bodies, CONNECTIONS)
      })
    const lead = (side: WorkerSide) => emptied(side, () => deliverAll(side.lead, newLeadBodies(JOBS), CONNECTIONS))
    const mark = (side: WorkerSide) =>
      emptied(side, () => side.announce(Array.from({ length: JOBS }, () => randomUUID())))
    try {
      return [
        ...(await compare('a delivery', delivered, await openIngresses(redisUrl, env))),
        ...(await compare('a lead', lead, await openWorkers(redisUrl, { kind: 'totvs-crm', slots: SLOTS, env }))),
        ...(await compare('a mark', mark, await openWorkers(redisUrl, { kind: 'rd-station', slots: SLOTS, env }))),
      ]
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}
