import {
  identitiesOfJob,
  isJobName,
  type JobName,
  jobs,
  message,
  PermanentFailure,
  readJobSummary,
} from '@ponte/contracts'
import type { Job } from 'bullmq'
import type { JobContext, Processing, Processor } from './job-context.ts'
import type { Fingerprint } from '@ponte/state'
import { leadRegistered } from '../processors/lead-registered.ts'
import { opportunityChanged } from '../processors/opportunity-changed.ts'
import { statusRdChanged } from '../processors/status-rd-changed.ts'
import { shadowLead } from '../shadow/shadow-lead.ts'
import { shadowMark } from '../shadow/shadow-mark.ts'

/** The processor of each job. A job without one does not compile. */
export const processors: { [Name in JobName]: Processor<Name> } = {
  'lead.registered': leadRegistered,
  'opportunity.created': opportunityChanged('opportunity.created'),
  'opportunity.won': opportunityChanged('opportunity.won'),
  'opportunity.lost': opportunityChanged('opportunity.lost'),
  'opportunity.updated': opportunityChanged('opportunity.updated'),
  'status-rd.changed': statusRdChanged,
}

/** In the shadow: they read, and write nothing. */
const shadowProcessors: { [Name in JobName]: Processor<Name> } = {
  'lead.registered': shadowLead,
  'opportunity.created': shadowMark('opportunity.created'),
  'opportunity.won': shadowMark('opportunity.won'),
  'opportunity.lost': shadowMark('opportunity.lost'),
  'opportunity.updated': shadowMark('opportunity.updated'),
  'status-rd.changed': () => ({
    run: () => Promise.resolve({ outcome: 'done', summary: [message('in-shadow'), message('shadow-status-rd')] }),
  }),
}

/** The processing of a job, or the failure of a job whose data cannot be read. */
export type Begun = (Processing & { readonly receivedAt: string }) | PermanentFailure

/** Parses the job's data and creates its processing, for the mode of the run. Nothing runs yet. */
export function beginProcessing({ name, data }: Job, context: JobContext): Begun {
  return isJobName(name)
    ? beginNamed(name, data, context)
    : new PermanentFailure('JOB_UNREADABLE', { context: { job: name } })
}

function beginNamed<Name extends JobName>(name: Name, data: unknown, context: JobContext): Begun {
  const parsed = jobs[name].data.safeParse(data)
  const { [name]: processor } = context.mode().isShadow ? shadowProcessors : processors
  if (parsed.success) return { ...processor(parsed.data, context), receivedAt: parsed.data.receivedAt }
  const at = parsed.error.issues.map(issue => issue.path.join('.')).join(' ')
  return new PermanentFailure('JOB_UNREADABLE', { context: { at } })
}

/**
 * The opportunity or the person that a job is about, or else the event itself. Jobs with the same key count as one when the circuit
 * breaker decides whether a system is down: one broken record must not open it.
 */
export function correlationKeyOf({ id, data }: Pick<Job, 'id' | 'data'>, fingerprint: Fingerprint): string {
  const summary = readJobSummary(data)
  const [identity] = identitiesOfJob(summary)
  return summary.opportunityId ?? (identity === undefined ? id : fingerprint(identity)) ?? ''
}

/** After this many workers died while running a job, the job is taken to be the cause. */
const MAX_TAKEOVERS = 25

/** BullMQ never resets how often a job stalled. It resets the number of starts when a person retries the job, which may then run again. */
export const isAbandoned = (job: { readonly stalledCounter: number; readonly attemptsStarted: number }): boolean =>
  Math.min(job.stalledCounter, job.attemptsStarted) >= MAX_TAKEOVERS
