import { type Message, appendMessages } from '@ponte/contracts'
import type { Job } from 'bullmq'

export type JobLog = ReturnType<typeof createJobLog>

/** A run that takes longer writes what it has, so that an operator sees what it does. */
const WRITE_AFTER_MS = 5000

/**
 * The log that the board shows with a job. Lines wait for the end of the run, which writes them with its entry in the timeline
 * (`takeLines`), or for the first line that comes 5 s after another. They stay in order, and a line that cannot be written neither
 * delays nor fails the job.
 */
export function createJobLog(job: Pick<Job, 'log'>, now: () => number = () => performance.now()) {
  let lines: string[] = []
  let waitingSince = 0
  let written: Promise<unknown> = Promise.resolve()

  return {
    add(entry: string | Message): void {
      const text = typeof entry === 'string' ? entry : appendMessages('', [entry])
      if (lines.length === 0) waitingSince = now()
      lines.push(`${new Date().toISOString()} ${text}`)
      if (now() - waitingSince < WRITE_AFTER_MS) return
      for (const line of lines) written = written.then(() => job.log(line)).catch(() => undefined)
      lines = []
    },
    /** The lines that are not written yet. Whoever takes them writes them; all earlier ones are written by then. */
    async takeLines(): Promise<readonly string[]> {
      await written
      const taken = lines
      lines = []
      return taken
    },
  }
}
