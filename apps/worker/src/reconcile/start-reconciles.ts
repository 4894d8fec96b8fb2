import { randomUUID } from 'node:crypto'
import type { CallGuard } from '@ponte/clients'
import {
  type Failure,
  HOUR_MS,
  type System,
  systemTable,
  type TenantSettings,
  ThrottledFailure,
} from '@ponte/contracts'
import {
  isUnasked,
  isUnclear,
  reconcile,
  type Reconciled,
  recordReconciled,
  totalOf,
  withSpareSlots,
} from '@ponte/operations'
import { type Logger } from '@ponte/runtime'
import {
  createCalendar,
  createReconcileRecord,
  createTenantMode,
  createTimelines,
  isFollowedBy,
  type Lock,
  type ReconcileRecord,
  type RedisClient,
  stateKey,
} from '@ponte/state'
import { createQuietCallGuard, type JobCallGuardOptions } from '../calls/job-call-guard.ts'
import type { Connection } from '../calls/connection.ts'
import { RunInterrupted } from '../calls/job-delayed.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import { inTurn, type Loop, repeatForEach } from '../upkeep/in-turn.ts'

const CHECK_MS = 30_000

export interface ReconcilesDeps {
  /** The tenants that are served now. */
  readonly served: () => readonly {
    readonly connection: Connection
    readonly onBreakerChange: JobCallGuardOptions['onBreakerChange']
  }[]
  readonly redis: RedisClient
  readonly timeZone: string
  readonly metrics: WorkerMetrics
  readonly log: Logger
  /** How often a worker looks whether one is due. */
  readonly checkMs?: number
}

type Served = ReturnType<ReconcilesDeps['served']>[number]

/** Makes up for webhooks that never came, of each tenant that has the setting (docs/behaviour/reconcile.md). One of all workers does it. */
export function startReconciles(deps: ReconcilesDeps): Loop {
  const { served, redis, checkMs: everyMs = CHECK_MS, log } = deps
  const wanted = () =>
    served().filter(({ connection }) => connection.tenant.settings.reconcile?.everyMinutes !== undefined)
  return repeatForEach(wanted, (each, closing) => checkReconcile(each, { ...deps, closing }), {
    everyMs,
    redis,
    tenantOf: ({ connection }) => connection.tenant.name,
    onError: (err, { connection }) => log.warn({ err, tenant: connection.tenant.name }, 'no reconcile was made'),
  })
}

interface Check extends Omit<ReconcilesDeps, 'served' | 'redis'> {
  /** This worker stops. */
  readonly closing: AbortSignal
}

/** One check of one tenant. Does nothing while another worker reconciles it. Rejects when Redis does not answer. */
async function checkReconcile(each: Served, deps: Check): Promise<void> {
  const { redis, tenant } = each.connection
  const record = createReconcileRecord(redis, tenant.name)
  const due = async (): Promise<DueReconcile | undefined> =>
    planReconcile(tenant.settings.reconcile, await record.read(), { now: Date.now(), timeZone: deps.timeZone })
  if ((await due()) === undefined) return
  await inTurn(redis, stateKey(tenant.name, 'lock', 'reconcile'), async lock => {
    const plan = await due()
    if (plan === undefined || (await record.isPaused())) return
    // In the shadow the package does the work, and a tenant that goes live does that first.
    const found = await createTenantMode(redis, tenant.name).read()
    if (found.mode === 'shadow' || found.isGoingLive === true || !isFollowedBy(found, tenant.settings.mode)) return
    const now = Date.now()
    const reconciled = await reconcileTenant(each, { ...deps, lock, now, plan }).catch(async (error: unknown) => {
      // Otherwise the next check would read both systems again, and the next one too.
      if (!deps.closing.aborted) await record.pause()
      throw error
    })
    // It was cut off, and another worker begins anew.
    if (deps.closing.aborted) return
    report(reconciled, tenant.name, deps)
    if (isUnasked(reconciled)) await record.pause()
    const wholeDay = plan.readsWholeList ? plan.day : undefined
    await recordReconciled(reconciled, { redis, tenant: tenant.name, now, wholeDay })
  })
}

