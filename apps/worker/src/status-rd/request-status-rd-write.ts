import { randomUUID } from 'node:crypto'
import type { JobData } from '@ponte/contracts'
import { jobOptions } from '@ponte/runtime'
import type { JobContext } from '../run/job-context.ts'

/** Has the field written by a job of its own, so that a CRM that refuses or misses the write never hides what happened here. */
export async function requestStatusRdWrite(
  { round: _round, ...data }: JobData<'opportunity.updated'>,
  { queues, tenant }: JobContext,
): Promise<void> {
  await queues['totvs-crm'].add('status-rd.changed', data, {
    ...jobOptions(tenant.settings.retry),
    jobId: `status-rd-${randomUUID()}`,
  })
}
