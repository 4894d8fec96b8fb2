import { driftKinds, isFailureCode, type ReasonCode, systems, WITHOUT_CODE } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'
import { periods, processKinds, refusalReasons, webhookKinds } from '@ponte/state'
import { z } from 'zod'
import { breakdownNames, type FigureName, measureNames, resultFigures } from './report/measures.ts'

/** Milliseconds since 1970 where Ponte works with it, ISO 8601 in JSON. What describes the JSON describes only the latter. */
const time = z
  .codec(z.iso.datetime(), z.number(), { decode: Date.parse, encode: at => new Date(at).toISOString() })
  .meta({
    id: 'Time',
    ...{ type: 'string', format: 'date-time' },
    ...{ description: 'ISO 8601, UTC', examples: ['2026-11-30T12:00:00.000Z'] },
  })
const count = z.int().min(0)
const queue = z.enum(queueKinds)
const failureCode = z.string().refine(isFailureCode)
const reasonCode = z
  .string()
  .refine((text): text is ReasonCode => text === WITHOUT_CODE || isFailureCode(text), 'is no failure code')

/** How the API says that it refuses a request, or failed (RFC 9457). */
export const problemDocument = z
  .object({
    type: z.string().describe('The address of what happened and what to do'),
    title: z.string().describe('In the language of Accept-Language: English, or Portuguese'),
    status: z.int(),
    code: z.string().describe('Never changes; meant for programs'),
    detail: z.string().describe('What to do'),
    errors: z
      .array(z.object({ at: z.string(), message: z.string() }))
      .exactOptional()
      .describe('What is wrong in the request, and where'),
  })
  .meta({ id: 'Problem' })

/**
 * The state of a connection. `not-tried`: no call has succeeded so far. Some may have failed. `disconnected`: RD Station no longer accepts the account's token, until a person connects the account again.
 * `login-refused`: the system no longer accepts Ponte's own login, client id or password. `no-answer-to-writes`: the system fails when
 * something is written. Whether it can be read is not known.
 */
const connectionStates = [
  'ok',
  'not-tried',
  'disconnected',
  'login-refused',
  'down',
  'throttled',
  'no-answer-to-writes',
] as const

/** What was refused of a source since one of its deliveries was accepted. */
const refused = z.object({
  count: count.describe('Deliveries that were refused since one was accepted'),
  reasons: z.partialRecord(z.enum(refusalReasons), count),
  first: time,
  last: time,
  isMany: z.boolean().describe('Ten or more came within 15 minutes: an alert tells it'),
  alertFrom: time.describe('When the alert tells it, unless a delivery is accepted'),
})

export type ConnectionDocument = z.infer<typeof connection>
const connection = z.object({
  system: z.enum(systems),
  state: z.enum(connectionStates),
  needsPerson: z.boolean().describe('Ponte cannot end this state by itself'),
  code: failureCode.exactOptional(),
  httpStatus: z.int().exactOptional().describe('Of the last answer that failed'),
  since: time.exactOptional(),
  nextCheck: time.exactOptional(),
  lastSuccess: time.exactOptional(),
  lastDelivery: time.exactOptional(),
  refused: refused.exactOptional(),
})

const drift = z.discriminatedUnion('what', [
  z.object({ what: z.literal('member-gone'), kind: z.enum(driftKinds), member: z.string(), since: time }),
  z.object({
    what: z.literal('unknown-value'),
    kind: z.enum([...driftKinds, ...Object.values(webhookKinds)]),
    member: z.string(),
    value: z.string(),
    since: time,
  }),
])

export type ModeDocument = z.infer<typeof mode>
const mode = z.object({
  mode: z.enum(['live', 'shadow']),
  modeSince: time.optional(),
  shadowSince: time.optional(),
  shadowEnded: time.optional(),
  packageOff: time.optional().describe('When the package was switched off, as `ponte switch` was told'),
  goingLive: z.literal(true).optional(),
  /** On the way back: what is Ponte's is still done. */
  draining: z.literal(true).optional(),
  /** After a way back: a file that says live counts only after a switch. */
  needsSwitch: z.literal(true).optional(),
  /** Undone events of Ponte's outside the queues. */
  rest: z.int().optional(),
  /** The mode in the tenants file of the board. */
  modeOfFile: z.enum(['shadow', 'live']).optional(),
})

/** A change of the tenants file that processes do not take: they go on with the file as it was before. */
export type RefusedFile = z.infer<typeof refusedFile>
const refusedFile = z.object({
  process: z.enum(processKinds),
  since: time,
  problems: z.array(z.string()).describe('The first mistakes, for operators of all tenants'),
})

/** A credential of which running processes do not use the newest value, or not the same. */
export type OldCredential = z.infer<typeof oldCredential>
const oldCredential = z.object({
  setting: z.string().describe('Where it stands in the tenants file, such as `totvsCrm.password`'),
  processes: z.array(z.enum(processKinds)),
  isNewestKnown: z.boolean().describe('False: they use different values, and nobody knows which is the newest'),
  restart: z.array(z.string()).describe('The lines that end it'),
})

/** What failed in one queue with one code. */
export type FailureGroup = z.infer<typeof failureGroup>
export const failureGroup = z.object({
  code: reasonCode.describe('A failure code, or WITHOUT_CODE'),
  tenant: z.string(),
  queue,
  count,
  first: time.describe('When the oldest of them failed'),
  last: time.describe('When the newest of them failed'),
})

const health = z.enum(['good', 'warn', 'bad']).describe('bad: a person has to do something. warn: worth a look')

