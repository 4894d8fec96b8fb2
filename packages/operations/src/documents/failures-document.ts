import { MAX_DIFFERENT } from '../failures/vendor-answers.ts'
import { eventOfJob, type Language, renderMessage } from '@ponte/contracts'
import { z } from 'zod'
import { causeTitle, describeFailure } from '../failures/failure-words.ts'
import type { FailedEventsReading } from '../failures/read-failed-events.ts'
import type { FailuresReading } from '../failures/read-failures.ts'
import { count, queue, reasonCode, time } from './members.ts'
import { failureGroup } from './status-document.ts'

/** Who did something, and when, in milliseconds since 1970. */
const done = z.object({ by: z.string(), at: z.number() })

const causeRecord = z
  .object({
    assignee: done.extend({ to: z.string() }).exactOptional(),
    note: done.extend({ text: z.string() }).exactOptional().describe('It may name a person'),
    mute: done.extend({ count: z.number(), shapes: z.array(z.string()) }).exactOptional(),
  })
  .describe('What operators noted about the cause on the board. For operators alone')

/** What failed, by cause: the answer of `ponte failures --json` and of the API. */
export type FailuresDocument = z.infer<typeof failuresDocument>
export const failuresDocument = z.object({
  failures: z
    .array(
      failureGroup.extend({
        answers: z
          .array(z.object({ text: z.string(), times: count }))
          .describe('What the other system answered to the newest, masked for the role of the token'),
        details: z.array(z.string()).describe('Which setting or value is meant'),
        events: z.array(z.string()).describe('What happened to them: lead.registered, opportunity.won, …'),
        pending: count.describe('How many of the newest 100 Ponte retries by itself'),
        record: causeRecord,
        title: z.string().describe('What is wrong, as the board says it'),
        sentence: z.string().describe('What the code means'),
        solution: z.string().describe('What to do'),
        page: z.string().describe('Where it is documented'),
      }),
    )
    .describe('The most frequent first'),
  unreadable: z
    .array(z.string())
    .describe('Tenants of which not everything is known now, because Redis does not answer'),
})

/** `notes`: with what operators noted, which may name a person. */
export const toFailuresDocument = (
  { failures, unreadable }: FailuresReading,
  { language, notes }: { readonly language: Language; readonly notes: boolean },
): FailuresDocument => ({
  unreadable: [...new Set(unreadable.map(({ tenant }) => tenant))],
  failures: failures.map(
    ({ newest: _newest, answers, details, events, pending, record: { assignee, note, mute }, ...group }) => ({
      ...group,
      answers: answers.slice(0, MAX_DIFFERENT).map(answer => ({ ...answer })),
      details: details.map(detail => renderMessage(detail, language)),
      ...{ events: [...events], pending },
      record: notes ? { ...(assignee && { assignee }), ...(note && { note }), ...(mute && { mute }) } : {},
      title: causeTitle({ ...group, answers, details }, language).title,
      ...describeFailure(group.code, language),
    }),
  ),
})

/** A page of the failed events of one cause. Nothing in it names a person. */
export type FailedEventsDocument = z.infer<typeof failedEventsDocument>
export const failedEventsDocument = z.object({
  code: reasonCode,
  total: count,
  page: z.int().min(1),
  pages: z.int().min(1),
  events: z
    .array(
      z.object({
        tenant: z.string(),
        queue,
        key: z.string().describe('The key of the event, by which it can be retried'),
        event: z.string().describe('What happened: lead.registered, opportunity.won, …'),
        job: z.string().describe('The id of its job'),
        failedAt: time,
        opportunityId: z.string().exactOptional().describe('Only for a mark'),
      }),
    )
    .describe('The newest first'),
})

export const toFailedEventsDocument = ({
  code,
  total,
  page,
  pages,
  shown,
}: FailedEventsReading): FailedEventsDocument => ({
  ...{ code, total, page, pages },
  events: shown.map(({ queueRef: { tenant, kind: queue }, job, failedAt, opportunityId }) => ({
    ...{ tenant: tenant.name, queue, key: eventOfJob(job).key, event: job.name, job: job.id ?? '' },
    failedAt,
    ...(opportunityId !== undefined && { opportunityId }),
  })),
})
