import { setTimeout as sleep } from 'node:timers/promises'
import type { Ponte, RedisServer, RunningProcess, SandboxClient } from '@ponte/testbed'
import { type ProcessFaults, type FaultTarget, faultTargets } from '../plan/plan-process-faults.ts'
import type { VendorFault } from '../plan/plan-vendor-faults.ts'

/** A process that can be hit. */
interface Target {
  kill(): Promise<void>
  start(): Promise<void>
  pause(): void
  resume(): void
}

/** Without those that are left alone. */
export type Targets = Readonly<Partial<Record<FaultTarget, Target>>>

/** The processes of a Ponte with two workers, and its Redis if that is one server, through all their lives. `onEnd` is called when one ends that was not killed. */
export function followProcesses(ponte: Ponte, redis: RedisServer | undefined, onEnd: (text: string) => void): Targets {
  const [first, second] = ponte.workers
  if (first === undefined || second === undefined) throw new Error('a storm needs two workers')
  return {
    ingress: processTarget('ingress', ponte.ingress, () => ponte.startIngress(), onEnd),
    'first-worker': processTarget('a worker', first, () => ponte.startWorker(), onEnd),
    'second-worker': processTarget('a worker', second, () => ponte.startWorker(), onEnd),
    ...(redis && { redis: { kill: redis.kill, start: redis.restart, pause: redis.pause, resume: redis.resume } }),
  }
}

export interface InjectionContext {
  readonly targets: Targets
  /** By `performance.now`: no fault falls afterwards. */
  readonly endsAt: number
  /** Called with a line for each fault. */
  readonly log: (text: string) => void
}

/** Hits each name as planned, one fault after the other. When all is over, everything runs. */
export const injectProcessFaults = (faults: ProcessFaults, context: InjectionContext): Promise<unknown> =>
  Promise.all(
    faultTargets.map(async name => {
      const { [name]: target } = context.targets
      if (target !== undefined) await injectInto(target, { name, faults: faults[name], ...context })
    }),
  )

interface Injection extends InjectionContext {
  readonly name: FaultTarget
  readonly faults: ProcessFaults[FaultTarget]
}

async function injectInto(target: Target, { name, faults, endsAt, log }: Injection): Promise<void> {
  for (const { afterMs, kind, downMs } of faults) {
    if (performance.now() + afterMs > endsAt) return
    await sleep(afterMs)
    log(`${kind === 'kill' ? 'SIGKILL' : 'SIGSTOP'} ${name}, away for ${downMs} ms`)
    if (kind === 'freeze') {
      target.pause()
      await sleep(downMs)
      target.resume()
      continue
    }
    await target.kill()
    await sleep(downMs)
    const restartedAt = performance.now()
    await target.start()
    log(`${name} is ready again after ${Math.round(performance.now() - restartedAt)} ms`)
  }
}

/** Follows a process through its lives. `onEnd` is called when one ends that was not killed. */
function processTarget(
  name: string,
  initial: RunningProcess,
  startNext: () => Promise<RunningProcess>,
  onEnd: (text: string) => void,
): Target {
  let current = initial
  let killed = false
  const watch = async (running: RunningProcess): Promise<void> => {
    const { code, signal } = await running.exited
    if (!killed) onEnd(`${name} ended by itself with ${signal ?? code}: ${running.output().slice(-2000)}`)
  }
  void watch(current)
  return {
    async kill() {
      killed = true
      await current.kill()
    },
    async start() {
      current = await startNext()
      killed = false
      void watch(current)
    },
    pause: () => current.pause(),
    resume: () => current.resume(),
  }
}

/** Whoever has read a record has written it by then: a worker that is frozen for longer has lost its locks. */
const WRITTEN_WITHIN_MS = 6000

/** Lets both systems misbehave as planned. `webhookUrl`: where RD Station delivers. */
export async function injectVendorFaults(
  faults: readonly VendorFault[],
  { sandbox, webhookUrl, startedAt }: { sandbox: SandboxClient; webhookUrl: string; startedAt: number },
): Promise<void> {
  await Promise.all(
    faults.map(async step => {
      await sleep(Math.max(0, startedAt + step.atMs - performance.now()))
      if (step.kind === 'expiry') {
        await Promise.all([sandbox.rd().expireTokens(), sandbox.crm().expireSessions()])
        return
      }
      if (step.kind === 'hidden-fields') {
        // What is not shown cannot be written back.
        await sandbox.crm().change({ settings: { customFieldsShown: 'not-at-all', customFieldsUpdate: 'merge' } })
        await sleep(step.forMs)
        await sandbox.crm().change({ settings: { customFieldsShown: 'as-written' } })
        await sleep(WRITTEN_WITHIN_MS)
        await sandbox.crm().change({ settings: { customFieldsUpdate: 'replace' } })
        return
      }
      if (step.kind === 'refused-login') {
        const match = { path: '/api/login' }
        const refusal = await sandbox.addFault({
          system: 'totvs-crm',
          match,
          kind: 'status',
          status: 401,
          times: 'forever',
        })
        await sandbox.crm().expireSessions()
        await sleep(step.forMs)
        await sandbox.clearFaults(refusal.id)
        return
      }
      if (step.kind === 'echoes') {
        const webhooks = step.formats.map(format => ({ url: webhookUrl, format, trigger: 'opportunity' }) as const)
        await sandbox.rd().change({ webhooks })
        await sleep(step.forMs)
        await sandbox.rd().change({ webhooks: [] })
        return
      }
      const { id } = await sandbox.addFault(step.order)
      await sleep(step.forMs)
      await sandbox.clearFaults(id)
    }),
  )
}
