import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { newLeadBodies } from '../measure/bodies.ts'
import { deliverAll } from '../measure/deliver.ts'
import { type Figure, type Sample, takeTurns } from '../measure/figures.ts'
import { parts } from '../measure/parts.ts'
import { profilerEnvironment, profileWhile, REST, sharesOf } from '../measure/profile.ts'
import { drain } from '../measure/queue.ts'
import { cpuOf, mainThreadCpuOf } from '../measure/usage.ts'
import type { Row } from '../row.ts'
import { type IngressSide, openIngresses, openWorkers, type Side, type WorkerSide } from './sides.ts'

const TURNS = 4
/** Many, because V8 makes an ingress faster for tens of thousands of them. */
const DELIVERIES = 6000
const JOBS = 1500
const CONNECTIONS = 64
const SLOTS = 50

/** V8 collects garbage and compiles in threads of its own, which a profile does not see. */
const OTHER_THREADS = 'threads beside: garbage, compiling'

/** Microseconds of a process for each event, by part. They add up to what it takes when it is not profiled. */
async function measureParts(
  { pid, events, folder }: { readonly pid: number; readonly events: number; readonly folder: string },
  work: () => Promise<() => Promise<unknown>>,
): Promise<Sample> {
  const run = await work()
  const [allBefore, mainBefore] = [await cpuOf(pid), mainThreadCpuOf(pid)]
  await run()
  const [all, main] = [(await cpuOf(pid)) - allBefore, mainThreadCpuOf(pid) - mainBefore]
  const toMicros = (ms: number): number => ms * (1000 / events)
  const profile = await profileWhile(pid, folder, await work())
  const shares = [...sharesOf(profile)]
  return {
    ...Object.fromEntries(shares.map(([name, share]) => [name, share * toMicros(main)])),
    [OTHER_THREADS]: toMicros(all - main),
    together: toMicros(all),
  }
}

const names = [...new Set([...parts.map(({ name }) => name), REST, OTHER_THREADS, 'together'])]

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
