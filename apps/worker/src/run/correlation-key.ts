import { identitiesOfJob, readJobSummary } from '@ponte/contracts'
import type { Fingerprint } from '@ponte/state'
import type { Job } from 'bullmq'

/**
 * The opportunity or the person that a job is about, or else the event itself. Jobs with the same key count as one when the circuit
 * breaker decides whether a system is down: one broken record must not open it.
 */
export function correlationKeyOf({ id, data }: Pick<Job, 'id' | 'data'>, fingerprint: Fingerprint): string {
  const summary = readJobSummary(data)
  const [identity] = identitiesOfJob(summary)
  return summary.opportunityId ?? (identity === undefined ? id : fingerprint(identity)) ?? ''
}
