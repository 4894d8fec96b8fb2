export interface AttemptLimitOptions {
  /** Milliseconds. */
  readonly now: () => number
}

/** Who tries to log in, and from where. */
export interface Attempt {
  readonly user: string
  readonly address: string
  /** A browser that has logged in as this user before. */
  readonly browser?: string | undefined
}

const WINDOW_MS = 60_000
/** Failures a minute. Of one user from one address, of one address, of one user, and of all: guessing stays hopeless. */
const OF_USER_AT_ADDRESS = 5
const OF_ADDRESS = 20
const OF_USER = 15
const OF_ALL = 200
const OF_BROWSER = 5

/**
 * Slows down the guessing of passwords. A browser that has logged in before counts by itself, so that nobody can lock its user out
 * by guessing elsewhere. Kept in this process; forgets what is older than a minute.
 */
export function createAttemptLimit({ now }: AttemptLimitOptions) {
  let failures: readonly (Attempt & { readonly at: number })[] = []

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
    /** Whole seconds until this may be tried; 0 when it may now. */
    secondsToWait({ user, address, browser }: Attempt): number {
      const all = recent()
      if (browser !== undefined)
        return wait(
          all.filter(each => each.browser === browser),
          OF_BROWSER,
        )
      const unknown = all.filter(each => each.browser === undefined)
      const ofUser = unknown.filter(each => each.user === user)
      const ofAddress = unknown.filter(each => each.address === address)
      return Math.max(
        wait(
          ofUser.filter(each => each.address === address),
          OF_USER_AT_ADDRESS,
        ),
        wait(ofAddress, OF_ADDRESS),
        wait(ofUser, OF_USER),
        wait(unknown, OF_ALL),
      )
    },
    /** Counted before the password is looked at, and taken back when it is right: many at once are not more than one by one. */
    begin(attempt: Attempt): { readonly succeed: () => void } {
      const failure = { ...attempt, user: attempt.user.slice(0, 200), at: now() }
      failures = [...recent(), failure]
      return {
        succeed: () => {
          failures = failures.filter(each => each !== failure)
        },
      }
    },
  }
}

export type AttemptLimit = ReturnType<typeof createAttemptLimit>
