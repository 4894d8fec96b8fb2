import { type Message, appendMessages } from '@ponte/contracts'
import type { Job } from 'bullmq'

export type JobLog = ReturnType<typeof createJobLog>

/** A run that takes longer writes what it has, so that an operator sees what it does. */
const WRITE_AFTER_MS = 5000

/**
 * The log that the board shows with a job. Lines wait for the end of the run, which writes them with its entry in the timeline
 * (`takeLines`), but no longer than 5 s. They stay in order, and a line that cannot be written neither delays nor fails the job.
 */
export function createJobLog(job: Pick<Job, 'log'>) {
  let lines: string[] = []
  let timer: NodeJS.Timeout | undefined
  let written: Promise<unknown> = Promise.resolve()

  function take(): readonly string[] {
    clearTimeout(timer)
    timer = undefined
    const taken = lines
    lines = []
    return taken
  }

  function write(): void {
    for (const line of take()) written = written.then(() => job.log(line)).catch(() => undefined)
  }

  return {
    add(entry: string | Message): void {
      const text = typeof entry === 'string' ? entry : appendMessages('', [entry])
      lines.push(`${new Date().toISOString()} ${text}`)
      timer ??= setTimeout(write, WRITE_AFTER_MS).unref()
    },
    /** Takes the lines that are not written yet, for the caller to write. All earlier ones are written by then. */
    async takeLines(): Promise<readonly string[]> {
      const taken = take()
      await written
      return taken
    },
  }
}
