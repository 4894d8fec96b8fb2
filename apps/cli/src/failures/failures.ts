import { causeTitle, type FailuresDocument, failuresDocument, withPage, describeFailure } from '@ponte/operations'
import { formatMoment, queueLabel } from '@ponte/runtime'
import { NotReachableError, type ExitCode, exitCodeOfFailure, type Command, outcomeOf, type Words } from '../session.ts'
import { openOperations } from '../operations.ts'
import { retry, type RetryOptions } from './retry.ts'
import { type Failure, type FailureCode, failureTitle } from '@ponte/contracts'

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
