// npm ends without its children when it is killed, and passes a SIGTERM on to its shell only: what `npm run start:…` started would
// go on with nobody to stop it. So a script that npm started ends when npm is gone.
import { readFileSync } from 'node:fs'

/** There is nothing to wait for: Node.js cannot ask Linux for a signal at a parent's death, and npm leaves no pipe to its scripts. */
const POLL_MS = 500

/** Sends this process a SIGTERM when its parent, or on Linux its parent's parent (npm behind its shell), is gone. */
export const endWithNpm = () => {
  if (process.env.npm_lifecycle_event === undefined) return
  const ancestors = readAncestors()
  const timer = setInterval(() => {
    if (readAncestors() === ancestors) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, POLL_MS)
  timer.unref()
}

const readAncestors = () => `${process.ppid} ${readParent(process.ppid)}`

const readParent = pid => {
  try {
    // The name of the program, in parentheses, may hold anything; what follows it are the state and the parent.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ')[1]
  } catch {
    return undefined
  }
}
