import { redisErrorCode } from './redis-error-code.ts'

/** A Redis that is starting, full, in a failover, or without the replicas that it was told to have. */
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

/** Did Redis not answer, or not take what was written? As ioredis (6) and Redis say it; nothing is known to be wrong with the rest. */
export function isRedisTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'ReplyError') return TROUBLE.includes(redisErrorCode(error.message))
  if (['AbortError', 'MaxRetriesPerRequestError', 'ClusterAllFailedError'].includes(error.name)) return true
  return /^(Command timed out|Connection is closed|Stream isn't writeable|connect ECONNREFUSED|read ECONNRESET|write EPIPE)/.test(
    error.message,
  )
}
