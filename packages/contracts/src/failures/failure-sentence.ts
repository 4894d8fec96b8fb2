import { type Language } from '../language.ts'
import { type FailureCode, failures } from './failures.ts'

/** The sentence of a failure where it stands alone: `RD Station refused the data.`, `O RD Station recusou os dados.` */
export function failureSentence(code: FailureCode, language: Language): string {
  const { en, pt } = failures[code]
  return language === 'en' ? en : `${pt.charAt(0).toUpperCase()}${pt.slice(1)}.`
}
