import { message } from '@ponte/contracts'
import { type KeptStep, type Replicas, type Step, stateKey } from '@ponte/state'
import type { Connection } from '../calls/connection.ts'
import { JobDelayed } from '../calls/job-delayed.ts'

/** What waits for replicas of Redis asks for them this often. */
const PAUSE_MS = 2000

const replicasMissing = (): JobDelayed => new JobDelayed(message('replicas-missing'), PAUSE_MS)

/**
 * For the begin of a job that may mark or open. After a record that too few replicas had, it asks whether they are back, before the job
 * calls anybody. Throws JobDelayed when they are not and marks and openings still wait for them.
 */
export async function requireReplicas(
  step: KeptStep,
  { replicas, redis, tenant }: Pick<Connection, 'replicas' | 'redis' | 'tenant'>,
) {
  const key = stateKey(tenant.name, 'confirmed')
  if (!replicas.holdsBack(redis, key)) return
  if (!(await replicas.confirmEarlier(redis, step, key))) throw replicasMissing()
}

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
