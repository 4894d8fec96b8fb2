import { isMarkEvent } from '../events/events.ts'
import { readJobSummary } from './job-summary.ts'

/**
 * The opportunity that a job makes marks of; nothing for any other job. All of these read the opportunity once they run, so that the
 * newest failure of an opportunity shows what is wrong with its mark, and once one succeeds the others are obsolete.
 */
export const opportunityOfMark = ({ name, data }: { name: string; data: unknown }): string | undefined =>
  isMarkEvent(name) ? readJobSummary(data).opportunityId : undefined
