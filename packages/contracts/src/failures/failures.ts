import { crmFailures } from './crm-failures.ts'
import type { FailureRow, FailureTexts } from './failure-row.ts'
import { ingressFailures } from './ingress-failures.ts'
import { ponteFailures } from './ponte-failures.ts'
import { quarantineFailures } from './quarantine-failures.ts'
import { rdFailures } from './rd-failures.ts'
import { type Language, textIn } from '../language.ts'

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
 * Every failure that Ponte knows. CONTRIBUTING.md says how to add one; docs/failures.md and docs/failures.pt-BR.md are written
 * from the rows.
 */
export const failures: { readonly [Code in FailureCode]: FailureRow } = all

/** Type guard: is this text one of our codes? */
export const isFailureCode = (text: string): text is FailureCode => Object.hasOwn(failures, text)

export type FailureFamily = keyof typeof families
/** The codes of each family, in the order of the documents. */
export const failureFamilies: readonly { readonly family: FailureFamily; readonly codes: readonly FailureCode[] }[] = (
  ['ingress', 'quarantine', 'totvs-crm', 'rd-station', 'ponte'] as const
).map(family => ({ family, codes: Object.keys(families[family]).filter(isFailureCode) }))

/** What is said of a failure in this language. */
export const textsOfFailure = (code: FailureCode, language: Language): FailureTexts => textIn(failures[code], language)

/** The sentence of a failure as a complete sentence: `RD Station refused the data.`, `O RD Station recusou os dados.` */
export function failureSentence(code: FailureCode, language: Language): string {
  const { happened } = textsOfFailure(code, language)
  return language === 'en' ? happened : `${happened.charAt(0).toUpperCase()}${happened.slice(1)}.`
}

const headings = {
  en: { steps: 'What to do', again: 'Tried again', no: 'No.', notAccepted: 'No. Nothing was accepted.' },
  'pt-BR': { steps: 'O que fazer', again: 'Nova tentativa', no: 'Não.', notAccepted: 'Não. Nada foi aceito.' },
}

/** All that is said of a failure, in markdown: what happened, what to do, and whether it is tried again. */
export function failureSection(code: FailureCode, language: Language): string {
  const { details = '', solution, steps = '', triedAgain } = textsOfFailure(code, language)
  const words = headings[language]
  const again = triedAgain ?? (failures[code].status === undefined ? words.no : words.notAccepted)
  return [
    `${failureSentence(code, language)} ${details}`,
    `**${words.steps}:** ${solution} ${steps}`,
    `**${words.again}:** ${again}`,
  ]
    .map(part => part.trim())
    .join('\n\n')
}

/** For failures without one of Ponte's codes, such as those that BullMQ itself causes. */
export const WITHOUT_CODE = 'WITHOUT_CODE'

export type ReasonCode = FailureCode | typeof WITHOUT_CODE

/** The code that a failed job's reason begins with, `CODE: sentence`. BullMQ has null as the reason of a retried job. */
export function codeOfReason(reason: string | null | undefined): ReasonCode {
  const code = /^[A-Z_]+(?=:|$)/.exec(reason ?? '')?.[0] ?? ''
  return isFailureCode(code) ? code : WITHOUT_CODE
}
