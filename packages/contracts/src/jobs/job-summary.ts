import { z } from 'zod'

const text = z.string().optional()

/** What of a job's data its event is known and found by, whatever else the data hold. */
export type JobSummary = z.infer<typeof jobSummary>
const jobSummary = z.object({
  key: text,
  receivedAt: text,
  opportunityId: text,
  lead: z.object({ email: text, phone: text, mobilePhone: text }).optional().catch(undefined),
})

/** Reads it; nothing of data that have another shape: such a job has an event all the same. */
export const readJobSummary = (data: unknown): JobSummary => jobSummary.safeParse(data).data ?? {}
