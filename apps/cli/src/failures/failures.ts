import {
  causeTitle,
  type FailuresDocument,
  failuresDocument,
  withPage,
  describeFailure,
  askedOf,
  awaitRetry,
  endedOf,
  failedOf,
  type RetriedQueue,
  retryAnswer,
  type RetryDocument,
  retryOutcomes,
} from '@ponte/operations'
import { formatMoment, queueLabel, nearName } from '@ponte/runtime'
import {
  NotReachableError,
  type ExitCode,
  exitCodeOfFailure,
  type Command,
  outcomeOf,
  type Words,
  UsageError,
  type Session,
} from '../session.ts'
import { openOperations } from '../operations.ts'
import { type Failure, type FailureCode, failureTitle, codeOfReason, failures as failureTable } from '@ponte/contracts'
import type { Look } from '../terminal/paint.ts'

/** What a person reads when a command ends with the failure of a system. */
export function explainFailure(
  { code, detail }: Failure,
  { texts, language }: Omit<Words, 'paint'>,
): { code: FailureCode; lines: readonly string[]; exitCode: ExitCode } {
  const { solution, page } = describeFailure(code, language)
  const { title, raw } = failureTitle({ code, answer: detail }, language)
  const help = [`→ ${withPage(solution, page, language)}`, texts.errors.askDoctor]
  return { code, lines: [`${code}: ${title}`, ...raw, ...help], exitCode: exitCodeOfFailure(code) }
}

/** All but the tenant and the board are for a retry. */
export interface FailuresOptions extends Omit<RetryOptions, 'code'> {
  /** A failure code: retries the events that failed with it. */
  readonly retry?: string
}

/** Lists the events that failed permanently, one entry for each cause. */
export const failures: Command<FailuresOptions> = async ({ retry: code, ...options }, session) => {
  if (code !== undefined) return await retry({ ...options, code }, session)
  const operations = await openOperations(options, session)
  const document = await operations.readFailures()
  const { failures: groups, unreadable } = document
  // Nobody may take a part of what failed for all of it.
  if (unreadable.length > 0) throw new NotReachableError(session.texts.api.unreadable(unreadable.join(', ')))
  const data = failuresDocument.encode(document)
  if (groups.length === 0) return outcomeOf(true, data, [session.paint('good', session.texts.failures.none)])
  return outcomeOf(false, data, describeFailures(groups, operations.timeZone, session))
}

type FailureGroup = FailuresDocument['failures'][number]

/** What failed, as lines for a person. */
export const describeFailures = (
  groups: readonly FailureGroup[],
  timeZone: string,
  words: Words,
): readonly string[] => [
  ...groups.flatMap(group => toLines(group, timeZone, words)),
  words.texts.failures.howToRetry,
  words.paint('quiet', words.texts.failures.timesIn(timeZone)),
]

function toLines(group: FailureGroup, timeZone: string, { texts, paint, language }: Words): string[] {
  const { code, title, solution, tenant, queue, count, first, last, page, record } = group
  const { assignee, note, mute } = record
  const { answers, raw } = causeTitle(group, language)
  const noted = [
    ...(assignee === undefined ? [] : [texts.failures.assigned(assignee.to)]),
    ...(mute === undefined ? [] : [texts.failures.muted(mute.by)]),
    ...(note === undefined ? [] : [`“${note.text}” (${note.by})`]),
  ]
  const local = (at: number): string => formatMoment(at, language, timeZone)
  return [
    `${count} × ${paint('bad', code)}  ${paint('heading', tenant)}  ${queueLabel(queue, language)}`,
    `    ${title}`,
    ...answers.map(answer => `    - ${answer.title}${answer.times === 1 ? '' : ` (${answer.times}×)`}`),
    `    ${paint('quiet', count === 1 ? texts.failures.at(local(last)) : texts.failures.between(local(first), local(last)))}`,
    ...(noted.length === 0 ? [] : [`    ${noted.join(' · ')}`]),
    ...(page === '' ? [] : [`    → ${withPage(solution, page, language)}`]),
    ...(raw.length === 0 ? [] : [`    ${paint('quiet', texts.failures.details)}`]),
    ...raw.map(text => `      ${paint('quiet', text)}`),
    '',
  ]
}

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

const WAIT_S = 600

