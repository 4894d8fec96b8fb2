import { failureSentence, isFailureCode } from '@ponte/contracts'
import type { Session } from '../session.ts'
import type { ImportCounts } from './source.ts'
import { isTableProblem, tableProblems } from './texts.ts'
import type { Unreadable } from './unreadable.ts'

interface Result {
  readonly counts: ImportCounts
  readonly unreadable: Unreadable
  readonly isDryRun: boolean
  /** Why it ended before its source did. */
  readonly stop: 'interrupted' | 'inShadow' | undefined
}

/** What an import has done, for a person: each record that cannot be read, by its number. */
export function describeImport(
  { counts, unreadable, isDryRun, stop }: Result,
  { texts, language, paint }: Pick<Session, 'texts' | 'language' | 'paint'>,
): readonly string[] {
  const words = texts.import
  const sentenceOf = (reason: string): string => {
    if (isFailureCode(reason)) return failureSentence(reason, language)
    return isTableProblem(reason) ? tableProblems[language][reason] : reason
  }
  const problems = unreadable.list().map(({ reason, records }) => {
    const numbers = records.map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`)).join(', ')
    return `  ${numbers}: ${sentenceOf(reason)}`
  })
  return [
    ...words.result({ ...counts, isDryRun }),
    ...(problems.length === 0 ? [] : [paint('bad', words.unreadable(unreadable.count())), ...problems]),
    ...(counts.unreadableDates === 0 ? [] : [paint('warning', words.unreadableDates(counts.unreadableDates))]),
    ...(counts.roundedPhones === 0 ? [] : [paint('warning', words.roundedPhones(counts.roundedPhones))]),
    ...(stop === undefined ? [] : [words.stopped[stop]]),
  ]
}
