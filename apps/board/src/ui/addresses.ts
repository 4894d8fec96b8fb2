import { queueKinds } from '@ponte/runtime'
import type { EventRef } from '@ponte/operations'
import { z } from 'zod'

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

/** Does a request of this method only read? */
export const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD'

/** Is this an address of the API, also when there is nothing at it? */
export const isOfApi = (url: string): boolean => /^\/api\/v1(?:[/?]|$)/.test(url)

/** A route of Bull Board's by the name that it has in Bull Board. Other routes stay as they are. */
export const withoutMount = (route: string): string =>
  route.startsWith(`${BULL_BOARD}/`) ? route.slice(BULL_BOARD.length) : route

/** The page of an event, also when only its timeline is left. */
export function eventAddress({ tenant, id, job }: EventRef): string {
  const address = `/events/${tenant}/${id}`
  return job === undefined ? address : `${address}?${new URLSearchParams({ kind: job.kind, job: job.id }).toString()}`
}

const ofEvent = z.object({ tenant: z.string(), timeline: z.string().max(64) })
const ofJob = z.object({ kind: z.enum(queueKinds), job: z.string().max(200) })

/** The event that an address names by its path, and the job that its query or a form names. */
export function readEventRef(path: unknown, fields: unknown): EventRef | undefined {
  const event = ofEvent.safeParse(path).data
  const job = ofJob.safeParse(fields).data
  return event && { tenant: event.tenant, id: event.timeline, ...(job && { job: { kind: job.kind, id: job.job } }) }
}

/** The event at an address of its page. */
export function eventAt(address: string): EventRef | undefined {
  const url = URL.parse(address, 'http://board.invalid')
  const [, tenant, timeline] = /^\/events\/([^/]+)\/([\w-]+)$/.exec(url?.pathname ?? '') ?? []
  return url === null ? undefined : readEventRef({ tenant, timeline }, Object.fromEntries(url.searchParams))
}

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
