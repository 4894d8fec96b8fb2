import { ConfigurationError } from '../settings/configuration-error.ts'
import type { Logger } from '../telemetry/logger.ts'

/** Starts a process. If that fails it prints why, with every problem of the configuration, and exits with code 1. */
export async function runMain(start: (env: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  // A SIGHUP asks a server to read its files again. Without a listener Node.js would end the process.
  process.on('SIGHUP', () => undefined)
  try {
    await start(process.env)
  } catch (error) {
    process.stderr.write(`${explainStartError(error)}\n`)
    process.exit(1)
  }
}

/** What a process prints when it cannot start: one line if a person can fix the cause, otherwise the error with its stack. */
function explainStartError(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message
  if (!(error instanceof Error)) return String(error)
  return explainListenError(error) ?? error.stack ?? error.message
}

/** Why the process cannot listen at an address, if the reason is the address. */
function explainListenError(error: Error): string | undefined {
  if (!('syscall' in error && error.syscall === 'listen' && 'code' in error)) return undefined
  const { code } = error
  const at = 'address' in error && 'port' in error ? `${String(error.address)}:${String(error.port)}` : 'the address'
  const settings = 'INGRESS_PORT, BOARD_PORT or OPS_PORT'
  if (code === 'EADDRINUSE') return `${at} is in use. Stop the process that listens there, or set another ${settings}.`
  if (code === 'EACCES') return `${at} needs administrator rights. Set ${settings} to a port from 1024 on.`
  if (code === 'EADDRNOTAVAIL')
    return `${at} is not an address of this machine. Correct INGRESS_HOST, BOARD_HOST or OPS_HOST.`
  return undefined
}

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
