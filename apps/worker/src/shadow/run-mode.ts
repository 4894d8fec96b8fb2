import { type OwnedJob, ownedEventOf } from '@ponte/runtime'
import { isLate, isRest, type ModeRecord, packageUntilFor } from '@ponte/state'

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
