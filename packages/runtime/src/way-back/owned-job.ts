import { eventOfJob, events, isEventName, ownerOf } from '@ponte/contracts'
import { isOfPackage, type ModeRecord, type OwnedEvent } from '@ponte/state'
import type { Job } from 'bullmq'

export type OwnedJob = Pick<Job, 'id' | 'name' | 'data' | 'timestamp'>

/** In milliseconds since 1970. */
export const receivedAtOf = (job: OwnedJob): number => Date.parse(eventOfJob(job).receivedAt)

export const ownedEventOf = (job: OwnedJob): OwnedEvent => ({
  owner: ownerOf(job.data),
  receivedAt: receivedAtOf(job),
})

/**
 * Updates of one opportunity share a job while it waits, and it has the time of the first of them: the last may have come at any moment until
 * it runs. So it is never only the package's. To run it costs little, because an opportunity from before is adopted as it is.
 */
export const isShared = ({ name }: Pick<Job, 'name'>): boolean => isEventName(name) && events[name].isCoalesced

/** Whether an event of the shadow that runs live was the package's. */
export const isPackages = (job: OwnedJob, record: ModeRecord): boolean =>
  isOfPackage(record, ownedEventOf(job)) && !(isShared(job) && record.offAt !== undefined)
