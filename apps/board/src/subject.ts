import { quarantinedDelivery, readJobSubject } from '@ponte/contracts'
import type { Job } from 'bullmq'
import { maskJobData } from './masking.ts'

/** Whom or what a job is about, for a list: enough to tell two apart, masked. */
export function maskedSubject(job: Job): string {
  const { lead, opportunityId } = readJobSubject(maskJobData(job.data))
  const delivery = quarantinedDelivery.safeParse(job.data).data
  return lead?.email ?? lead?.mobilePhone ?? lead?.phone ?? opportunityId ?? delivery?.source ?? '–'
}
