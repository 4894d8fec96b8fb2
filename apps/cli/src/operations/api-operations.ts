import {
  failuresDocument,
  readStatusDocument,
  resultsDocument,
  retryAnswer,
  retryDocument,
  statusDocument,
} from '@ponte/operations'
import { createApiClient } from '../calls/call-api.ts'
import type { Session } from '../session.ts'
import type { ApiSettings } from '../settings/read-settings.ts'
import type { Operations, OperationsOptions } from './operations.ts'

/** A token may ask 120 times a minute, and others may use it too. */
const POLL_MS = 2000

/** Through the API of a board, with a token. */
export function operationsOfApi(
  { timeZone, ...api }: ApiSettings,
  { tenant }: Pick<OperationsOptions, 'tenant'>,
  session: Session,
): Operations {
  const call = createApiClient(api, session)
  const query = tenant === undefined ? '' : `?${new URLSearchParams({ tenant }).toString()}`

  return {
    timeZone,
    readStatus: async () => readStatusDocument(await call(`/status${query}`, statusDocument)),
    readFailures: () => call(`/failures${query}`, failuresDocument),
    readResults: period =>
      call(
        `/results?${new URLSearchParams({ period, ...(tenant !== undefined && { tenant }) }).toString()}`,
        resultsDocument,
      ),
    withRetries: work =>
      work({
        everyMs: POLL_MS,
        retryCause: ({ code, dryRun }) =>
          call(`/failures/${code}/retry`, retryAnswer, { dryRun, ...(tenant !== undefined && { tenant }) }),
        readRetry: id => call(`/retries/${encodeURIComponent(id)}`, retryDocument),
      }),
  }
}
