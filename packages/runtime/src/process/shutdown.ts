import type { Logger } from '../telemetry/logger.ts'

/** How long a process may take to finish its jobs and requests. */
const GRACE_MS = 30_000
/** A process that has not closed by then ends itself. Whoever stops it has to wait for longer. */
export const END_AFTER_MS = GRACE_MS + 2000

type Close = () => unknown

/**
 * Closes in the given order on SIGTERM, on SIGINT, and when the parent process at the other end of the IPC channel has ended. What stands in
 * a list of its own closes together. Further signals change nothing, because a process group and a launcher both pass the first one on.
 */
export function onShutdown(log: Logger, close: readonly (Close | readonly Close[])[]): void {
  let closing = false
  async function closePart(part: Close): Promise<void> {
    try {
      await part()
    } catch (err) {
      log.error({ err }, 'a part did not close')
    }
  }
  const shutDown = async (cause: string): Promise<void> => {
    if (closing) return
    closing = true
    log.info({ cause }, 'shutting down')
    const guard = setTimeout(() => {
      log.error('shutdown took too long')
      process.exit(1)
    }, END_AFTER_MS)
    guard.unref()
    for (const step of close) await Promise.all([step].flat().map(closePart))
    log.info('closed')
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void shutDown(signal))
  if (process.channel) {
    process.on('disconnect', () => void shutDown('launcher gone'))
    process.channel.unref()
  }
}
