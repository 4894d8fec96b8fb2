/** A job that was taken over from this many dead workers is taken for the cause of their death. */
const MOST_TAKEOVERS = 25

/** BullMQ never forgets how often a job stalled; its starts begin anew when a person retries it, and then it may run again. */
export const isAbandoned = (job: { readonly stalledCounter: number; readonly attemptsStarted: number }): boolean =>
  Math.min(job.stalledCounter, job.attemptsStarted) >= MOST_TAKEOVERS
