/** After this many workers died while running a job, the job is taken to be the cause. */
const MAX_TAKEOVERS = 25

/** BullMQ never resets how often a job stalled. It resets the number of starts when a person retries the job, which may then run again. */
export const isAbandoned = (job: { readonly stalledCounter: number; readonly attemptsStarted: number }): boolean =>
  Math.min(job.stalledCounter, job.attemptsStarted) >= MAX_TAKEOVERS
