import { failures, failureSentence, isFailureCode, type Language, textIn } from '@ponte/contracts'

/** What a failure code means, what to do and where it is documented. Empty texts for a code that is not Ponte's. */
export function describeFailure(
  code: string,
  language: Language,
): { sentence: string; solution: string; page: string } {
  if (!isFailureCode(code)) return { sentence: '', solution: '', page: '' }
  return {
    sentence: failureSentence(code, language),
    solution: textIn(failures[code].solution, language),
    page: `${language === 'en' ? 'docs/failures.md' : 'docs/failures.pt-BR.md'}#${code.toLowerCase()}`,
  }
}