interface OneReconcile extends Check {
  readonly lock: Lock
  readonly now: number
  readonly plan: DueReconcile
}

async function reconcileTenant({ connection, onBreakerChange }: Served, one: OneReconcile): Promise<Reconciled> {
  const { lock, now, plan, timeZone, metrics, closing } = one
  const { tenant, redis, queues, fingerprint, rateLimiter } = connection
  const calls = createQuietCallGuard(`reconcile-${randomUUID()}`, {
    ...{ connection, metrics, onBreakerChange },
    signal: AbortSignal.any([lock.signal, closing]),
    areLocksHeld: lock.isHeld,
  })
  const { crm, rd } = connection.clients(withSpareSlots(asFailures(calls.guard), rateLimiter))
  const timelines = createTimelines(redis, tenant.name, fingerprint, createCalendar(timeZone))
  const lookbackMs = (tenant.settings.reconcile?.lookbackHours ?? 0) * HOUR_MS
  const mayGoOn = (): boolean => lock.isHeld() && !closing.aborted
  const request = { since: now - lookbackMs, now, readsWholeList: plan.readsWholeList, mayGoOn }
  try {
    return await reconcile(request, { tenant, redis, queues, fingerprint, timelines, crm, rd: () => rd })
  } finally {
    await calls.releaseProbes()
  }
}

/** A call that is not made now, because of a pause or an open breaker, counts as a system that could not be asked. */
const asFailures = (guard: CallGuard): CallGuard => ({
  ...guard,
  async before(call) {
    try {
      await guard.before(call)
    } catch (error) {
      if (!(error instanceof RunInterrupted)) throw error
      throw notAsked(call.system, error.waitMs)
    }
  },
})

const notAsked = (system: System, retryAfterMs: number): Failure =>
  new ThrottledFailure(systemTable[system].unavailable, {
    ...{ retryAfterMs, scope: 'job', system },
  })

function report(
  reconciled: Reconciled,
  tenant: string,
  { metrics, log }: Pick<ReconcilesDeps, 'metrics' | 'log'>,
): void {
  const { missing, sent } = totalOf(reconciled)
  const outcome = isUnasked(reconciled) ? 'not-asked' : isUnclear(reconciled) ? 'unclear' : 'done'
  metrics.reconciles.inc({ tenant, outcome })
  metrics.reconcileMissing.inc({ tenant }, missing)
  if (outcome === 'done') log.info({ tenant, missing, sent }, 'reconciled')
  else log.warn({ tenant, missing, sent, outcome }, 'reconciled')
}

/** The hours of the night in which the whole list is read: from the first until before the second. */
const NIGHT = [2, 5] as const

export interface DueReconcile {
  readonly readsWholeList: boolean
  /** yyyy-mm-dd in the time zone of the installation. */
  readonly day: string
}

/** Whether a reconcile is due, and of which kind. `now`: milliseconds since 1970. */
export function planReconcile(
  setting: TenantSettings['reconcile'],
  last: ReconcileRecord | undefined,
  { now, timeZone }: { readonly now: number; readonly timeZone: string },
): DueReconcile | undefined {
  if (setting?.everyMinutes === undefined) return undefined
  const { day, hour } = clockOf(now, timeZone)
  if (hour >= NIGHT[0] && hour < NIGHT[1] && last?.wholeDay !== day) return { readsWholeList: true, day }
  const isDue = last === undefined || last.at + setting.everyMinutes * 60_000 <= now
  return isDue ? { readsWholeList: false, day } : undefined
}

function clockOf(now: number, timeZone: string): { readonly day: string; readonly hour: number } {
  const parts = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone, hourCycle: 'h23', hour: '2-digit' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
  }).formatToParts(now)
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find(each => each.type === type)?.value ?? ''
  return { day: `${part('year')}-${part('month')}-${part('day')}`, hour: Number(part('hour')) }
}
