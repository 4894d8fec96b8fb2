import { spawn } from 'node:child_process'
import { Socket } from 'node:net'

/**
 * Makes a process end when this one does, even when this one is killed and can no longer see to it: a shell waits on a pipe
 * that closes with us. It runs in a session of its own, so that Ctrl-C in the terminal does not end the shell first.
 *
 * @param target a process id, or a negative one for its whole group
 * @param folder removed as well, when given
 * @returns releases the process, once it has ended
 */
export function endWithUs(target: number, folder = ''): () => void {
  const script = 'read -r _; kill -s KILL -- "$1" 2>/dev/null; if [ -n "$2" ]; then rm -rf -- "$2"; fi'
  const guard = spawn('sh', ['-c', script, 'sh', String(target), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.on('error', () => {})
  guard.unref()
  // Waiting for us must not keep us alive.
  if (guard.stdin instanceof Socket) guard.stdin.unref()
  guard.stdin.on('error', () => {})
  return () => {
    guard.kill('SIGKILL')
  }
}
