import { isUnasked, isUnclear, type Reconciled, reconcileOnce, totalOf } from '@ponte/operations'
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts'
import { recordAction } from '../redis/record-action.ts'
import { onlyLive } from '../redis/require-live.ts'
import { withQueues } from '../redis/with-redis.ts'
import type { Command } from '../session.ts'
import { chooseTenants, readAllSettings } from '../settings/read-settings.ts'
import { describeReconciled } from './describe-reconciled.ts'
import { readDuration } from './duration.ts'

export interface ReconcileOptions {
  readonly since: string
  readonly tenant?: string
  readonly dryRun?: boolean
}

/** Makes up for webhooks that never came (docs/behaviour/reconcile.md). */
export const reconcile: Command<ReconcileOptions> = async ({ since, tenant, dryRun = false }, session) => {
  const lookbackMs = readDuration(since)
  if (lookbackMs === undefined) throw new UsageError(session.texts.reconcile.sinceInvalid(since))
  const settings = await readAllSettings(session, ['rdCredentials', 'crmCredentials'])
  const tenants = chooseTenants(settings.tenants, tenant, session)
  return await withQueues({ settings, tenants, session }, async ({ redis, queues }) => {
    const results: (Reconciled & { readonly tenant: string })[] = []
    for (const each of await onlyLive(redis, tenants, session)) {
      session.progress(session.texts.reconcile.asking(each.name))
      const reconciled = await reconcileOnce(
        { ...settings, tenant: each, redis, queues: queues.of(each.name), timeZone: settings.BOARD_TIME_ZONE },
        { lookbackMs, isDryRun: dryRun },
      )
      const sent = { action: 'reconcile', tenant: each.name, detail: String(totalOf(reconciled).sent) } as const
      if (!dryRun) await recordAction(redis, sent)
      results.push({ tenant: each.name, ...reconciled })
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

function exitCodeOf(results: readonly Reconciled[]): ExitCode {
  if (results.some(isUnasked)) return exitCodes.notReachable
  return results.some(isUnclear) ? exitCodes.problems : exitCodes.ok
}

/** For scripts (docs/cli.md#after-an-outage). */
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
