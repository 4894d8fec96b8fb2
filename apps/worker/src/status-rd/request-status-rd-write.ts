import { randomUUID } from 'node:crypto'
import type { JobData } from '@ponte/contracts'
import { jobOptions } from '@ponte/runtime'
import type { JobContext } from '../run/job-context.ts'

/** Adds a job that writes the field, so that a CRM that refuses or loses the write does not hide the failure of the mark. */
export async function requestStatusRdWrite(
  { round: _round, ...data }: JobData<'opportunity.updated'>,
  { queues, tenant }: Pick<JobContext, 'queues' | 'tenant'>,
): Promise<void> {
  await queues['totvs-crm'].add('status-rd.changed', data, {
    ...jobOptions(tenant.settings.retry),
    jobId: `status-rd-${randomUUID()}`,
  })
}
