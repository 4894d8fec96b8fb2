import { ConfigurationError } from '../settings/configuration-error.ts'

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
