import { spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { machineEnvironment, repositoryRoot, startPonte } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { newLeadBodies } from '../measure/bodies.ts'
import { openSender } from '../measure/deliver.ts'
import { medianOf, percentile, type Sample, takeTurns } from '../measure/figures.ts'
import { startSystems } from '../measure/processes.ts'
import { openQueue, timeOf } from '../measure/queue.ts'
import type { Row } from '../row.ts'

const TURNS = 3
const PROBES = 400
/** As long as the reconcile takes, but for its last moments on a slow machine: Ponte keeps 1,000 leads that are done. */
const PROBES_BESIDE = 800
const PER_SECOND = 20
const P99 = 'p99, of a hundred the slowest, against alone'
const MEDIAN = 'median, against alone'

/** How long live leads take from the start of one `ponte reconcile` on, while it reads, enqueues, and what it has found is worked off. */
export const reconcile: Row = {
  name: 'reconcile',
  title: `time from a delivery to its opportunity, ${PER_SECOND} a second, beside a running reconcile that finds much`,
  async measure(redisUrl) {
    const systems = await startSystems()
    const tenant = `reconciled-${crypto.randomUUID().slice(0, 8)}`
    const ponte = await startPonte({
      redisUrl,
      sandboxUrl: systems.url,
      workers: 1,
      tenants: { [tenant]: { reconcile: { segmentation: '1' }, rdStation: { callsPerMinute: 1200 } } },
      env: { LOG_LEVEL: 'error' },
    })
    const redis = new Redis(redisUrl)
    // Ponte has worked for a week.
    await redis.set(`{${tenant}}:ponte:start`, Date.now() - 7 * 24 * 3_600_000)
    const queueOf = (kind: string) => openQueue(redisUrl, `${tenant}.${kind}`, `{${tenant}}`)
    const [leads, marks] = [queueOf('totvs-crm'), queueOf('rd-station')]
    const sender = openSender({ url: ponte.tenant.rdStationUrl, token: ponte.tenant.tokens.rdStation }, 64)
    const env = { ...machineEnvironment(), ...ponte.settings }
    const runReconcile = async (): Promise<void> => {
      const main = path.join(repositoryRoot, 'apps/cli/src/main.ts')
      const child = spawn(process.execPath, [main, 'reconcile', '--since', '2d', '--json'], { env, stdio: 'ignore' })
      const code = await new Promise<number | null>(resolve => child.on('close', resolve))
      if (code !== 0) throw new Error(`ponte reconcile ended with ${code}`)
    }

    async function turn(probes: number): Promise<Sample> {
      const since = Date.now()
      await sender.atRate(PER_SECOND, newLeadBodies(probes))
      while ((await leads.getJobCountByTypes('waiting', 'active')) > 0) await sleep(20)
      const done = await leads.getCompleted(0, -1)
      // Those that were missed have a priority, and their times are not what is measured.
      const live = done.filter(({ timestamp, opts }) => timestamp >= since && opts.priority === undefined)
      const times = live.map(timeOf)
      return { [MEDIAN]: medianOf(times), [P99]: percentile(times, 0.99) }
    }
    async function turnBeside(): Promise<Sample> {
      await systems.missMore()
      const running = runReconcile()
      const [sample] = await Promise.all([turn(PROBES_BESIDE), running])
      for (const queue of [leads, marks])
        while ((await queue.getJobCountByTypes('prioritized', 'waiting', 'active')) > 0) await sleep(20)
      return sample
    }
    try {
      await turn(PROBES)
      const sides = { ponte: turnBeside, bare: () => turn(PROBES) }
      return await takeTurns(TURNS, sides, { [MEDIAN]: 'ms', [P99]: 'ms' })
    } finally {
      sender.close()
      redis.disconnect()
      await Promise.all([leads.close(), marks.close()])
      await ponte.stop()
      await systems.stop()
    }
  },
}