export type TenantDocument = z.infer<typeof tenant>
const tenant = z.object({
  tenant: z.string(),
  connections: z.array(connection),
  waiting: count.describe('Could run now, or wait for a pause'),
  oldestWaitingSince: time.nullable(),
  /** They go on only when a person has done something. */
  waitingForPerson: count,
  delayed: count.describe('Are tried again later'),
  paused: z.array(queue).describe('Queues that a person paused'),
  ...mode.shape,
  drift: z.array(drift).describe('What a vendor has changed'),
  /** null: there was none in 30 days. */
  reconciled: z
    .object({ at: time, missing: count, sent: count, needsPerson: z.boolean(), inARow: count })
    .nullable()
    .describe('What the last reconcile found'),
  refusedFileBy: z.array(z.enum(processKinds)).describe('Processes of the tenant that are in `refusedFile`'),
  oldCredentials: z.array(oldCredential).describe('Changed credentials that processes do not use yet'),
  workerConnected: z.boolean().nullable().describe('null: Redis does not say'),
  /** Failed marks of one opportunity count as one. */
  failed: count,
  quarantined: count.describe('How many of the failed are deliveries in quarantine'),
  failures: z.array(failureGroup.omit({ tenant: true })),
})

/** How the bridge stands: the answer of `ponte status --json` and of the API. */
export type StatusDocument = z.infer<typeof statusDocument>
export const statusDocument = z.object({
  at: time,
  health,
  summary: z.string(),
  failed: count,
  waiting: count,
  oldestWaitingSince: time.nullable(),
  delayed: count,
  stuckAfterSeconds: z.number().describe('`BOARD_STUCK_SECONDS`: an event that waits for longer is worth a look'),
  refusedFile: z.array(refusedFile).describe('Who does not take the last change of the tenants file'),
  tenants: z.array(tenant),
  unreadable: z.array(z.string()).describe('Tenants for which Redis did not answer'),
})

/** Each tenant in one word and one sentence. */
export type HealthDocument = z.infer<typeof healthDocument>
export const healthDocument = z.object({
  at: time,
  tenants: z.array(
    z.object({
      tenant: z.string(),
      health,
      summary: z.string(),
      failed: count,
      waiting: count,
      oldestWaitingSince: time.nullable(),
    }),
  ),
  unreadable: z.array(z.string()),
})

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

/**
 * What became of the events of one queue that were retried. The members from `delivered` on add up to `asked`. A quarantined delivery that
 * was read counts as the events that it held.
 */
export type RetriedQueue = z.infer<typeof retriedQueue>
const retriedQueue = z.object({
  tenant: z.string(),
  queue: z.string(),
  code: reasonCode.nullable().describe('null: whatever they had failed with'),
  asked: count,
  delivered: count,
  unchanged: count.describe('Ended without a change'),
  failed: z.array(z.object({ code: reasonCode, count })).describe('Failed again'),
  underWay: count,
  left: count.describe('Were no longer failed'),
  notRetried: count.describe('Are still to be retried, or the retry was stopped'),
  removed: count.describe('Removed from the queue before they ended'),
})

export type RetryDocument = z.infer<typeof retryDocument>
export const retryDocument = z
  .object({
    id: z.string(),
    by: z.string().describe('Who began it'),
    kind: z.enum(['all', 'trial']).describe('trial: one event, to see whether the cause is fixed'),
    at: time,
    state: z.enum(['working', 'sent', 'stopped']).describe('working: events are still to be retried'),
    ended: z.boolean().describe('Every event has ended'),
    queues: z.array(retriedQueue),
  })
  .meta({ id: 'Retry' })

export type RetryAnswer = z.infer<typeof retryAnswer>
export const retryAnswer = z
  .object({
    dryRun: z.boolean(),
    queues: z
      .array(z.object({ tenant: z.string(), queue: z.string(), count }))
      .describe('What had failed, and is retried unless dryRun is set'),
    retry: retryDocument.nullable().describe('null: a dry run, or nothing had failed'),
  })
  .meta({ id: 'RetryAnswer' })

const number = z.number().nullable()
const named = z
  .array(
    z.object({
      name: z.string().nullable().describe('null: everything that has no name of its own'),
      count: z.number(),
    }),
  )
  .meta({ id: 'NamedCounts' })

/** What a manager does not get may be missing. */
const unlessForManagers = <Member extends z.ZodType>(name: FigureName, member: Member) =>
  resultFigures.some(own => own === name) ? member : member.optional()

/** A part of time. By the names of `measures` and `breakdowns`. `null`: there is no number. */
export type SpanData = z.infer<typeof figures>
const figures = z
  .object({
    ...Object.fromEntries(measureNames.map(name => [name, unlessForManagers(name, number)])),
    ...Object.fromEntries(breakdownNames.map(name => [name, unlessForManagers(name, named)])),
  })
  .meta({ id: 'Figures', description: "A manager's token gets the required ones alone" })

/** What was counted in a period: the answer of `ponte report --json` and of the API. In reais, seconds and per cent. */
export type ResultsDocument = z.infer<typeof resultsDocument>
export const resultsDocument = z.object({
  period: z
    .enum(periods)
    .describe('With the current hour or day: 24 hours of the clock, or 7 or 30 days in the time zone of the board'),
  timeZone: z.string().describe('The time zone of the days'),
  total: figures.describe('Of all these tenants together'),
  tenants: z.array(
    z.object({
      tenant: z.string(),
      callsPerMinute: z.number().optional().describe('The quota of RD Station; not for a manager'),
      total: figures,
      spans: z.array(figures.extend({ start: time, end: time })).describe('Each hour or day, the oldest first'),
    }),
  ),
})
