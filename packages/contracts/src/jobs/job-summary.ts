import { z } from 'zod'

const text = z.string().optional()

/** The members of a job's data that name its event and that it is found by. */
export type JobSummary = z.infer<typeof jobSummary>
const jobSummary = z.object({
  key: text,
  receivedAt: text,
  opportunityId: text,
  lead: z.object({ email: text, phone: text, mobilePhone: text }).optional().catch(undefined),
})

/** Empty when the data have another shape: such a job has an event all the same. */
export const readJobSummary = (data: unknown): JobSummary => jobSummary.safeParse(data).data ?? {}
