export interface AttemptLimitOptions {
  /** Milliseconds. */
  readonly now: () => number
}

const WINDOW_MS = 60_000
/** Failures a minute from one address, and from all addresses together: guessing stays hopeless however it is spread. */
const PER_ADDRESS = 5
const PER_PROCESS = 50

/** Slows down the guessing of passwords. Kept in this process; forgets what is older than a minute. */
export function createAttemptLimit({ now }: AttemptLimitOptions) {
  let failures: readonly { readonly address: string; readonly at: number }[] = []

  const recent = (): typeof failures => {
    const since = now() - WINDOW_MS
    failures = failures.filter(({ at }) => at > since)
    return failures
  }
  const wait = (times: typeof failures, most: number): number => {
    const oldest = times.at(-most)
    return oldest === undefined ? 0 : Math.ceil((oldest.at + WINDOW_MS - now()) / 1000)
  }
  return {
    /** Whole seconds until this address may try again; 0 when it may now. */
    secondsToWait(address: string): number {
      const all = recent()
      return Math.max(
        wait(
          all.filter(failure => failure.address === address),
          PER_ADDRESS,
        ),
        wait(all, PER_PROCESS),
      )
    },
    addFailure(address: string): void {
      failures = [...recent(), { address, at: now() }]
    },
  }
}

export type AttemptLimit = ReturnType<typeof createAttemptLimit>
