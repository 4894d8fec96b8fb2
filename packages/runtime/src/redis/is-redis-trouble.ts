/**
 * Before Redis 7, the error of a command in a script is quoted inside another one: `ERR Error running script (call to f_…): @user_script:3:
 * @user_script: 3: -READONLY You can't write against a read only replica.`
 */
const INSIDE_SCRIPT = /^ERR Error running script \(call to [^)]*\): @user_script:\d+: @user_script: ?\d+: -([A-Z]+) /

/** The first word of an error of Redis, such as `READONLY` or `OOM`. For a script it is the error of the command that failed. */
export const redisErrorCode = (message: string): string =>
  INSIDE_SCRIPT.exec(message)?.[1] ?? /^[A-Z]+(?= |$)/.exec(message)?.[0] ?? ''

/** Redis is starting, full, in a failover, or without the replicas that its settings require. */
const TROUBLE = [
  'LOADING',
  'READONLY',
  'UNBLOCKED',
  'BUSY',
  'OOM',
  'MISCONF',
  'NOREPLICAS',
  'CLUSTERDOWN',
  'MASTERDOWN',
  'TRYAGAIN',
]

/**
 * True if Redis did not answer, or refused a write (messages of ioredis 6, of Redis and of `withDeadline`). Any other error is a mistake of
 * the code.
 */
export function isRedisTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'ReplyError') return TROUBLE.includes(redisErrorCode(error.message))
  if (['AbortError', 'MaxRetriesPerRequestError', 'ClusterAllFailedError'].includes(error.name)) return true
  return /^(Command timed out|Too many Cluster redirections|None of startup nodes|Cluster isn't ready|Socket timeout|redis did not answer in time|Connection is closed|Stream isn't writeable|connect ECONNREFUSED|read ECONNRESET|write EPIPE)/.test(
    error.message,
  )
}
