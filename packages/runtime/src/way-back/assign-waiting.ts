import { asPontes, destinations, ownerOf } from '@ponte/contracts'
import type { ModeRecord, TenantMode } from '@ponte/state'
import type { TenantQueues } from '../queues/queues.ts'
import { isPackages } from './owned-job.ts'

const BATCH = 100
/** In this order, a job that becomes due meanwhile is not missed. */
const WAITING = ['delayed', 'prioritized', 'waiting'] as const

/** What waits and came in the shadow is Ponte's from now on, or stays the package's: a later shadow knows no times of this one. */
export async function assignWaiting(queues: TenantQueues, record: ModeRecord): Promise<void> {
  for (const destination of destinations)
    for (const type of WAITING)
      for (let from = 0; ; from += BATCH) {
        const jobs = await queues[destination].getJobs([type], from, from + BATCH - 1)
        if (jobs.length === 0) break
        const own = jobs.filter(job => ownerOf(job.data) === 'shadow' && !isPackages(job, record))
        // One that is gone meanwhile needs no owner.
        await Promise.all(own.map(job => job.updateData(asPontes(job.data)).catch(() => undefined)))
      }
}

/**
 * Brings the tenant back into the shadow at once. Where it still goes live, what waits gets its owner first. Until then no job of the tenant
 * runs.
 */
export async function goBackAtOnce(deps: {
  readonly queues: TenantQueues
  readonly mode: TenantMode
}): ReturnType<TenantMode['goBack']> {
  const record = await deps.mode.read()
  if (record.isGoingLive === true) await assignWaiting(deps.queues, record)
  return await deps.mode.goBack('now')
}
