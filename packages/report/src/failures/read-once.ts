import type { FailedJobReader, FailedJobs, FailedQueue } from './failed-jobs.ts'

/** Reads each queue once, however often it is asked for. For one page: it is faster, and all its numbers are of one moment. */
export function readOnce(failedJobs: FailedJobReader): FailedJobReader {
  const reads = new Map<string, Promise<FailedJobs>>()
  return {
    read(of: FailedQueue): Promise<FailedJobs> {
      const reading = reads.get(of.queue.name) ?? failedJobs.read(of)
      reads.set(of.queue.name, reading)
      return reading
    },
  }
}
