import { createCrmSession, createTotvsCrmClient } from '@ponte/clients'
import {
  isUnasked,
  isUnclear,
  reconcile as reconcileTenant,
  type Reconciled,
  recordReconciled,
  totalOf,
  withSpareSlots,
} from '@ponte/operations'
import type { Tenant, TenantQueues } from '@ponte/runtime'
import { createCalendar, createRateLimiter, createTimelines, type RedisClient } from '@ponte/state'
import { createCommandCallGuard } from '../calls/command-call-guard.ts'
import { openStoredRdStation } from '../calls/open-rd-station.ts'
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts'
import { recordAction } from '../redis/record-action.ts'
import { onlyLive } from '../redis/require-live.ts'
import { withQueues } from '../redis/with-redis.ts'
import type { Command, Session } from '../session.ts'
import { type AllSettings, chooseTenants, readAllSettings } from '../settings/read-settings.ts'
import { describeReconciled } from './describe-reconciled.ts'
import { readDuration } from './duration.ts'

const HOUR_MS = 3_600_000

export interface ReconcileOptions {
  readonly since: string
  readonly tenant?: string
  readonly dryRun?: boolean
}

/** Makes up for webhooks that never came (docs/behaviour.md#reconcile). */
export const reconcile: Command<ReconcileOptions> = async ({ since, tenant, dryRun = false }, session) => {
  const lookbackMs = readDuration(since)
  if (lookbackMs === undefined) throw new UsageError(session.texts.reconcile.sinceInvalid(since))
  const settings = await readAllSettings(session, ['rdCredentials', 'crmCredentials'])
  const tenants = chooseTenants(settings.tenants, tenant, session)
  return await withQueues({ settings, tenants, session }, async ({ redis, queues }) => {
    const results: (Reconciled & { readonly tenant: string })[] = []
    for (const each of await onlyLive(redis, tenants, session)) {
      session.progress(session.texts.reconcile.asking(each.name))
      const one = { tenant: each, redis, settings, session, queues: queues.of(each.name), lookbackMs, isDryRun: dryRun }
      results.push({ tenant: each.name, ...(await reconcileOne(one)) })
    }
    const exitCode = exitCodeOf(results)
    const reader = { isDryRun: dryRun, session, timeZone: settings.BOARD_TIME_ZONE }
    return {
      exitCode,
      data: { ok: exitCode === exitCodes.ok, dryRun, tenants: results.map(dataOf) },
      lines: results.flatMap(result => describeReconciled(result.tenant, result, reader)),
    }
  })
}

interface One {
  readonly tenant: Tenant
  readonly redis: RedisClient
  readonly queues: TenantQueues
  readonly settings: AllSettings
  readonly session: Session
  readonly lookbackMs: number
  readonly isDryRun: boolean
}

async function reconcileOne({ tenant, redis, queues, settings, session, lookbackMs, isDryRun }: One) {
  const { fingerprint, box, replicas, BOARD_TIME_ZONE: timeZone } = settings
  const { name } = tenant
  const now = Date.now()
  const timelines = createTimelines(redis, name, fingerprint, createCalendar(timeZone))
  const rateLimiter = createRateLimiter(redis, name, { callsPerMinute: tenant.settings.rdStation.callsPerMinute })
  const guard = withSpareSlots(createCommandCallGuard(), rateLimiter)
  const rd = () => openStoredRdStation({ tenant, redis, box, replicas }, session, { guard })
  const request = { since: now - lookbackMs, now, isDryRun }
  const deps = { tenant, redis, queues, fingerprint, timelines, crm: openCrm(tenant), rd }
  const reconciled = await reconcileTenant(request, deps)
  if (!isDryRun) {
    // A shorter one knows nothing of the time before: it neither delays the next reconcile nor ends an alert.
    const leastMs = (tenant.settings.reconcile?.lookbackHours ?? 0) * HOUR_MS
    if (lookbackMs >= leastMs) await recordReconciled(reconciled, { redis, tenant: name, now })
    await recordAction(redis, { action: 'reconcile', tenant: name, detail: String(totalOf(reconciled).sent) })
  }
  return reconciled
}

function openCrm({ settings: { totvsCrm: settings } }: Tenant) {
  const guard = createCommandCallGuard()
  return createTotvsCrmClient({ settings, session: createCrmSession({ settings, guard }), guard })
}

function exitCodeOf(results: readonly Reconciled[]): ExitCode {
  if (results.some(isUnasked)) return exitCodes.notReachable
  return results.some(isUnclear) ? exitCodes.problems : exitCodes.ok
}

/** For scripts (docs/cli.md#reconcile). */
function dataOf({ tenant, since, opportunities, contacts }: Reconciled & { readonly tenant: string }): object {
  const direction = (result: NonNullable<typeof contacts> | typeof opportunities): object =>
    'notAsked' in result ? { notAsked: result.notAsked.code } : result
  return {
    tenant,
    since: new Date(since).toISOString(),
    opportunities: direction(opportunities),
    contacts: contacts === undefined ? null : direction(contacts),
  }
}
