import {
  failuresDocument,
  readStatusDocument,
  resultsDocument,
  retryAnswer,
  retryDocument,
  statusDocument,
  problemDocument,
} from '@ponte/operations'
import type { Session } from '../session.ts'
import type { ApiSettings } from '../settings/read-settings.ts'
import type { Operations, OperationsOptions } from './operations.ts'
import { parseJson } from '@ponte/contracts'
import { NotReachableError, UsageError } from '../exit-codes.ts'

/** The board waits 2 s for what it retries, and 3 s for each tenant; a proxy may take longer. */
const TIMEOUT_MS = 60_000

/** What checks an answer, and gives it its type. */
interface Schema<Value> {
  readonly safeParse: (value: unknown) => { readonly success: boolean; readonly data?: Value }
}

type ApiCall = <Value>(path: string, schema: Schema<Value>, body?: object) => Promise<Value>

/**
 * Calls the API of a board: GET, or POST where there is a body. Throws UsageError when the API refuses the request, and NotReachableError
 * when nothing answers there, or the board cannot answer now.
 */
function createApiClient(
  { url, token }: { readonly url: string; readonly token: string },
  { texts, language }: Pick<Session, 'texts' | 'language'>,
): ApiCall {
  return async (path, schema, body) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'accept-language': language,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // A redirect could send the token to another host.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => undefined)
    const text = await response?.text().catch(() => undefined)
    if (response === undefined || text === undefined) throw new NotReachableError(texts.api.notReachable(url))
    const answer: unknown = parseJson(text)
    if (response.ok) {
      const { success, data } = schema.safeParse(answer)
      if (success && data !== undefined) return data
      throw new UsageError(texts.api.notUnderstood(url))
    }
    const problem = problemDocument.safeParse(answer).data
    if (problem === undefined) throw new UsageError(texts.api.noApi({ url, status: response.status }))
    const sentence = `${problem.code}: ${problem.title} ${problem.detail}`
    if (isPassing(response.status)) throw new NotReachableError(sentence)
    throw new UsageError(sentence)
  }
}

const isPassing = (status: number): boolean => status === 429 || status >= 500

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
