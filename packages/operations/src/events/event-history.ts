import {
  appendMessages,
  codeOfReason,
  eventOfJob,
  type FailureCode,
  failureTitle,
  isFailureCode,
  isMarkEvent,
  type ReasonCode,
  renderMessage,
} from '@ponte/contracts'
import { MAX_LOG_LINES } from '@ponte/runtime'
import { type TimelineEntry, timelineId, type TimelineRun } from '@ponte/state'
import { hasPreview, isEditable } from '../edits/editable.ts'
import { answerIn, detailOf } from '../failures/vendor-answers.ts'
import { textMask } from '../masking/masking.ts'
import type { OperationsDeps } from '../operations-deps.ts'
import type { FailureReason } from '../failures/failure-words.ts'
import { wholeContact } from '../queues/masked-contact.ts'
import { queueNameOf } from '../queues/queue-ref.ts'
import { pageBudget } from '../queues/read-jobs.ts'
import { type JobAt, type LiveJob, runsBeside } from './event-status.ts'
import {
  type EventDocument,
  type EventReader,
  type EventRef,
  findEvent,
  readEvent,
  type ReadEvent,
  reasonOf,
  toEventDocument,
} from './read-event.ts'

/** A job of an event that is still in its queue. */
export interface EventJob extends JobAt {
  readonly queueName: string
  readonly event: string
  /** As BullMQ names it. */
  readonly state: string
  /** Of a failed job: the code of its failure, and why it has failed. */
  readonly code: ReasonCode | undefined
  readonly reason: FailureReason | undefined
  readonly isEditable: boolean
  readonly hasPreview: boolean
}

/** What happened to an event at one time, in milliseconds since 1970. */
export type EventMoment =
  | Exclude<TimelineEntry, { readonly kind: 'received' | 'run' }>
  /** `delivery`: the one that was in quarantine, from which the event was read. */
  | { readonly kind: 'received'; readonly at: number; readonly delivery?: NamedEvent | undefined }
  | EndOfRun
  /** A line of a job's log. Technical is a call of another system, or its answer. */
  | { readonly kind: 'line'; readonly at: number; readonly text: string; readonly isTechnical: boolean }

export interface EndOfRun {
  readonly kind: 'run'
  readonly at: number
  readonly event: string
  /** The job is another one than that of the event: it wrote statusRD. */
  readonly isOther: boolean
  /** `round`: failed, and the status says when the next round is. `next-round`: failed, and another round followed. */
  readonly outcome: TimelineRun['outcome'] | 'round' | 'next-round'
  readonly times: number | undefined
  readonly code: FailureCode | undefined
  /** What it did, or why it did not succeed, and what stands behind that. */
  readonly text: string
  readonly raw: readonly string[]
  /** What was read out of a delivery in quarantine. */
  readonly derived: readonly (NamedEvent & { readonly event: string })[]
}

interface NamedEvent {
  readonly id: string
  readonly key: string
}
const named = (key: string): NamedEvent => ({ id: timelineId(key), key })

/** What became of an event, from its arrival on, also after its job is gone. */
export interface EventHistory extends EventDocument {
  readonly jobs: readonly EventJob[]
  readonly moments: readonly EventMoment[]
  /** The newest job, where it has a contact that an operator may see in full. */
  readonly contactIn: JobAt | undefined
}

/** The event that an address names. Undefined when there is none. */
export async function readEventHistory(
  deps: OperationsDeps,
  ref: EventRef,
  reader: EventReader,
): Promise<EventHistory | undefined> {
  const event = await readWhole(deps, ref)
  return event && (await toHistory(deps, event, reader))
}

/** The same with the contact in full, for an operator who asked. Recorded before, so that no contact is shown without a record. */
export async function openContact(
  deps: OperationsDeps,
  ref: EventRef,
  reader: EventReader,
): Promise<EventHistory | undefined> {
  const event = await readWhole(deps, ref)
  const newest = event?.live.at(-1)
  if (event === undefined || newest === undefined || reader.user?.role !== 'operator') return undefined
  const { queueRef, job } = newest
  await deps.audit.write({
    ...{ user: reader.user.name, action: 'open-contact', outcome: 'done' },
    ...{ tenant: event.tenant, queue: queueRef.kind, ...(job.id !== undefined && { jobId: job.id }) },
  })
  return { ...(await toHistory(deps, event, reader)), contact: wholeContact(job), contactIn: undefined }
}

async function readWhole(deps: OperationsDeps, ref: EventRef): Promise<ReadEvent | undefined> {
  const budget = pageBudget()
  const found = await findEvent(deps, ref, { budget, whole: true })
  return found && (await readEvent(deps, found, budget))
}

async function toHistory(deps: OperationsDeps, event: ReadEvent, reader: EventReader): Promise<EventHistory> {
  const jobs = await Promise.all(event.live.map(live => toEventJob(deps, live, reader)))
  const logs = await Promise.all(event.live.map(live => readLog(live, reader)))
  const newest = event.live.at(-1)
  return {
    ...(await toEventDocument(deps, event, reader)),
    jobs,
    moments: momentsOf(event, logs, reader),
    contactIn: newest && wholeContact(newest.job) !== '' ? jobs.at(-1) : undefined,
  }
}

