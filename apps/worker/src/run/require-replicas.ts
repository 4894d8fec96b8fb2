import { message } from '@ponte/contracts'
import { stateKey } from '@ponte/state'
import type { Connection } from '../connections/connection.ts'
import { JobDelayed } from './job-delayed.ts'

/** A mark that waits for replicas of Redis asks for them this often. */
const PAUSE_MS = 2000

export const replicasMissing = (): JobDelayed => new JobDelayed(message('replicas-missing'), PAUSE_MS)

/**
 * For the begin of a job that may mark. After a record that too few replicas had, it asks whether they are back, before the job calls
 * anybody. Throws JobDelayed when they are not and marks still wait for them.
 */
export async function requireReplicas({ replicas, redis, tenant }: Pick<Connection, 'replicas' | 'redis' | 'tenant'>) {
  const key = stateKey(tenant.name, 'confirmed')
  if (!replicas.holdsMarks(redis, key)) return
  if (!(await replicas.confirmEarlier(redis, 'mark', key))) throw replicasMissing()
}
