import { codeOfReason, failures, type ReasonCode } from '@ponte/contracts'
import { nearName, queueLabel, type Queues, retryInFull } from '@ponte/runtime'
import {
  awaitResend,
  beginResend,
  isOver,
  type Resend,
  type ResendJobs,
  type ResendPart,
  type ResendProgress,
  type RedisClient,
} from '@ponte/state'
import type { Job } from 'bullmq'
import { exitCodes, UsageError } from '../exit-codes.ts'
import { type FailedEvents, readerOfAll, readFailedEvents } from './failed-events.ts'
import { cliUser } from '../redis/record-action.ts'
import type { Command, Session } from '../session.ts'
import { chooseTenants, readSettingsWithFingerprints } from '../settings/read-settings.ts'
import { withQueues } from '../redis/with-redis.ts'
import { endedOf, failedOf, resendOutcomes, sumOf } from '@ponte/report'
import type { Look } from '../terminal/paint.ts'

export interface RetryOptions {
  /** A failure code; upper or lower case. */
  readonly code: string
  readonly tenant?: string
  readonly dryRun?: boolean
  /** Waits until what was retried has ended. */
  readonly wait?: boolean
  /** Seconds to wait at most. */
  readonly timeout?: number
}

const REPORT_EVERY = 500
const WAIT_S = 600

/** Retries the events that failed with a code, from the first attempt. */
export const retry: Command<RetryOptions> = async ({ code: typed, ...options }, session) => {
  const { tenant, dryRun = false, wait = false, timeout = WAIT_S } = options
  const { texts } = session
  if (options.timeout !== undefined && !wait) throw new UsageError(texts.failures.retry.timeoutNeedsWait)
  const code = typed.toUpperCase()
  const wanted = codeOfReason(code)
  if (wanted !== code)
    throw new UsageError(texts.failures.retry.codeUnknown(typed, nearName(code, Object.keys(failures))))
  const settings = await readSettingsWithFingerprints(session)
  const { fingerprint } = settings
  const tenants = chooseTenants(settings.tenants, tenant, session)
  const { resend, counts, awaited } = await withQueues({ settings, tenants, session }, async where => {
    // Collect all events first: one that fails again at once would otherwise be found again, without end.
    const found: FailedEvents[] = []
    for await (const { jobs, ...of } of readFailedEvents({ tenants, failedJobs: readerOfAll(where.redis) })) {
      const own = jobs.filter(job => job.code === wanted)
      if (own.length > 0) found.push({ ...of, jobs: own })
    }
    if (dryRun || found.length === 0)
      return { counts: found.map(({ tenant, queue, jobs }) => ({ tenant, queue, retried: jobs.length, left: 0 })) }
    const { id, run } = await beginResend<Job>(
      { redis: where.redis, fingerprint },
      { user: cliUser(), kind: 'all', parts: found.map(events => toPart(events, wanted, where.queues)) },
    )
    const done = await run({ onProgress: progress => report(found[progress.part], progress, session) })
    const own = [...new Set(found.map(each => each.tenant))]
    return {
      awaited: wait
        ? await awaitOutcome(where.redis, { id, tenants: own, timeoutMs: timeout * 1000 }, session)
        : undefined,
      resend: id,
      counts: found.map(({ tenant, queue }, index) => ({ tenant, queue, ...(done[index] ?? { retried: 0, left: 0 }) })),
    }
  })

  if (awaited !== undefined) {
    const isFine = isAllFine(awaited.resend)
    return {
      exitCode: isFine ? exitCodes.ok : exitCodes.problems,
      data: { ok: isFine, code, dryRun, queues: counts, resend, outcome: outcomeData(awaited) },
      lines: describeOutcome(awaited, timeout, session),
    }
  }
  const left = counts.reduce((sum, count) => sum + count.left, 0)
  return {
    exitCode: left > 0 ? exitCodes.problems : exitCodes.ok,
    data: { ok: left === 0, code, dryRun, queues: counts, ...(resend !== undefined && { resend }) },
    lines:
      counts.length === 0
        ? [texts.failures.retry.nothing(code)]
        : [
            ...counts.map(
              count =>
                `${count.tenant}  ${queueLabel(count.queue, session.language)}: ${texts.failures.retry.done({ ...count, dryRun })}`,
            ),
            ...(dryRun ? [] : [session.paint('quiet', texts.failures.retry.outcomeOnBoard)]),
          ],
  }
}

