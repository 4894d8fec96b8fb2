import { systemNames } from '@ponte/contracts'
import { describeFailure, explain } from '@ponte/operations'
import { type ExitCode, exitCodeOfFailure, exitCodes } from '../exit-codes.ts'
import type { Session } from '../session.ts'
import type { Look } from '../terminal/paint.ts'
import type { CleanUp, LeftRecord } from './clean-up.ts'
import { type Answer, factRows, whyNotRows } from './facts/facts.ts'
import { type Stop, stopRows } from './stops.ts'

export interface Finished extends CleanUp {
  readonly stop: Stop | undefined
}

/** What a run found out, for a person: those that do not hold with what to change. */
export function describeRehearsal(
  facts: readonly Answer[],
  finished: Finished,
  session: Session,
): { readonly exitCode: ExitCode; readonly lines: readonly string[] } {
  const { texts, paint } = session
  const words = texts.rehearse
  const count = (held: boolean | null): number => facts.filter(fact => fact.held === held).length
  const summary = words.summary({ held: count(true), broken: count(false), unasked: count(null) })
  return {
    exitCode: exitCodeOf(facts, finished.stop),
    lines: [
      ...facts.flatMap(fact => linesOf(fact, session)),
      '',
      ...(finished.stop === undefined ? [] : [paint('bad', describeStop(finished.stop, session))]),
      paint(count(false) > 0 ? 'bad' : 'good', summary),
      ...describeCleanUp(finished, session),
      words.sendIn,
    ],
  }
}

/** A fact that does not hold is the more important news. */
function exitCodeOf(answers: readonly Answer[], stop: Stop | undefined): ExitCode {
  if (answers.some(({ held }) => held === false)) return exitCodes.problems
  switch (stop?.kind) {
    case undefined:
      return exitCodes.ok
    case 'failure':
      return exitCodeOfFailure(stop.code)
    case 'contact-of-others':
      return exitCodes.wrongUse
    case 'nothing-came':
    case 'interrupted':
      return exitCodes.notReachable
    case 'event-failed':
    case 'fact':
      return exitCodes.problems
  }
}

const marks = { true: ['✓', 'good'], false: ['✗', 'bad'], null: ['?', 'quiet'] } as const satisfies Readonly<
  Record<string, readonly [string, Look]>
>

function linesOf({ id, held, why = 'not-reached', ...details }: Answer, session: Session): readonly string[] {
  const { what, remedy } = explain({ name: id }, session, { rows: factRows })
  const [mark, look] = marks[`${held}`]
  const line = `${session.paint(look, mark)} ${id}: ${what}`
  if (held === true) return [line]
  if (held === null) return [`${line} (${explain({ name: why }, session, { rows: whyNotRows }).what})`]
  return [line, `    ${JSON.stringify(details)}`, `    → ${remedy}`]
}

function describeStop(stop: Stop, session: Session): string {
  if (stop.kind === 'failure') return `${stop.code}: ${describeFailure(stop.code, session.language).sentence}`
  const { kind, ...facts } = stop
  return explain({ name: 'what' in stop ? stop.what : kind, facts }, session, { rows: stopRows }).what
}

export const nameOfRecord = ({ system, kind, id }: LeftRecord, { texts }: Pick<Session, 'texts'>): string =>
  `${systemNames[system]}: ${texts.rehearse.kinds[kind]} ${id ?? texts.rehearse.couldNotLook}`

/** What was removed and what is left, for a person. Empty when there was nothing. */
export function describeCleanUp(
  { removed, left, others, isEndReported }: CleanUp,
  session: Session,
): readonly string[] {
  const { texts, paint } = session
  const words = texts.rehearse
  const named = (record: LeftRecord): string => `  ${nameOfRecord(record, session)}`
  return [
    ...(removed.length === 0 ? [] : [words.removed, ...removed.map(named)]),
    ...(left.length === 0 ? [] : [paint('warning', words.left), ...left.map(named)]),
    ...(others.length === 0 ? [] : [words.others, ...others.map(named)]),
    ...(isEndReported ? [words.stays] : []),
  ]
}
