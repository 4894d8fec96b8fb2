import type { ReasonCode } from '@ponte/contracts'
import type {
  FailuresDocument,
  Period,
  ResultsDocument,
  RetryAnswer,
  RetryDocument,
  StatusReading,
} from '@ponte/operations'

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
