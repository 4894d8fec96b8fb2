import { type Failure, type FailureCode, failureTitle } from '@ponte/contracts'
import { type ExitCode, exitCodeOfFailure } from '../exit-codes.ts'
import type { Session } from '../session.ts'
import { describeFailure, withPage } from '@ponte/operations'

/** What a person reads when a command ends with the failure of a system. */
export function explainFailure(
  { code, detail }: Failure,
  { texts, language }: Pick<Session, 'texts' | 'language'>,
): { code: FailureCode; lines: readonly string[]; exitCode: ExitCode } {
  const { solution, page } = describeFailure(code, language)
  const { title, raw } = failureTitle({ code, answer: detail }, language)
  const help = [`→ ${withPage(solution, page, language)}`, texts.errors.askDoctor]
  return { code, lines: [`${code}: ${title}`, ...raw, ...help], exitCode: exitCodeOfFailure(code) }
}
