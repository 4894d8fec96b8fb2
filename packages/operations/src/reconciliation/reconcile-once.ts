import { HOUR_MS } from '@ponte/contracts'
import { createCrmSession, createTotvsCrmClient } from '@ponte/clients'
import type { Tenant, TenantQueues } from '@ponte/runtime'
import { createCalendar, createRateLimiter, createTimelines, type Fingerprint } from '@ponte/state'
import { createCommandCallGuard } from '../calls/command-call-guard.ts'
import { openStoredRdStation, type StoredAccess } from '../calls/open-clients.ts'
import { reconcile, type Reconciled, recordReconciled } from './reconcile.ts'
import { withSpareSlots } from './spare-calls.ts'

interface OnceDeps extends StoredAccess {
  readonly tenant: Tenant
  readonly queues: TenantQueues
  readonly fingerprint: Fingerprint
  readonly timeZone: string
}

/** Reconciles because a person asked for it, beside the workers: with the stored tokens, and calls that take nobody's place in the quota. */
export async function reconcileOnce(
  { queues, fingerprint, timeZone, ...access }: OnceDeps,
  { lookbackMs, isDryRun }: { readonly lookbackMs: number; readonly isDryRun: boolean },
): Promise<Reconciled> {
  const { tenant, redis } = access
  const { name, settings } = tenant
  const now = Date.now()
  const ownGuard = createCommandCallGuard()
  const rateLimiter = createRateLimiter(redis, name, { callsPerMinute: settings.rdStation.callsPerMinute })
  const guard = withSpareSlots(ownGuard, rateLimiter)
  const session = createCrmSession({ settings: settings.totvsCrm, guard: ownGuard })
  const reconciled = await reconcile(
    { since: now - lookbackMs, now, isDryRun },
    {
      ...{ tenant, redis, queues, fingerprint },
      timelines: createTimelines(redis, name, fingerprint, createCalendar(timeZone)),
      crm: createTotvsCrmClient({ settings: settings.totvsCrm, session, guard: ownGuard }),
      rd: () => openStoredRdStation(access, { guard }),
    },
  )
  // A shorter one knows nothing of the time before: it neither delays the next reconcile nor ends an alert.
  const leastMs = (settings.reconcile?.lookbackHours ?? 0) * HOUR_MS
  if (!isDryRun && lookbackMs >= leastMs) await recordReconciled(reconciled, { redis, tenant: name, now })
  return reconciled
}
