import { z } from 'zod'

const eventReferences = z.array(z.object({ event: z.string(), key: z.string() }))

/** The outcome. Each part of a confirmed delivery is in exactly one list. */
export type Acceptance = z.infer<typeof acceptance>
export const acceptance = z.object({
  accepted: eventReferences.describe('Stored in a queue.'),
  duplicates: eventReferences.describe('Delivered before, in the last 7 days: not processed again.'),
  quarantined: z
    .array(z.object({ code: z.string(), issues: z.array(z.string()) }))
    .describe('Kept for an operator to look at; the issues say what could not be read.'),
  ignored: z.array(z.object({ kind: z.string() })).describe('Understood, but without an event for Ponte.'),
})
