import { redisErrorCode } from './redis-error-code.ts'

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

/** True if Redis did not answer, or refused a write (messages of ioredis 6, of Redis and of `withDeadline`). Any other error is a mistake of the code. */
export function isRedisTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'ReplyError') return TROUBLE.includes(redisErrorCode(error.message))
  if (['AbortError', 'MaxRetriesPerRequestError', 'ClusterAllFailedError'].includes(error.name)) return true
  return /^(Command timed out|redis did not answer in time|Connection is closed|Stream isn't writeable|connect ECONNREFUSED|read ECONNRESET|write EPIPE)/.test(
    error.message,
  )
}
