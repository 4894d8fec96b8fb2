import type { FailedJobReader, FailedJobs, FailedQueue } from './failed-jobs.ts'

/** Reads each queue only once. For one page: that is faster, and all its numbers are of the same moment. */
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
