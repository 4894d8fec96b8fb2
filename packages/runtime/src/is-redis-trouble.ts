/** Did Redis not answer, or not take what was written? As ioredis (6) and Redis say it; nothing is known to be wrong with the rest. */
export function isRedisTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'ReplyError')
    return /^(LOADING|READONLY|BUSY|OOM|MISCONF|CLUSTERDOWN|MASTERDOWN|TRYAGAIN)/.test(error.message)
  if (['AbortError', 'MaxRetriesPerRequestError', 'ClusterAllFailedError'].includes(error.name)) return true
  return /^(Command timed out|Connection is closed|Stream isn't writeable|connect ECONNREFUSED|read ECONNRESET|write EPIPE)/.test(
    error.message,
  )
}
