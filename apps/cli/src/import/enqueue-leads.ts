import { setTimeout as sleep } from 'node:timers/promises'
import { identitiesOfJob, type LeadEvent } from '@ponte/contracts'
import { enqueueImport, newImportId, type Tenant, type TenantQueues } from '@ponte/runtime'
import type { Imports, Timelines } from '@ponte/state'

/** How often it is looked whether one of the jobs has ended. */
const LOOK_EVERY_MS = 200

export interface Enqueuing {
  readonly tenant: Tenant
  readonly queues: TenantQueues
  readonly imports: Imports
  readonly timelines: Pick<Timelines, 'begin'>
  readonly opensOpportunity: boolean
  readonly signal: AbortSignal
  /** Asked before leads are enqueued: aborts the signal when the tenant is in the shadow. */
  readonly stopInShadow: () => Promise<void>
  /** All places are taken: nothing goes on until a job ends. */
  readonly onFull: () => void
}

/**
 * Puts leads into the queue, as soon as there are places. Resolves to how many are new; the others were sent before, and wait or failed.
 * When the signal aborts, the rest is left out.
 */
export async function enqueueLeads(events: readonly LeadEvent[], enqueuing: Enqueuing): Promise<readonly boolean[]> {
  const { queues, imports, signal, stopInShadow, onFull } = enqueuing
  const waiting = events.map(event => ({ event, jobId: newImportId() }))
  const areNew: boolean[] = []
  for (;;) {
    await stopInShadow()
    if (waiting.length === 0 || signal.aborted) break
    const jobIds = waiting.map(({ jobId }) => jobId)
    const places = await imports.takePlaces(jobIds, queues['totvs-crm'].toKey(''))
    areNew.push(...(await Promise.all(waiting.splice(0, places).map(each => enqueueOne(each, enqueuing)))))
    if (waiting.length === 0) break
    onFull()
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
  return areNew
}

async function enqueueOne(
  { event, jobId }: { readonly event: LeadEvent; readonly jobId: string },
  { tenant, queues, imports, timelines, opensOpportunity }: Enqueuing,
): Promise<boolean> {
  const receivedAt = new Date().toISOString()
  const options = { opensOpportunity, isUndated: event.lead.convertedAt === undefined }
  const { outcome } = await enqueueImport(queues, tenant, event, { jobId, receivedAt, import: options })
  if (outcome === 'duplicate') {
    await imports.leavePlace(jobId)
    return false
  }
  const of = { event: event.name, key: event.key, receivedAt, jobId, identities: identitiesOfJob(event) }
  // The lead is safe, and a timeline that cannot be written must not end the import.
  await timelines.begin(of).catch(() => undefined)
  return true
}
