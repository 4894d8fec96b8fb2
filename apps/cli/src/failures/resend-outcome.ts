import { endedOf, failedOf, resendOutcomes, sumOf } from '@ponte/report'
import { queueKinds, queueLabel } from '@ponte/runtime'
import { awaitResend, isOver, type Resend, type ResendPart } from '@ponte/state'
import type { Redis } from 'ioredis'
import type { Session } from '../session.ts'
import type { Look } from '../terminal/paint.ts'

const POLL_MS = 500

interface Outcome {
  readonly resend: Resend
  /** Why the command did not wait until the end. The events go on all the same. */
  readonly stoppedBy?: 'time' | 'person'
}

/** Waits until all events of a resend have ended, the time is over or the person presses Ctrl-C. */
export async function awaitOutcome(
  redis: Redis,
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
export function describeOutcome({ resend, stoppedBy }: Outcome, timeoutS: number, session: Session): readonly string[] {
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
  const kind = queueKinds.find(each => each === part.queue)
  const codes = part.failed.map(({ code, count }) => (part.failed.length === 1 ? code : `${code} (${count})`))
  const outcomes = resendOutcomes({ state, parts: [part] }, language).map(({ name, text }) => {
    const whole = name === 'failed' ? `${text}: ${codes.join(', ')}` : text
    const look = looks[name]
    return look === undefined ? whole : paint(look, whole)
  })
  return `${part.tenant}  ${kind === undefined ? part.queue : queueLabel(kind, language)}  ${part.asked}: ${outcomes.join(', ')}`
}

/** Everything that was asked for has come to an end without failing again. A removed event is nobody's problem any more. */
export const isAllFine = ({ parts }: Resend): boolean =>
  parts.every(part => failedOf(part) + part.left + part.unsent + part.underWay === 0)

/** The outcome in the answer of `--json`. */
export const outcomeData = ({ resend, stoppedBy }: Outcome): object => ({
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
