import { ConfigurationError } from '../settings/configuration-error.ts'

/** What a process that cannot start prints: a line where a person can mend the cause, else the error with its stack. */
export function explainStartError(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message
  if (!(error instanceof Error)) return String(error)
  return explainListenError(error) ?? error.stack ?? error.message
}

/** Why an address cannot be listened at, of those reasons that are not Ponte's. */
function explainListenError(error: Error): string | undefined {
  if (!('syscall' in error && error.syscall === 'listen' && 'code' in error)) return undefined
  const { code } = error
  const at = 'address' in error && 'port' in error ? `${String(error.address)}:${String(error.port)}` : 'the address'
  const settings = 'INGRESS_PORT, BOARD_PORT or OPS_PORT'
  if (code === 'EADDRINUSE') return `${at} is in use: end the process that listens there, or set another ${settings}.`
  if (code === 'EACCES') return `${at} may not be listened at: set ${settings} to a port from 1024 on.`
  if (code === 'EADDRNOTAVAIL')
    return `${at} is no address of this machine: correct INGRESS_HOST, BOARD_HOST or OPS_HOST.`
  return undefined
}
