import { queueKinds, queueLabel } from '@ponte/runtime'
import type { Resend } from '@ponte/state'
import type { Session } from '../session.ts'
import type { Awaited } from './await-resend.ts'

type Part = Resend['parts'][number]
type Speaker = Pick<Session, 'texts' | 'language' | 'paint'>

/** What became of a resend, a line for each queue, and why the command no longer waits. */
export function describeOutcome({ resend, stoppedBy }: Awaited, timeoutS: number, session: Speaker): readonly string[] {
  const { retry: texts } = session.texts.failures
  return [
    ...resend.parts.map(part => describePart(part, session)),
    ...(stoppedBy === 'person' ? [session.paint('warning', texts.interrupted)] : []),
    ...(stoppedBy === 'time' ? [session.paint('warning', texts.timeOver(timeoutS))] : []),
  ]
}

function describePart(part: Part, { texts, language, paint }: Speaker): string {
  const words = texts.failures.retry.outcomes
  const { asked, done, skipped, gone, left, unsent, underWay } = part
  const failed = failedOf(part)
  const kind = queueKinds.find(each => each === part.queue)
  const codes = part.failed
    .map(({ code, count }) => (part.failed.length === 1 ? code : `${code} (${count})`))
    .join(', ')
  const counts = [
    done > 0 && paint('good', kind === 'quarantine' ? words.read(done) : words.done(done)),
    skipped > 0 && words.skipped(skipped),
    failed > 0 && paint('bad', `${words.failed(failed)}: ${codes}`),
    underWay > 0 && paint('warning', words.underWay(underWay)),
    unsent > 0 && paint('warning', words.unsent(unsent)),
    left > 0 && words.left(left),
    gone > 0 && words.gone(gone),
  ].filter(text => text !== false)
  return `${part.tenant}  ${kind === undefined ? part.queue : queueLabel(kind, language)}  ${asked}: ${counts.join(', ')}`
}

/** How many events of a part failed again. */
export const failedOf = ({ failed }: Part): number => failed.reduce((sum, { count }) => sum + count, 0)

/** Everything that was asked for has come to an end without failing again. A removed event is nobody's problem any more. */
export const isAllFine = ({ parts }: Resend): boolean =>
  parts.every(part => failedOf(part) + part.left + part.unsent + part.underWay === 0)

/** The outcome in the answer of `--json`. */
export const outcomeData = ({ resend, stoppedBy }: Awaited): object => ({
  ended: stoppedBy === undefined,
  ...(stoppedBy !== undefined && { stoppedBy }),
  queues: resend.parts.map(part => ({
    ...{ tenant: part.tenant, queue: part.queue, asked: part.asked },
    ...{ delivered: part.done, unchanged: part.skipped },
    failed: part.failed,
    ...{ underWay: part.underWay, left: part.left, notRetried: part.unsent, removed: part.gone },
  })),
})
