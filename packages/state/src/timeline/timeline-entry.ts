import { storedMessages } from '@ponte/contracts'
import { z } from 'zod'

const at = z.number()
const by = z.string()
const times = z.number().int()

/** An entry as Redis holds it. */
export const timelineEntry = z.discriminatedUnion('kind', [
  /** The ingress accepted the event, or it was read out of a quarantined delivery. */
  z.object({
    kind: z.literal('received'),
    at,
    event: z.string(),
    key: z.string(),
    jobId: z.string(),
    /** Job id of that delivery, which is the key of its own timeline. */
    delivery: z.string().optional(),
  }),
  /** The sender delivered the event again; nothing more was done. */
  z.object({ kind: z.literal('duplicate'), at, times: times.optional(), since: at.optional() }),
  /** A worker ran it. `event` and `jobId`: a round of a mark is a job of its own in the same timeline. */
  z.object({
    kind: z.literal('run'),
    at,
    event: z.string(),
    jobId: z.string(),
    /** The last retry of the job by a person (`readRetryMark`). */
    retry: z.string().optional(),
    outcome: z.enum(['done', 'skipped', 'retrying', 'delayed', 'failed']),
    code: z.string().optional(),
    summary: storedMessages.optional(),
    /** What the other system answered, where all its words are those that it says to everybody. */
    answer: z.string().optional(),
    opportunityId: z.string().optional(),
    /** The first of the events that were read out of a quarantined delivery. */
    derivedEvents: z.array(z.object({ event: z.string(), key: z.string() })).optional(),
    /** Set when several runs in a row ended alike: how many, and when the first of them did. */
    times: times.optional(),
    since: at.optional(),
  }),
  z.object({ kind: z.literal('retried'), at, by, jobId: z.string() }),
  z.object({ kind: z.literal('edited'), at, by, jobId: z.string(), fields: z.array(z.string()) }),
  z.object({ kind: z.literal('removed'), at, by, jobId: z.string() }),
  /** A later job stands for what this failed one was for, which is then removed. */
  z.object({ kind: z.literal('superseded'), at, event: z.string(), jobId: z.string() }),
])

/** One thing that happened to an event; `at` in milliseconds since 1970. Never personal data. */
export type TimelineEntry = z.infer<typeof timelineEntry>
export type TimelineRun = Extract<TimelineEntry, { kind: 'run' }>
