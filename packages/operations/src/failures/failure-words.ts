import type { Failure } from './read-failures.ts'
import { MAX_DIFFERENT } from './vendor-answers.ts'
import {
  failureSentence,
  textsOfFailure,
  type FailureTitle,
  failureTitle,
  isFailureCode,
  type Language,
} from '@ponte/contracts'

export interface CauseTitle extends FailureTitle {
  /** Several answers of the other system, each as a sentence. Empty when it gave one, which is in the title, or none. */
  readonly answers: readonly { readonly title: string; readonly times: number }[]
}

/** What all failures of a cause have in common. The other system's answer is their title if it gave the same to all. */
export function causeTitle(
  { code, answers: all, details }: Pick<Failure, 'code' | 'answers' | 'details'>,
  language: Language,
): CauseTitle {
  const answers = all.slice(0, MAX_DIFFERENT)
  const [first, ...others] = answers
  if (others.length === 0) return { ...failureTitle({ code, answer: first?.text, details }, language), answers: [] }
  const { title, raw } = failureTitle({ code, details }, language)
  return {
    title,
    raw: [...raw, ...answers.map(({ text }) => text)],
    answers: answers.map(({ text, times }) => ({ title: failureTitle({ code, answer: text }, language).title, times })),
  }
}

/** What a failure code means, what to do and where it is documented. Empty texts for a code that is not Ponte's. */
export function describeFailure(
  code: string,
  language: Language,
): { sentence: string; solution: string; page: string } {
  if (!isFailureCode(code)) return { sentence: '', solution: '', page: '' }
  return {
    sentence: failureSentence(code, language),
    solution: textsOfFailure(code, language).solution,
    page: `${language === 'en' ? 'docs/failures.md' : 'docs/failures.pt-BR.md'}#${code.toLowerCase()}`,
  }
}
