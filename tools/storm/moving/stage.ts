import { setTimeout as sleep } from 'node:timers/promises'
import { openWorld, type RedisServer, type SandboxClient, startPonte, startRedis, startSandbox } from '@ponte/testbed'
import { expect, inject } from 'vitest'
import { planProcessFaults } from '../plan/plan-process-faults.ts'
import { planVendorFaults } from '../plan/plan-vendor-faults.ts'
import { createRandom } from '../plan/random.ts'
import { followProcesses, injectProcessFaults, injectVendorFaults } from '../run/inject-faults.ts'
import { openQueueView } from '../run/queue-view.ts'
import { type Phase, planPeople } from './lives.ts'
import { movingTenant, setWebhooks } from './move.ts'
import { openOffice } from './office.ts'
import { findFaults, readBooks } from './oracle.ts'
import { startPackage } from './package.ts'

export interface StageOptions {
  readonly seed: number
  readonly people: number
  /** For so long in each of its parts the journey has processes killed and frozen, and both systems misbehave. Without: never. */
  readonly stormMs?: number
  readonly log: (text: string) => void
}

export type Stage = Awaited<ReturnType<typeof setStage>>

const CHECK_EVERY_MS = 150
/** A worker that stands still beyond its locks may have a call on its way that nothing calls back. */
const MAX_FREEZE_MS = 2500
/** How long something may take that must happen, after storms too. */
const PATIENCE_MS = 90_000

/** A company with three weeks of the package behind it, and a Ponte beside the package that has just been started in the shadow. */
export async function setStage({ seed, people: count, stormMs = 0, log }: StageOptions) {
  const stops: (() => unknown)[] = []
  const stop = async (): Promise<void> => {
    for (const each of stops.toReversed()) await each()
  }
  try {
    const name = `mudanca-${seed}-${crypto.randomUUID().slice(0, 8)}`
    const systems = stormMs > 0 ? await ownSystems(stops) : await sharedSystems(stops, name)
    const { redis, sandbox } = systems
    const old = await startPackage({ sandbox, externalIds: seed % 2 === 0 ? 'own' : 'none' })
    stops.push(old.stop)
    await setWebhooks(sandbox, { old })
    const people = planPeople(seed, count)
    const office = openOffice(sandbox, people)
    await office.playHistory(old)
    log('three weeks are over')

    const ponte = await startPonte({
      redisUrl: systems.redisUrl,
      sandboxUrl: sandbox.baseUrl,
      tenants: { [name]: { ...movingTenant, mode: 'shadow' } },
      workers: 2,
    })
    stops.push(ponte.stop)
    await setWebhooks(sandbox, { old, tenant: ponte.tenant })
    const queues = openQueueView(systems.redisUrl, ponte.tenant.name)
    stops.push(queues.close)
    const ended: string[] = []
    const targets = redis && followProcesses(ponte, redis, text => void ended.push(text))
    const random = createRandom(seed + 1_000_000)
    /** What has changed a lead may still be about to look for its opportunity. */
    const leadsUnderWay = async (): Promise<readonly string[]> => {
      const jobs = await queues.unfinished().catch(() => undefined)
      return jobs === undefined
        ? people.map(({ email }) => `Redis is away, and so is ${email}`)
        : jobs.filter(({ queue }) => queue === 'totvs-crm').map(job => JSON.stringify(job))
    }
    const faults = async () => findFaults(await readBooks(sandbox), people, office.doneOf)

    return {
      sandbox,
      old,
      office,
      ponte,
      people,
      isStormy: targets !== undefined,
      /** Processes that ended by themselves. */
      ended,
      log,
      faults,

      /**
       * Everybody does what the phase has for them, one thing after the other: the next only after all of the last has arrived, unless
       * `isBlind`. What the package fails to do is not waited for.
       */
      async play(phase: Phase, { isBlind = false }: { readonly isBlind?: boolean } = {}): Promise<void> {
        const pauses = people.map(({ steps }) => steps.map(() => random.between(0, Math.floor(stormMs / 2))))
        await Promise.all(
          people.map(async (person, index) => {
            for (const [at, step] of person.steps.entries()) {
              if (step.phase !== phase) continue
              await sleep(pauses[index]?.[at] ?? 0)
              if (step.breaks) old.breakFor(person.email)
              await office.perform(person, step)
              if (isBlind || step.breaks) continue
              await until(async () => [
                ...findFaults(await readBooks(sandbox), [person], office.doneOf),
                ...(await leadsUnderWay()).filter(job => job.includes(person.email)),
              ])
            }
          }),
        )
      },

      /** The storm falls on what is done meanwhile. */
      async inStorm(work: () => Promise<unknown>): Promise<void> {
        if (targets === undefined) return void (await work())
        const startedAt = performance.now()
        // The customer's own webhooks stay as they are, and so do the fields.
        const vendorFaults = planVendorFaults(random, stormMs).filter(
          ({ kind }) => kind !== 'echoes' && kind !== 'hidden-fields',
        )
        const processFaults = planProcessFaults(random, { lengthMs: stormMs, longestFreezeMs: MAX_FREEZE_MS })
        await Promise.all([
          work(),
          injectProcessFaults(processFaults, { targets, endsAt: startedAt + stormMs, log }),
          injectVendorFaults(vendorFaults, { sandbox, webhookUrl: '', startedAt }),
        ])
        await sandbox.clearFaults()
      },

      /** What both systems send has arrived, and nobody has anything left to do. */
      async untilCalm(): Promise<void> {
        await until(async () => {
          await office.untilDelivered(old)
          const jobs = await queues.unfinished().catch(() => undefined)
          const lost = await sandbox.deliveries({ state: 'failed' })
          return [
            ...(jobs ?? ['Redis is away']).map(job => JSON.stringify(job)),
            ...lost.filter(({ url }) => url.startsWith(ponte.ingressUrl)).map(({ trigger }) => `${trigger} was lost`),
          ]
        })
      },
      until,
      failedJobs: () => queues.failed(),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Systems {
  readonly redisUrl: string
  /** To be killed and frozen. */
  readonly redis?: RedisServer
  readonly sandbox: SandboxClient
}

async function ownSystems(stops: (() => unknown)[]): Promise<Systems> {
  const redis = await startRedis()
  stops.push(redis.stop)
  const { client: sandbox, stop } = await startSandbox()
  stops.push(stop)
  return { redisUrl: redis.url, redis, sandbox }
}

async function sharedSystems(stops: (() => unknown)[], name: string): Promise<Systems> {
  const { client: sandbox } = await openWorld(inject('sharedSandboxUrl'), name)
  // Nothing is delivered to an address that may be another's by then.
  stops.push(sandbox.reset)
  return { redisUrl: inject('redisUrl'), sandbox }
}

/** Until nothing is wrong any more, or at least for a while. */
async function until(wrong: () => Promise<readonly string[]>): Promise<void> {
  await expect.poll(wrong, { timeout: PATIENCE_MS, interval: CHECK_EVERY_MS }).toEqual([])
}
