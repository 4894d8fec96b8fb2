import { failures, isFailureCode, solutions } from '@ponte/contracts'
import type { Language } from '../language.ts'

/** The sentence of a failure code, what to do, and the section that explains it. A code that is none of ours has none of them. */
export function describeFailure(
  code: string,
  language: Language,
): { sentence: string; solution: string; page: string } {
  if (!isFailureCode(code)) return { sentence: '', solution: '', page: '' }
  const [{ en, pt }, solution] = [failures[code], solutions[code]]
  if (language === 'en') return { sentence: en, solution: solution.en, page: `docs/failures.md#${code}` }
  const sentence = `${pt.slice(0, 1).toUpperCase()}${pt.slice(1)}.`
  return { sentence, solution: solution.pt, page: `docs/failures.pt-BR.md#${code}` }
}
