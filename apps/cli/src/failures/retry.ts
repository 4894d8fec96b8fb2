import { codeOfReason, failures } from '@ponte/contracts'
import { nearName, queueLabel } from '@ponte/runtime'
import { isOver, type Retry, type RetryPart } from '@ponte/state'
import { exitCodes, UsageError } from '../exit-codes.ts'
import { openOperations } from '../operations/open-operations.ts'
import type { AwaitEnd, RetryProgress } from '../operations/operations.ts'
import type { Command, Session } from '../session.ts'
import { endedOf, failedOf, retryOutcomes, sumParts } from '@ponte/operations'
import type { Look } from '../terminal/paint.ts'

export interface RetryOptions {
  /** A failure code; upper or lower case. */
  readonly code: string
  readonly tenant?: string
  /** The address of a board, in place of Redis. */
  readonly api?: string
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
  const { dryRun = false, wait = false, timeout = WAIT_S } = options
  const { texts } = session
  if (options.timeout !== undefined && !wait) throw new UsageError(texts.failures.retry.timeoutNeedsWait)
  const code = typed.toUpperCase()
  const wanted = codeOfReason(code)
  if (wanted !== code)
    throw new UsageError(texts.failures.retry.codeUnknown(typed, nearName(code, Object.keys(failures))))
  const operations = await openOperations(options, session)
  const retried = await operations.retry({
    code: wanted,
    dryRun,
    onProgress: progress => report(progress, session),
    wait: wait ? awaitEnd => awaitOutcome(awaitEnd, timeout * 1000, session) : undefined,
  })
  const { counts, retry, ended: awaited } = retried

  if (awaited !== undefined) {
    const isFine = isAllFine(awaited.retry)
    return {
      exitCode: isFine ? exitCodes.ok : exitCodes.problems,
      data: { ok: isFine, code, dryRun, queues: counts, retry, outcome: outcomeData(awaited) },
      lines: describeOutcome(awaited, timeout, session),
    }
  }
  const left = counts.reduce((sum, count) => sum + count.left, 0)
  return {
    exitCode: left > 0 ? exitCodes.problems : exitCodes.ok,
    data: { ok: left === 0, code, dryRun, queues: counts, ...(retry !== undefined && { retry }) },
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

function report({ tenant, queue, done, all }: RetryProgress, session: Session): void {
  const line = session.texts.failures.retry.working({
    ...{ tenant, done, all },
    queue: queueLabel(queue, session.language),
  })
  if (done % REPORT_EVERY === 0) session.progress(line)
  else session.progressBriefly(line)
}

interface Outcome {
  readonly retry: Retry
  /** Why the command did not wait until the end. The events go on all the same. */
  readonly stoppedBy?: 'time' | 'person'
}

/** Waits until all events of a retry have ended, the time is over or the person presses Ctrl-C. */
async function awaitOutcome(
  awaitEnd: AwaitEnd,
  timeoutMs: number,
  { onInterrupt, texts, progress, progressBriefly }: Session,
): Promise<Outcome | undefined> {
  const stop = new AbortController()
  const release = onInterrupt(() => stop.abort())
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(timeoutMs)])
  let shown = -1
  function onRead({ parts }: Retry): void {
    const [ended, asked] = [sumParts(parts, endedOf), sumParts(parts, part => part.asked)]
    if (ended === shown) return
    shown = ended
    const line = texts.failures.retry.ending({ ended, asked, failed: sumParts(parts, failedOf) })
    // A pipe gets one line, when the wait begins.
    if (ended === 0) progress(line)
    else progressBriefly(line)
  }
  try {
    const retry = await awaitEnd({ signal, onRead })
    if (retry === undefined || isOver(retry)) return retry && { retry }
    return { retry, stoppedBy: stop.signal.aborted ? 'person' : 'time' }
  } finally {
    release()
  }
}

/** What became of a retry, a line for each queue, and why the command no longer waits. */
function describeOutcome({ retry, stoppedBy }: Outcome, timeoutS: number, session: Session): readonly string[] {
  const { retry: texts } = session.texts.failures
  return [
    ...retry.parts.map(part => describePart(part, retry, session)),
    ...(stoppedBy === 'person' ? [session.paint('warning', texts.interrupted)] : []),
    ...(stoppedBy === 'time' ? [session.paint('warning', texts.timeOver(timeoutS))] : []),
  ]
}

const looks: Readonly<Record<string, Look>> = {
  done: 'good',
  failed: 'bad',
  underWay: 'warning',
  unsent: 'warning',
}

function describePart(part: RetryPart, { state }: Retry, { language, paint }: Session): string {
  const codes = part.failed.map(({ code, count }) => (part.failed.length === 1 ? code : `${code} (${count})`))
  const outcomes = retryOutcomes({ state, parts: [part] }, language).map(({ name, text }) => {
    const whole = name === 'failed' ? `${text}: ${codes.join(', ')}` : text
    const look = looks[name]
    return look === undefined ? whole : paint(look, whole)
  })
  return `${part.tenant}  ${queueLabel(part.queue, language)}  ${part.asked}: ${outcomes.join(', ')}`
}

/** Everything that was asked for has come to an end without failing again. A removed event is nobody's problem any more. */
const isAllFine = ({ parts }: Retry): boolean =>
  parts.every(part => failedOf(part) + part.left + part.unsent + part.underWay === 0)

/** The outcome in the answer of `--json`. */
const outcomeData = ({ retry, stoppedBy }: Outcome): object => ({
  ended: stoppedBy === undefined,
  ...(stoppedBy !== undefined && { stoppedBy }),
  queues: retry.parts.map(part => ({
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
