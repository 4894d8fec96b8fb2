import { type ReasonCode, parseJson } from '@ponte/contracts'
import {
  type FailuresDocument,
  type Period,
  type ResultsDocument,
  type RetryAnswer,
  type RetryDocument,
  type StatusReading,
  failuresDocument,
  readStatusDocument,
  resultsDocument,
  retryAnswer,
  retryDocument,
  statusDocument,
  problemDocument,
  createFailedJobs,
  createRetries,
  createVendorAnswers,
  readFailures,
  readOnce,
  readResultsDocument,
  readRetry,
  readStatus,
  retryCause,
  toFailuresDocument,
} from '@ponte/operations'
import { type Session, NotReachableError, UsageError } from './session.ts'
import {
  type ApiSettings,
  chooseTenants,
  readProcessDeps,
  readSettings,
  readSettingsWithFingerprints,
  readApiSettings,
  cliUser,
  withQueues,
  withRedis,
} from './installation.ts'

/** At Redis, unless `--api` or PONTE_API_URL names a board. */
export async function openOperations(options: OperationsOptions, session: Session): Promise<Operations> {
  const api = readApiSettings(options.api, session)
  return api === undefined ? await operationsOfRedis(options, session) : operationsOfApi(api, options, session)
}

const REDIS_POLL_MS = 500

/** The command line shows what an operator sees on the board: no words of a person. */
const user = { name: cliUser(), role: 'operator' } as const

/** With the settings of the processes, at the Redis that they use. */
async function operationsOfRedis({ tenant }: Pick<OperationsOptions, 'tenant'>, session: Session): Promise<Operations> {
  const settings = await readSettings(session)
  const tenants = chooseTenants(settings.tenants, tenant, session)
  const target = { target: settings.REDIS, session }
  return {
    timeZone: settings.BOARD_TIME_ZONE,
    async readStatus() {
      const processes = await readProcessDeps(session)
      const stuckAfterMs = settings.BOARD_STUCK_SECONDS * 1000
      return await withRedis(target, redis =>
        readStatus(
          { redis, tenants, failedJobs: readOnce(createFailedJobs(redis)), stuckAfterMs, ...processes },
          { now: Date.now() },
        ),
      )
    },
    readFailures: () =>
      withRedis(target, async redis => {
        const deps = { redis, tenants, failedJobs: createFailedJobs(redis), vendorAnswers: createVendorAnswers(redis) }
        return toFailuresDocument(await readFailures(deps, user), { language: session.language, notes: true })
      }),
    readResults: period =>
      withRedis(target, redis => {
        const request = { period, now: Date.now(), timeZone: settings.BOARD_TIME_ZONE, readers: 'operators' } as const
        return readResultsDocument(redis, tenants, request)
      }),
    async withRetries(work) {
      const keyed = await readSettingsWithFingerprints(session)
      return await withQueues({ settings: keyed, tenants, session }, async ({ redis, queues }) => {
        const { fingerprint } = keyed
        const stopped = new AbortController()
        const retries = createRetries({ redis, fingerprint }, error => stopped.abort(error), { outcomeWaitMs: 0 })
        const deps = { redis, tenants, queues, failedJobs: createFailedJobs(redis), retries }
        try {
          return await work({
            everyMs: REDIS_POLL_MS,
            stopped: stopped.signal,
            retryCause: asked => retryCause(deps, user, asked),
            readRetry: id => readRetry(deps, id),
          })
        } finally {
          await retries.close()
        }
      })
    },
  }
}

/** The board waits 2 s for what it retries, and 3 s for each tenant; a proxy may take longer. */
const TIMEOUT_MS = 60_000

/** What checks an answer, and gives it its type. */
interface Schema<Value> {
  readonly safeParse: (value: unknown) => { readonly success: boolean; readonly data?: Value }
}

/**
 * Calls the API of a board: GET, or POST where there is a body. Throws UsageError when the API refuses the request, and NotReachableError
 * when nothing answers there, or the board cannot answer now.
 */
function createApiClient({ url, token }: Pick<ApiSettings, 'url' | 'token'>, { texts, language }: Session) {
  return async <Value>(path: string, schema: Schema<Value>, body?: object): Promise<Value> => {
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
const API_POLL_MS = 2000

/** Through the API of a board, with a token. */
function operationsOfApi(
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
        everyMs: API_POLL_MS,
        retryCause: ({ code, dryRun }) =>
          call(`/failures/${code}/retry`, retryAnswer, { dryRun, ...(tenant !== undefined && { tenant }) }),
        readRetry: id => call(`/retries/${encodeURIComponent(id)}`, retryDocument),
      }),
  }
}

/** What `status`, `failures`, `retry` and `report` read and do: at Redis, or from elsewhere through the API of a board. */
export interface Operations {
  /** The zone of the times that people read. */
  readonly timeZone: string
  readonly readStatus: () => Promise<StatusReading>
  readonly readFailures: () => Promise<FailuresDocument>
  /** What was counted in a period. */
  readonly readResults: (period: Period) => Promise<ResultsDocument>
  /** Lets `work` begin a retry, which may need this process until all is retried, and read what became of it. */
  readonly withRetries: <Result>(work: (retries: Retries) => Promise<Result>) => Promise<Result>
}

export interface Retries {
  /** Retries what failed with a code. */
  readonly retryCause: (asked: { readonly code: ReasonCode; readonly dryRun: boolean }) => Promise<RetryAnswer>
  readonly readRetry: (id: string) => Promise<RetryDocument | undefined>
  /** How long between two readings, in milliseconds. */
  readonly everyMs: number
  /** Aborted with the error that stops a retry of this process midway. */
  readonly stopped?: AbortSignal
}

export interface OperationsOptions {
  readonly tenant?: string | undefined
  /** The address of a board. */
  readonly api?: string | undefined
}
