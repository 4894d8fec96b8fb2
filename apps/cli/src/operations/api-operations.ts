import { setTimeout as sleep } from 'node:timers/promises'
import {
  failuresDocument,
  readRetryDocument,
  readStatusDocument,
  resultsDocument,
  retryAnswer,
  retryDocument,
  statusDocument,
} from '@ponte/operations'
import { isOver, type Retry } from '@ponte/state'
import { createApiClient } from '../calls/call-api.ts'
import { NotReachableError } from '../exit-codes.ts'
import type { Session } from '../session.ts'
import type { ApiSettings } from '../settings/read-settings.ts'
import type { Operations, OperationsOptions, RetryProgress } from './operations.ts'

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

  const readRetry = async (id: string): Promise<Retry> =>
    readRetryDocument(await call(`/retries/${encodeURIComponent(id)}`, retryDocument))

  /** The board goes on retrying after its answer. */
  async function untilSent(begun: Retry, onProgress: (progress: RetryProgress) => void): Promise<Retry> {
    let retry = begun
    for (;;) {
      for (const { tenant: name, queue, asked, unsent } of retry.parts)
        onProgress({ tenant: name, queue, done: asked - unsent, all: asked })
      if (retry.state !== 'working') return retry
      await sleep(POLL_MS)
      retry = await readRetry(retry.id)
    }
  }

  return {
    timeZone,
    readStatus: async () => readStatusDocument(await call(`/status${query}`, statusDocument)),
    async readFailures() {
      const { failures, unreadable } = await call(`/failures${query}`, failuresDocument)
      // As at Redis: nobody may take a part of what failed for all of it.
      if (unreadable.length > 0) throw new NotReachableError(session.texts.api.unreadable(unreadable.join(', ')))
      return failures
    },
    readResults: period =>
      call(
        `/results?${new URLSearchParams({ period, ...(tenant !== undefined && { tenant }) }).toString()}`,
        resultsDocument,
      ),
    async retry({ code, dryRun, onProgress, wait }) {
      const body = { dryRun, ...(tenant !== undefined && { tenant }) }
      const { queues, retry } = await call(`/failures/${code}/retry`, retryAnswer, body)
      if (retry === null)
        return { counts: queues.map(({ count, ...where }) => ({ ...where, retried: count, left: 0 })) }
      const sent = await untilSent(readRetryDocument(retry), onProgress)
      return {
        retry: sent.id,
        counts: sent.parts.map(({ tenant: name, queue, asked, left, unsent }) => ({
          tenant: name,
          queue,
          retried: asked - left - unsent,
          left: left + unsent,
        })),
        ...(wait && {
          ended: await wait(async ({ signal, onRead }) => {
            let retry = await readRetry(sent.id)
            while (!isOver(retry) && !signal.aborted) {
              onRead(retry)
              await sleep(POLL_MS, undefined, { signal }).catch(() => undefined)
              retry = await readRetry(sent.id)
            }
            return retry
          }),
        }),
      }
    },
  }
}
