import { eventOfJob } from '@ponte/contracts'
import { timelineId } from '@ponte/state'
import type { Job } from 'bullmq'
import type { QueueRef } from '../../queues/queue-ref.ts'

/** The page of an event, also when only its timeline is left. */
export const timelineAddress = (tenant: string, id: string): string => `/events/${tenant}/${id}`

/** The page of the event that a job belongs to. The address holds no personal data: its id is a hash of the event key. */
export function eventAddress({ tenant, kind }: QueueRef, job: Job): string {
  const named = new URLSearchParams({ kind, job: job.id ?? '' })
  return `${timelineAddress(tenant.name, timelineId(eventOfJob(job).key))}?${named.toString()}`
}
