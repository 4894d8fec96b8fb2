import { type FailureCode, failures, parseQuarantined, quarantinedDelivery } from '@ponte/contracts'
import { enqueueEvent, type Tenant, type TenantQueues } from '@ponte/runtime'
import { type Job, UnrecoverableError } from 'bullmq'
import type { JobResult } from '../job-context.ts'

/**
 * Reads a quarantined delivery once more. The first time this records why it cannot be read, as a failed job that an operator
 * sees; a retry by hand (after a new version, or another setting) enqueues what now makes sense. SPEC §4.
 */
export async function readAgain(job: Job, tenant: Tenant, queues: TenantQueues): Promise<JobResult> {
  const parsed = quarantinedDelivery.safeParse(job.data)
  if (!parsed.success) throw refuse('JOB_UNREADABLE', [])
  const { events, quarantined, ignored } = parseQuarantined(parsed.data, tenant.settings)
  const { receivedAt } = parsed.data
  await Promise.all(events.map(event => enqueueEvent(queues, tenant, event, { receivedAt }))).catch(() => {
    throw refuse('STATE_UNAVAILABLE', [])
  })
  const [unread] = quarantined
  if (unread !== undefined) throw refuse(unread.code, unread.issues)
  return { outcome: 'done', summary: `${events.length} events enqueued, ${ignored.length} ignored` }
}

const refuse = (code: FailureCode, issues: readonly string[]): UnrecoverableError =>
  new UnrecoverableError([`${code}: ${failures[code].en}`, ...issues].join(' '))
