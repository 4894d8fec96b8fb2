import { type Language, type ReasonCode, renderMessage } from '@ponte/contracts'
import { queueKinds, type Tenant } from '@ponte/runtime'
import { type CauseRecord, createCauseRecords, type FailedCount } from '@ponte/state'
import type { FailureGroup, FailuresDocument } from '../documents.ts'
import {
  type FailedJob,
  type FailedJobReader,
  type FailureChoice,
  readPendingRounds,
  sumCounts,
} from './failed-jobs.ts'
import { failureDetails, MAX_DIFFERENT, sumAnswers, type VendorAnswer } from './vendor-answers.ts'
import { type MaskReader, textMask } from '../masking/masking.ts'
import type { OperationsDeps } from '../operations-deps.ts'
import { keysOf } from '../queues/read-queue.ts'
import type { QueueRef } from '../queues/queue-ref.ts'
import { causeTitle, describeFailure } from './failure-words.ts'
import type { User } from '../users/user.ts'

/** How many of the newest failures of a cause in one queue show what is wrong. */
export const SHOWN_OF_CAUSE = 100
/** Queues and codes that are read at once. More would keep other commands waiting. */
const AT_ONCE = 20

/** The same, with why. */
export interface Failure extends FailureGroup {
  /** The names of its events. */
  readonly events: readonly string[]
  /** What the other system answered to the newest of them, the most frequent first. */
  readonly answers: readonly VendorAnswer[]
  /** What stands behind the sentence in the reasons of the newest: names of settings, issues of a body. */
  readonly details: readonly string[]
  /** How many of the newest Ponte retries by itself, in rounds: docs/behaviour/status-rd.md#rounds */
  readonly pending: number
  /** What operators noted about it on the board. */
  readonly record: CauseRecord
  /** The newest of them, unless it was removed meanwhile. */
  readonly newest: FailedJob | undefined
}

export interface FailuresReading {
  /** The most frequent first. */
  readonly failures: readonly Failure[]
  /** Queues of which not everything is known, because Redis did not answer. */
  readonly unreadable: readonly Pick<FailureGroup, 'tenant' | 'queue'>[]
}

/** Only what failed within the choice, and of this tenant. */
export interface FailuresAsked extends FailureChoice {
  readonly tenant?: string | undefined
}

interface FailurePlaces {
  readonly tenants: readonly Pick<Tenant, 'name'>[]
  readonly failedJobs: FailedJobReader
}

/** How many events of the tenants have failed by cause, the most frequent cause first. */
export async function groupFailedJobs({ tenants, failedJobs }: FailurePlaces): Promise<readonly FailureGroup[]> {
  const groups: FailureGroup[] = []
  for (const { name: tenant } of tenants)
    for (const queue of queueKinds) {
      const counts = await failedJobs.count({ kind: queue, queue: keysOf(tenant, queue) })
      for (const [code, own] of byCode(counts)) groups.push(toGroup({ code, tenant, queue }, own))
    }
  return byCount(groups)
}

/** What has failed, and why, as far as this reader may see it. */
export async function readFailures(
  deps: Pick<OperationsDeps, 'tenants' | 'redis' | 'failedJobs' | 'vendorAnswers'>,
  reader: MaskReader | undefined,
  { tenant: only, ...choice }: FailuresAsked = {},
): Promise<FailuresReading> {
  const tenants = deps.tenants.filter(({ name }) => (only ?? name) === name)
  const asked = tenants.flatMap(tenant => queueKinds.map(kind => ({ tenant, kind, queue: keysOf(tenant.name, kind) })))
  const counted = await Promise.all(
    asked.map(async of => ({ of, counts: await deps.failedJobs.count(of, choice).catch(() => undefined) })),
  )
  const parts = counted.flatMap(({ of, counts = [] }) =>
    [...byCode(counts)].map(([code, own]) => ({ of, code, counts: own })),
  )
  const queuesOf = byCode(parts)
  type Part = (typeof parts)[number]

  async function readPart({ of, code, counts }: Part): Promise<Failure> {
    const newest = await deps.failedJobs.newest(of, counts, { ...choice, code, most: SHOWN_OF_CAUSE })
    const jobs = await deps.failedJobs.read(of, newest)
    const where = { code, tenant: of.tenant.name, queue: of.kind }
    const [answers, pending, record] = await Promise.all([
      deps.vendorAnswers.ofCause({ queue: of.queue, jobs }, reader, queuesOf.get(code)?.length),
      readPendingRounds(deps.redis, of.tenant, jobs),
      createCauseRecords(deps.redis, where.tenant).read(where),
    ])
    const reasons = jobs.map(({ reason }) => reason)
    return {
      ...toGroup(where, counts),
      ...{ events: counts.map(({ event }) => event), answers, pending: pending.size, record, newest: jobs[0] },
      details: failureDetails(reasons, code, textMask(reader)),
    }
  }

  const read: { readonly of: Part['of']; readonly failure: Failure | undefined }[] = []
  for (let from = 0; from < parts.length; from += AT_ONCE) {
    const some = parts.slice(from, from + AT_ONCE)
    const found = some.map(async part => ({ of: part.of, failure: await readPart(part).catch(() => undefined) }))
    read.push(...(await Promise.all(found)))
  }
  const unread = [
    ...counted.flatMap(({ of, counts }) => (counts === undefined ? of : [])),
    ...read.flatMap(({ of, failure }) => (failure === undefined ? of : [])),
  ]
  return {
    failures: byCount(read.flatMap(({ failure }) => failure ?? [])),
    unreadable: [...new Set(unread)].map(({ tenant, kind: queue }) => ({ tenant: tenant.name, queue })),
  }
}

