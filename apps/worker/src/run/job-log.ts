import { type Message, appendMessages } from '@ponte/contracts'
import type { Job } from 'bullmq'

export type JobLog = ReturnType<typeof createJobLog>

/** The log that the board shows with a job. Lines stay in order, and a line that cannot be written neither delays nor fails the job. */
export function createJobLog(job: Job) {
  let written: Promise<unknown> = Promise.resolve()
  return {
    add(entry: string | Message): void {
      const text = typeof entry === 'string' ? entry : appendMessages('', [entry])
      const line = `${new Date().toISOString()} ${text}`
      written = written.then(() => job.log(line)).catch(() => undefined)
    },
    /** Resolves when all lines so far are written. */
    flush: () => written,
  }
}