/** Retries the events that failed with a code, from the first attempt. */
export const retry: Command<RetryOptions> = async ({ code: typed, ...options }, session) => {
  const { dryRun = false, wait = false, timeout = WAIT_S } = options
  const { texts } = session
  if (options.timeout !== undefined && !wait) throw new UsageError(texts.failures.retry.timeoutNeedsWait)
  const code = typed.toUpperCase()
  const wanted = codeOfReason(code)
  if (wanted !== code)
    throw new UsageError(texts.failures.retry.codeUnknown(typed, nearName(code, Object.keys(failureTable))))
  const operations = await openOperations(options, session)
  return await operations.withRetries(async retries => {
    const answer = await retries.retryCause({ code: wanted, dryRun })
    if (answer.retry === null) {
      const lines = answer.queues.map(({ tenant, queue, count }) =>
        describeCount({ tenant, queue }, { retried: count, left: 0, notRetried: 0, dryRun }, session),
      )
      const shown = lines.length === 0 ? [texts.failures.retry.nothing(code)] : lines
      return outcomeOf(true, { code, ...retryAnswer.encode(answer) }, shown)
    }
    const begun = answer.retry
    const { everyMs, stopped } = retries
    const read = () => retries.readRetry(begun.id)
    let isFirst = true
    const last = await awaitRetry(read, {
      until: ({ state }) => state !== 'working',
      everyMs,
      ...(stopped && { signal: stopped }),
      onRead(now) {
        // A pipe gets each line once, when the work begins.
        for (const each of now.queues) report(each, isFirst ? session.progress : session.progressBriefly, session)
        isFirst = false
      },
    })
    stopped?.throwIfAborted()
    // The record of a retry can be removed while somebody waits for it.
    const sent = last ?? begun
    const awaited = wait ? await awaitOutcome({ read, everyMs, sent }, timeout * 1000, session) : { retry: sent }
    const { retry: ended, stoppedBy }: AwaitedRetry = awaited
    const isFine = wait ? isAllFine(ended) : ended.queues.every(each => each.left + each.notRetried === 0)
    const encoded = retryAnswer.encode({ ...answer, retry: ended })
    const data = { code, ...encoded, ...(stoppedBy !== undefined && { stoppedBy }) }
    if (wait) return outcomeOf(isFine, data, describeOutcome(awaited, timeout, session))
    return outcomeOf(isFine, data, [
      ...ended.queues.map(each => {
        const { asked, left, notRetried } = each
        return describeCount(each, { retried: asked - left - notRetried, left, notRetried, dryRun }, session)
      }),
      session.paint('quiet', texts.failures.retry.outcomeOnBoard),
    ])
  })
}

const describeCount = (
  { tenant, queue }: { readonly tenant: string; readonly queue: string },
  count: Parameters<Session['texts']['failures']['retry']['done']>[0],
  { texts, language }: Session,
): string => `${tenant}  ${queueLabel(queue, language)}: ${texts.failures.retry.done(count)}`

const report = (
  { tenant, queue, asked, notRetried }: RetriedQueue,
  progress: Session['progress'],
  { texts, language }: Session,
): void =>
  progress(
    texts.failures.retry.working({
      ...{ tenant, done: asked - notRetried, all: asked },
      queue: queueLabel(queue, language),
    }),
  )

interface AwaitedRetry {
  readonly retry: RetryDocument
  /** Why the command did not wait until the end. The events go on all the same. */
  readonly stoppedBy?: 'time' | 'person'
}

/** Waits until all events of a retry have ended, the time is over or the person presses Ctrl-C. */
async function awaitOutcome(
  {
    read,
    everyMs,
    sent,
  }: {
    readonly read: () => Promise<RetryDocument | undefined>
    readonly everyMs: number
    readonly sent: RetryDocument
  },
  timeoutMs: number,
  { onInterrupt, texts, progress, progressBriefly }: Session,
): Promise<AwaitedRetry> {
  const stop = new AbortController()
  const release = onInterrupt(() => stop.abort())
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(timeoutMs)])
  let shown = -1
  function onRead(retry: RetryDocument): void {
    const ended = endedOf(retry)
    if (ended === shown) return
    shown = ended
    const line = texts.failures.retry.ending({ ended, asked: askedOf(retry), failed: failedOf(retry) })
    // A pipe gets one line, when the wait begins.
    if (ended === 0) progress(line)
    else progressBriefly(line)
  }
  try {
    const retry = await awaitRetry(read, { everyMs, signal, onRead })
    if (retry === undefined || retry.ended) return { retry: retry ?? sent }
    return { retry, stoppedBy: stop.signal.aborted ? 'person' : 'time' }
  } finally {
    release()
  }
}

/** What became of a retry, a line for each queue, and why the command no longer waits. */
function describeOutcome({ retry, stoppedBy }: AwaitedRetry, timeoutS: number, session: Session): readonly string[] {
  const { retry: texts } = session.texts.failures
  return [
    ...retry.queues.map(each => describeQueue(each, retry, session)),
    ...(stoppedBy === 'person' ? [session.paint('warning', texts.interrupted)] : []),
    ...(stoppedBy === 'time' ? [session.paint('warning', texts.timeOver(timeoutS))] : []),
  ]
}

const looks: Readonly<Record<string, Look>> = {
  delivered: 'good',
  failed: 'bad',
  underWay: 'warning',
  notRetried: 'warning',
}

function describeQueue(own: RetriedQueue, { state }: RetryDocument, { language, paint }: Session): string {
  const codes = own.failed.map(({ code, count }) => (own.failed.length === 1 ? code : `${code} (${count})`))
  const outcomes = retryOutcomes({ state, queues: [own] }, language).map(({ name, text }) => {
    const whole = name === 'failed' ? `${text}: ${codes.join(', ')}` : text
    const look = looks[name]
    return look === undefined ? whole : paint(look, whole)
  })
  return `${own.tenant}  ${queueLabel(own.queue, language)}  ${own.asked}: ${outcomes.join(', ')}`
}

/** Everything that was asked for has come to an end without failing again. A removed event is nobody's problem any more. */
const isAllFine = ({ queues }: RetryDocument): boolean =>
  queues.every(each => each.failed.length + each.left + each.notRetried + each.underWay === 0)
