import { textIn } from '@ponte/contracts'
import type { ExitCode } from '../exit-codes.ts'
import { describeFailure } from '@ponte/operations'
import type { Session } from '../session.ts'
import type { Look } from '../terminal/paint.ts'
import { describeCleanUp } from './describe-clean-up.ts'
import { type Answer, factOf } from './facts/facts.ts'
import { exitCodeOf, type Finished, type Stop } from './run.ts'

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

const marks = { true: ['✓', 'good'], false: ['✗', 'bad'], null: ['?', 'quiet'] } as const satisfies Readonly<
  Record<string, readonly [string, Look]>
>

function linesOf({ id, held, why, ...details }: Answer, { texts, language, paint }: Session): readonly string[] {
  const fact = factOf(id)
  const [mark, look] = marks[`${held}`]
  const line = `${paint(look, mark)} ${id}: ${textIn(fact.holds, language)}`
  if (held === true) return [line]
  if (held === null) return [`${line} (${texts.rehearse.why[why ?? 'not-reached']})`]
  return [line, `    ${JSON.stringify(details)}`, `    → ${textIn(fact.otherwise, language)}`]
}

function describeStop(stop: Stop, { texts, language }: Session): string {
  const words = texts.rehearse.stops
  switch (stop.kind) {
    case 'fact':
      return words.fact(stop.fact)
    case 'event-failed':
      return words.eventFailed(stop.event, stop.code)
    case 'nothing-came':
      return words.nothingCame[stop.what]
    case 'contact-of-others':
      return words.contactOfOthers(stop.contact)
    case 'interrupted':
      return words.interrupted
    case 'failure':
      return `${stop.code}: ${describeFailure(stop.code, language).sentence}`
  }
}
