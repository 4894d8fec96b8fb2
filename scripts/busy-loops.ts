import { spawn } from 'node:child_process'
import os from 'node:os'

/** How many for each processor, so that a run beside them waits for its turn most of the time. */
const LOOPS_EACH = 3

/** Ends by itself when the run is gone, however it went. */
const loop = 'const run = process.ppid; while (process.ppid === run) for (let n = 0; n < 1e8; n += 1);'

/** Keeps all processors busy, for `npm test -- --strained`. Returns how to stop it. */
export function startBusyLoops(): () => void {
  const count = LOOPS_EACH * os.availableParallelism()
  const loops = Array.from({ length: count }, () => spawn(process.execPath, ['-e', loop], { stdio: 'ignore' }))
  console.log(`Strained: ${count} busy loops beside the tests.`)
  return () => loops.forEach(each => void each.kill('SIGKILL'))
}
