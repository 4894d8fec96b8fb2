import { isRecord } from '@ponte/contracts'
import { maskForeignWords, maskResult } from '../masking/masking.ts'

/**
 * An answer of Bull Board's as a viewer gets it: without buttons, which a queue that says it is read-only does not have (that they
 * would do nothing is the guard's business), and of every text about a job only Ponte's own words. The data of a job are masked for
 * everybody (masked-data.ts).
 */
export function forViewer(payload: string): string {
  const body: unknown = JSON.parse(payload)
  // The lines of a log.
  if (Array.isArray(body)) return JSON.stringify(maskResult(body, maskForeignWords))
  if (!isRecord(body)) return payload
  return JSON.stringify({
    ...body,
    ...(Array.isArray(body['queues']) && { queues: body['queues'].map(queueForViewer) }),
    ...('job' in body && { job: jobForViewer(body['job']) }),
  })
}

const readOnly = { readOnlyMode: true, allowRetries: false, allowCompletedRetries: false }

function queueForViewer(queue: unknown): unknown {
  if (!isRecord(queue)) return queue
  const { jobs } = queue
  return { ...queue, ...readOnly, ...(Array.isArray(jobs) && { jobs: jobs.map(jobForViewer) }) }
}

const texts = ['failedReason', 'stacktrace', 'returnValue', 'progress', 'deferredFailure']

const jobForViewer = (job: unknown): unknown =>
  isRecord(job)
    ? Object.fromEntries(
        Object.entries(job).map(([name, value]) => [
          name,
          texts.includes(name) ? maskResult(value, maskForeignWords) : value,
        ]),
      )
    : job
