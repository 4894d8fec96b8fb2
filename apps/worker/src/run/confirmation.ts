import { message } from '@ponte/contracts'
import type { KeptStep, Replicas, Step } from '@ponte/state'
import { JobDelayed } from '../calls/job-delayed.ts'

/** What waits for replicas of Redis asks for them this often. */
const PAUSE_MS = 2000

export const replicasMissing = (): JobDelayed => new JobDelayed(message('replicas-missing'), PAUSE_MS)

/** The record of what is about to be sent, for the step that makes it. */
export interface Confirmation {
  readonly confirmedBy: NonNullable<Step['confirmedBy']>
  /**
   * For the moment before sending. Throws JobDelayed while too few replicas have the record: after a failover nobody would know of it, and
   * the same would be sent again. False when replicas have been missing for so long that it is sent without them.
   */
  requireReplicas(): boolean
}

export function confirmationBy(replicas: Replicas, step: KeptStep): Confirmation {
  let missing: { readonly holdsBack: boolean } | undefined
  return {
    confirmedBy: { replicas, step, onMissing: holdsBack => void (missing = { holdsBack }) },
    requireReplicas() {
      if (missing?.holdsBack === true) throw replicasMissing()
      return missing === undefined
    },
  }
}
