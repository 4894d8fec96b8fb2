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

/** A route of Bull Board's by the name that it has in Bull Board. Other routes stay as they are. */
export const withoutMount = (route: string): string =>
  route.startsWith(`${BULL_BOARD}/`) ? route.slice(BULL_BOARD.length) : route
