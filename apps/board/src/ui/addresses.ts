import { eventOfJob } from '@ponte/contracts'
import { timelineId } from '@ponte/state'
import type { Job } from 'bullmq'
import type { QueueRef } from '@ponte/operations'

/** Where Bull Board is on the board. */
export const BULL_BOARD = '/queues'

/** The page of a queue in Bull Board, or of one of its events. */
export function queueAddress(
  queueName: string,
  { status, jobId }: { readonly status?: 'failed'; readonly jobId?: string } = {},
): string {
  const queue = `${BULL_BOARD}/queue/${encodeURIComponent(queueName)}`
  if (jobId !== undefined) return `${queue}/${encodeURIComponent(jobId)}`
  return status === undefined ? queue : `${queue}?status=${status}`
}

/** Do scripts ask for this, not a person who opens a page? These are Bull Board's data and files. */
export const isForScripts = (url: string): boolean => /^\/queues\/(?:api|static)(?:\/|$)/.test(url)

/** Is this an address of the API, also when there is nothing at it? */
export const isOfApi = (url: string): boolean => /^\/api\/v1(?:[/?]|$)/.test(url)

/** A route of Bull Board's by the name that it has in Bull Board. Other routes stay as they are. */
export const withoutMount = (route: string): string =>
  route.startsWith(`${BULL_BOARD}/`) ? route.slice(BULL_BOARD.length) : route

/** The page of an event, also when only its timeline is left. */
export const timelineAddress = (tenant: string, id: string): string => `/events/${tenant}/${id}`

/** The page of the event that a job belongs to. The address holds no personal data: its id is a hash of the event key. */
export const eventAddress = ({ tenant: { name: tenant }, kind }: QueueRef, job: Job): string =>
  jobAddress({ tenant, kind, jobId: job.id ?? '', timelineId: timelineId(eventOfJob(job).key) })

interface AddressedJob {
  readonly tenant: string
  readonly kind: QueueRef['kind']
  readonly jobId: string
  readonly timelineId: string
}

/** The same of a job that was read by `@ponte/operations`. */
export const jobAddress = ({ tenant, kind, jobId, timelineId: id }: AddressedJob): string =>
  `${timelineAddress(tenant, id)}?${new URLSearchParams({ kind, job: jobId }).toString()}`

/** The page that shows what became of a retry. */
export const retryAddress = (id: string): string => `/retries/${encodeURIComponent(id)}`

/** Where to go after a form. Always an address of this board, whatever the link contains. */
export function readLocalPath(next: string | undefined): string {
  const here = 'http://board.invalid'
  const target = next?.startsWith('/') ? URL.parse(next, here) : null
  if (target === null || target.origin !== here || /^\/log(?:in|out)$/.test(target.pathname)) return '/'
  // `/x/..//example.com` comes out as `//example.com`, which browsers take for another host.
  return target.pathname.replace(/^\/+/, '/') + target.search
}
