import { ownerOf } from '@ponte/contracts'
import type { ModeRecord } from '@ponte/state'
import type { Job } from 'bullmq'
import type { JobResult } from '../run/job-context.ts'
import { createModeSteps, type ModeStepsDeps } from '../shadow/run-by-mode.ts'

/** Runs a job as `runJob` does, with `work` in place of its processor. */
export function createTestRuns(deps: ModeStepsDeps) {
  const steps = createModeSteps(deps)
  return async (job: Job, record: ModeRecord, work: () => Promise<JobResult>): Promise<JobResult> => {
    const unrun = await steps.endUnrun(job, record)
    if (unrun !== undefined) return unrun
    const result = await work()
    if (ownerOf(job.data) === 'shadow' && record.mode === 'shadow') await steps.endInShadow(job)
    return result
  }
}
