import type { ReasonCode } from '@ponte/contracts'
import type { AnsweredGroup, ResultsDocument, StatusReading } from '@ponte/operations'
import type { Period, Retry } from '@ponte/state'

/** What `status`, `failures`, `retry` and `report` read and do: at Redis, or from elsewhere through the API of a board. */
export interface Operations {
  /** The zone of the times that people read. */
  readonly timeZone: string
  readonly readStatus: () => Promise<StatusReading>
  readonly readFailures: () => Promise<readonly AnsweredGroup[]>
  /** What was counted in a period. */
  readonly readResults: (period: Period) => Promise<ResultsDocument>
  /** Retries what failed with a code. */
  readonly retry: <Ended>(request: RetryRequest<Ended>) => Promise<Retried<Ended>>
}

export interface RetryRequest<Ended> {
  readonly code: ReasonCode
  readonly dryRun: boolean
  readonly onProgress: (progress: RetryProgress) => void
  /** Called once all are retried. Default: nobody waits for their end. */
  readonly wait: ((awaitEnd: AwaitEnd) => Promise<Ended>) | undefined
}

export interface RetryProgress {
  readonly tenant: string
  readonly queue: string
  readonly done: number
  readonly all: number
}

/** Resolves when all events have ended, or `signal` ends the wait, to what was read last. */
export type AwaitEnd = (options: {
  readonly signal: AbortSignal
  readonly onRead: (retry: Retry) => void
}) => Promise<Retry | undefined>

export interface Retried<Ended> {
  readonly counts: readonly {
    readonly tenant: string
    readonly queue: string
    readonly retried: number
    readonly left: number
  }[]
  /** The id of the retry. Undefined: nothing was retried. */
  readonly retry?: string
  readonly ended?: Ended
}

export interface OperationsOptions {
  readonly tenant?: string | undefined
  /** The address of a board. */
  readonly api?: string | undefined
}
