import { failures, isFailureCode, solutions } from '@ponte/contracts'
import type { Language } from '../language.ts'

/** What a failure code means, what to do and where it is documented. Empty texts for a code that is not Ponte's. */
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
