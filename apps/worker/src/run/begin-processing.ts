import { isJobName, type JobName, jobs, PermanentFailure } from '@ponte/contracts'
import type { Job } from 'bullmq'
import { processors } from '../processors/index.ts'
import type { Processing } from '../processors/processor.ts'
import type { JobContext } from './job-context.ts'

/** The processing of a job, or the failure of a job whose data cannot be read. */
export type Begun = (Processing & { readonly receivedAt: string }) | PermanentFailure

/** Parses the job's data and creates its processing. Nothing runs yet. */
export function beginProcessing({ name, data }: Job, context: JobContext): Begun {
  return isJobName(name)
    ? beginNamed(name, data, context)
    : new PermanentFailure('JOB_UNREADABLE', { context: { job: name } })
}

function beginNamed<Name extends JobName>(name: Name, data: unknown, context: JobContext): Begun {
  const parsed = jobs[name].data.safeParse(data)
  if (parsed.success) return { ...processors[name](parsed.data, context), receivedAt: parsed.data.receivedAt }
  const at = parsed.error.issues.map(issue => issue.path.join('.')).join(' ')
  return new PermanentFailure('JOB_UNREADABLE', { context: { at } })
}