async function toEventJob(deps: OperationsDeps, live: LiveJob, reader: EventReader): Promise<EventJob> {
  const { queueRef, job, state } = live
  const { id = '', name, data } = job
  const hasFailed = state === 'failed'
  return {
    ...{ kind: queueRef.kind, id, queueName: queueNameOf(queueRef), event: name, state },
    code: hasFailed ? codeOfReason(job.failedReason) : undefined,
    reason: hasFailed ? await reasonOf(deps, live, reader) : undefined,
    isEditable: isEditable(queueRef.kind, job),
    hasPreview: hasPreview({ kind: queueRef.kind, name, data }),
  }
}

/** `rd-station POST /platform/events → 400 …`, and what the other system answered: `RD_REJECTED: …`. */
const TECHNICAL = /^(?:(?:rd-station|totvs-crm) [A-Z]+ \/|[A-Z][A-Z_]+: )/

interface JobLog {
  readonly id: string
  readonly lines: readonly { readonly at: number; readonly line: string; readonly text: string }[]
  readonly mask: (text: string) => string
}

async function readLog({ queueRef, job: { id = '', data } }: LiveJob, { user }: EventReader): Promise<JobLog> {
  const { logs } = await queueRef.queue.getJobLogs(id, -MAX_LOG_LINES, -1)
  const lines = logs.map(line => {
    const [, time = '', text = ''] = /^(\S+Z) (.*)$/s.exec(line) ?? []
    return { at: Date.parse(time), line, text }
  })
  return { id, lines: lines.filter(({ at }) => !Number.isNaN(at)), mask: textMask(user, data) }
}

const momentsOfLog = ({ lines, mask }: JobLog, { language }: EventReader): readonly EventMoment[] =>
  lines.map(({ at, text }) => ({
    ...{ kind: 'line', at, text: mask(renderMessage(text, language)), isTechnical: TECHNICAL.test(text) },
  }))

/** Entries of the timeline and lines of the jobs' logs, in the order of their times. */
function momentsOf(event: ReadEvent, logs: readonly JobLog[], reader: EventReader): readonly EventMoment[] {
  const { entries, live } = event
  const recorded = entries.map((entry): EventMoment => {
    if (entry.kind === 'run') return endOf(entry, event, { logs, reader })
    if (entry.kind !== 'received') return entry
    const { at, delivery } = entry
    return { kind: 'received', at, delivery: delivery === undefined ? undefined : named(delivery) }
  })
  const unrecorded =
    entries.length > 0
      ? []
      : live.map(({ job }) => ({ kind: 'received', at: Date.parse(eventOfJob(job).receivedAt) }) as const)
  // What a run did comes before how it ended, so lines of the same moment are put first.
  const lines = logs.flatMap(log => momentsOfLog(log, reader))
  return [...unrecorded, ...lines, ...recorded].toSorted((one, other) => one.at - other.at)
}

interface HistoryReading {
  readonly logs: readonly JobLog[]
  readonly reader: EventReader
}

function endOf(run: TimelineRun, event: ReadEvent, { logs, reader }: HistoryReading): EndOfRun {
  const { language, user } = reader
  const log = logs.find(({ id }) => id === run.jobId)
  const masked = textMask(user)
  const { at, times, summary = [], derivedEvents = [] } = run
  const code = run.code !== undefined && isFailureCode(run.code) ? run.code : undefined
  const end = {
    kind: 'run',
    ...{ at, event: run.event, times, code, outcome: outcomeOf(run, event) },
    isOther: event.entries.some(entry => entry.kind === 'received' && entry.event !== run.event),
    derived: derivedEvents.map(({ event: name, key }) => ({ event: name, ...named(key) })),
  } as const
  if (code === undefined) return { ...end, text: masked(renderMessage(summary, language)), raw: [] }
  const mask = log?.mask ?? masked
  const answer = (log && answerIn(linesOfRun(run, event, log), code, mask)?.text) ?? run.answer
  const { title, raw } = failureTitle({ code, answer, details: detailsOf(code, summary, mask) }, language)
  return { ...end, text: title, raw }
}

/** The same as of a job whose reason says it. */
function detailsOf(
  code: FailureCode,
  summary: NonNullable<TimelineRun['summary']>,
  mask: JobLog['mask'],
): readonly string[] {
  const [failure = { key: code }, ...issues] = [summary].flat()
  return detailOf(appendMessages(renderMessage(failure, 'en'), issues), code, mask)
}

/** What was logged after the run before. */
function linesOfRun(run: TimelineRun, { entries }: ReadEvent, { lines }: JobLog): readonly string[] {
  const runs = entries.filter(entry => entry.kind === 'run' && entry.jobId === run.jobId)
  const before = runs[runs.indexOf(run) - 1]?.at ?? -Infinity
  return lines.filter(({ at }) => at >= before && at <= run.at).map(({ line }) => line)
}

/** A mark has failed permanently only when no other round followed and none is planned. */
function outcomeOf(run: TimelineRun, { entries, status }: ReadEvent): EndOfRun['outcome'] {
  if (run.outcome !== 'failed' || !isMarkEvent(run.event)) return run.outcome
  const own = runsBeside(run, entries)
  const next = own[own.indexOf(run) + 1]
  if (next === undefined) return status.kind === 'round' ? 'round' : 'failed'
  return next.jobId === run.jobId ? 'failed' : 'next-round'
}
