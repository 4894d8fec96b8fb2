import { quarantinedDelivery } from '@ponte/contracts'
import type { Job } from 'bullmq'
import { readSubject } from './job-actions.ts'
import { maskJobData } from './masking.ts'

/** Whom or what a job is about, for a list: enough to tell two apart, masked. */
export function maskedSubject(job: Job): string {
  const { lead, opportunityId } = readSubject(maskJobData(job.data))
  const delivery = quarantinedDelivery.safeParse(job.data).data
  return lead?.email ?? lead?.mobilePhone ?? lead?.phone ?? opportunityId ?? delivery?.source ?? '–'
}
