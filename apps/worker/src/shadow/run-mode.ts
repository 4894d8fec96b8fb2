import { eventOfJob, events, isEventName, ownerOf } from '@ponte/contracts'
import { isLate, isOfPackage, isRest, type ModeRecord, type OwnedEvent, packageUntilFor } from '@ponte/state'
import type { Job } from 'bullmq'

/** What the tenant's mode and the owner of the event make of a run. */
export interface RunMode {
  /** It only reads, and says what it would do. */
  readonly isShadow: boolean
  /** The package has taken over again since the event came, and may have done it. */
  readonly isLate: boolean
  /** Until when the package did the work, as far as the event is concerned, in milliseconds since 1970. Undefined: it never did. */
  readonly packageUntil: number | undefined
  /** Whether the run may still write: the mode may have changed since it began. */
  readonly mayWrite: (now: ModeRecord) => boolean
}

type OwnedJob = Pick<Job, 'id' | 'name' | 'data' | 'timestamp'>

export const receivedAtOf = (job: OwnedJob): number => Date.parse(eventOfJob(job).receivedAt)

const ownedEventOf = (job: OwnedJob): OwnedEvent => ({
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

export function runModeOf(job: OwnedJob, record: ModeRecord): RunMode {
  const event = ownedEventOf(job)
  const isPontes = event.owner === 'ponte'
  return {
    isShadow: !isPontes && record.mode === 'shadow',
    isLate: isLate(record, event),
    packageUntil: packageUntilFor(record, event),
    mayWrite: now => (isPontes ? !isRest(now, job.data) : now.mode === 'live'),
  }
}
