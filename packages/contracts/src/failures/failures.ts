import { crmFailures } from './crm-failures.ts'
import type { FailureRow } from './failure-row.ts'
import { ingressFailures } from './ingress-failures.ts'
import { ponteFailures } from './ponte-failures.ts'
import { quarantineFailures } from './quarantine-failures.ts'
import { rdFailures } from './rd-failures.ts'
import type { Language } from '../language.ts'

/** By where they happen. */
const families = {
  ingress: ingressFailures,
  quarantine: quarantineFailures,
  'totvs-crm': crmFailures,
  'rd-station': rdFailures,
  ponte: ponteFailures,
} as const
const all = { ...ingressFailures, ...quarantineFailures, ...crmFailures, ...rdFailures, ...ponteFailures }

/** A code that has been published is never renamed and never removed. */
export type FailureCode = keyof typeof all

/**
 * Every failure that Ponte knows. CONTRIBUTING.md says how to add one; each code has a section in docs/failures.md and
 * docs/failures.pt-BR.md, and a test compares them.
 */
export const failures: { readonly [Code in FailureCode]: FailureRow } = all

/** Type guard: is this text one of our codes? */
export const isFailureCode = (text: string): text is FailureCode => Object.hasOwn(failures, text)

export type FailureFamily = keyof typeof families
/** The codes of each family, in the order of the documents. */
export const failureFamilies: readonly { readonly family: FailureFamily; readonly codes: readonly FailureCode[] }[] = (
  ['ingress', 'quarantine', 'totvs-crm', 'rd-station', 'ponte'] as const
).map(family => ({ family, codes: Object.keys(families[family]).filter(isFailureCode) }))

/** The sentence of a failure as a complete sentence: `RD Station refused the data.`, `O RD Station recusou os dados.` */
export function failureSentence(code: FailureCode, language: Language): string {
  const { en, pt } = failures[code]
  return language === 'en' ? en : `${pt.charAt(0).toUpperCase()}${pt.slice(1)}.`
}