/** What failed in one queue with one code, and of that what is chosen. */
export interface ChosenFailures {
  readonly queueRef: QueueRef
  readonly code: ReasonCode
  readonly choice?: FailureChoice
}

/** Failures that share a code. */
export interface Cause extends Pick<Failure, 'code' | 'count' | 'last' | 'answers' | 'details' | 'pending'> {
  /** What each queue has of it, the most first. */
  readonly queues: readonly Failure[]
}

/** The failures by code, the most frequent first. */
export const causesOf = (failures: readonly Failure[]): readonly Cause[] =>
  byCount(
    [...byCode(failures)].map(([code, queues]) => ({
      ...{ code, queues, count: sumCounts(queues) },
      last: queues.reduce((latest, { last }) => Math.max(last, latest), 0),
      answers: sumAnswers(queues.flatMap(({ answers }) => answers)),
      details: [...new Set(queues.flatMap(({ details }) => details))].slice(0, MAX_DIFFERENT),
      pending: queues.reduce((sum, { pending }) => sum + pending, 0),
    })),
  )

function toGroup(where: Pick<FailureGroup, 'code' | 'tenant' | 'queue'>, counts: readonly FailedCount[]): FailureGroup {
  const first = counts.reduce((oldest, each) => Math.min(oldest, each.first), Number.POSITIVE_INFINITY)
  const last = counts.reduce((newest, each) => Math.max(newest, each.last), 0)
  return { ...where, count: sumCounts(counts), first, last }
}

const byCode = <Coded extends { readonly code: ReasonCode }>(all: readonly Coded[]): Map<ReasonCode, Coded[]> =>
  Map.groupBy(all, ({ code }) => code)

const byCount = <Counted extends { readonly count: number }>(groups: readonly Counted[]): readonly Counted[] =>
  groups.toSorted((one, other) => other.count - one.count)

/** In characters. */
export const MAX_NOTE = 500

/** What a person notes about a cause. What is absent stays. */
export interface CauseNotes {
  /** Empty: nobody. */
  readonly assignee?: string
  /** Empty: none. */
  readonly note?: string
  readonly isMuted?: boolean
}

/** Writes what differs from what is noted, and records it. Does nothing when nothing has failed. `at`: milliseconds since 1970. */
export async function noteCause(
  { redis, audit, failedJobs, vendorAnswers }: OperationsDeps,
  user: User,
  { queueRef, code, choice }: ChosenFailures,
  { assignee, note, isMuted }: CauseNotes,
  at: number,
): Promise<void> {
  const counts = await failedJobs.count(queueRef, { ...choice, code })
  const jobs = await failedJobs.newest(queueRef, counts, { ...choice, code, most: SHOWN_OF_CAUSE })
  const [newest] = jobs
  if (newest === undefined) return
  const { name: tenant } = queueRef.tenant
  const records = createCauseRecords(redis, tenant)
  const of = { queue: queueRef.kind, code }
  const before = await records.read(of)
  const stamp = { by: user.name, at }
  const write = async (name: keyof CauseRecord, value: CauseRecord[keyof CauseRecord], detail?: string) => {
    const action = value === undefined ? `un${name}` : name
    await audit.write({
      ...{ user: user.name, action, tenant, queue: queueRef.kind, code, outcome: 'done' },
      ...(detail !== undefined && { detail }),
    })
    await records.change(of, name, { value, failedAt: newest.failedAt })
  }
  if (assignee !== undefined && assignee !== (before.assignee?.to ?? ''))
    await write('assignee', assignee === '' ? undefined : { to: assignee, ...stamp }, assignee || undefined)
  if (note !== undefined && note !== (before.note?.text ?? ''))
    await write('note', note === '' ? undefined : { text: note, ...stamp })
  if (isMuted === false && before.mute !== undefined) await write('mute', undefined)
  if (isMuted === true && before.mute === undefined) {
    const shapes = await vendorAnswers.shapesOf({ queue: queueRef.queue, jobs }, user)
    await write('mute', { ...stamp, count: sumCounts(counts), shapes: [...shapes] })
  }
}
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
