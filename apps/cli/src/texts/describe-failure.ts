import { failures, isFailureCode } from '@ponte/contracts'
import type { Language } from '../language.ts'

/** The sentence of a failure code and the section that explains it. A code that is none of ours has neither. */
export function describeFailure(code: string, language: Language): { sentence: string; page: string } {
  if (!isFailureCode(code)) return { sentence: '', page: '' }
  const { en, pt } = failures[code]
  if (language === 'en') return { sentence: en, page: `docs/failures.md#${code}` }
  return { sentence: `${pt.slice(0, 1).toUpperCase()}${pt.slice(1)}.`, page: `docs/failures.pt-BR.md#${code}` }
}