function toPart({ tenant, queue: kind, jobs }: FailedEvents, code: ReasonCode, queues: Queues): ResendJobs<Job> {
  const queue = queues.of(tenant)[kind]
  return {
    tenant,
    queue: kind,
    code,
    queueKeys: queue.toKey(''),
    ids: jobs.map(({ id }) => id),
    find: id => queue.getJob(id),
    retry: retryInFull,
  }
}

function report(of: FailedEvents | undefined, { looked: done, asked: all }: ResendProgress, session: Session): void {
  if (of === undefined) return
  const queue = queueLabel(of.queue, session.language)
  const line = session.texts.failures.retry.working({ tenant: of.tenant, queue, done, all })
  if (done % REPORT_EVERY === 0) session.progress(line)
  else session.progressBriefly(line)
}

const POLL_MS = 500

interface Outcome {
  readonly resend: Resend
  /** Why the command did not wait until the end. The events go on all the same. */
  readonly stoppedBy?: 'time' | 'person'
}

/** Waits until all events of a resend have ended, the time is over or the person presses Ctrl-C. */
async function awaitOutcome(
  redis: RedisClient,
  { id, tenants, timeoutMs }: { readonly id: string; readonly tenants: readonly string[]; readonly timeoutMs: number },
  { onInterrupt, texts, progress, progressBriefly }: Session,
): Promise<Outcome | undefined> {
  const stop = new AbortController()
  const release = onInterrupt(() => stop.abort())
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(timeoutMs)])
  let shown = -1
  function onRead({ parts }: Resend): void {
    const [ended, asked] = [sumOf(parts, endedOf), sumOf(parts, part => part.asked)]
    if (ended === shown) return
    shown = ended
    const line = texts.failures.retry.ending({ ended, asked, failed: sumOf(parts, failedOf) })
    // A pipe gets one line, when the wait begins.
    if (ended === 0) progress(line)
    else progressBriefly(line)
  }
  try {
    const resend = await awaitResend(redis, id, { tenants, everyMs: POLL_MS, signal, onRead })
    if (resend === undefined || isOver(resend)) return resend && { resend }
    return { resend, stoppedBy: stop.signal.aborted ? 'person' : 'time' }
  } finally {
    release()
  }
}

/** What became of a resend, a line for each queue, and why the command no longer waits. */
function describeOutcome({ resend, stoppedBy }: Outcome, timeoutS: number, session: Session): readonly string[] {
  const { retry: texts } = session.texts.failures
  return [
    ...resend.parts.map(part => describePart(part, resend, session)),
    ...(stoppedBy === 'person' ? [session.paint('warning', texts.interrupted)] : []),
    ...(stoppedBy === 'time' ? [session.paint('warning', texts.timeOver(timeoutS))] : []),
  ]
}

const looks: Readonly<Record<string, Look>> = {
  done: 'good',
  read: 'good',
  failed: 'bad',
  underWay: 'warning',
  unsent: 'warning',
}

function describePart(part: ResendPart, { state }: Resend, { language, paint }: Session): string {
  const codes = part.failed.map(({ code, count }) => (part.failed.length === 1 ? code : `${code} (${count})`))
  const outcomes = resendOutcomes({ state, parts: [part] }, language).map(({ name, text }) => {
    const whole = name === 'failed' ? `${text}: ${codes.join(', ')}` : text
    const look = looks[name]
    return look === undefined ? whole : paint(look, whole)
  })
  return `${part.tenant}  ${queueLabel(part.queue, language)}  ${part.asked}: ${outcomes.join(', ')}`
}

/** Everything that was asked for has come to an end without failing again. A removed event is nobody's problem any more. */
const isAllFine = ({ parts }: Resend): boolean =>
  parts.every(part => failedOf(part) + part.left + part.unsent + part.underWay === 0)

/** The outcome in the answer of `--json`. */
const outcomeData = ({ resend, stoppedBy }: Outcome): object => ({
  ended: stoppedBy === undefined,
  ...(stoppedBy !== undefined && { stoppedBy }),
  queues: resend.parts.map(part => ({
    tenant: part.tenant,
    queue: part.queue,
    asked: part.asked,
    delivered: part.done,
    unchanged: part.skipped,
    failed: part.failed,
    underWay: part.underWay,
    left: part.left,
    notRetried: part.unsent,
    removed: part.gone,
  })),
})
