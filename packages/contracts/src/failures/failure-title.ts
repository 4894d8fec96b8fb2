import { type Language, textIn, type Texts } from '../language.ts'
import { renderMessage } from '../messages/render-message.ts'
import { splitStored } from '../messages/stored-text.ts'
import { systemNames } from '../system.ts'
import type { ReasonCode } from './code-of-reason.ts'
import { failures, failureSentence, isFailureCode } from './failures.ts'
import { aboveLimit, refusalSentence, vendorWords } from './refusal-words.ts'

const withoutCode: Texts = {
  en: "A failure without one of Ponte's codes; the text is BullMQ's own.",
  pt: 'Falha sem código do Ponte; o texto vem do próprio BullMQ.',
}

/** What is known of a failure, or of many that share a cause. All texts are masked for their reader already. */
interface KnownFailure {
  readonly code: ReasonCode
  /** What the other system answered. */
  readonly answer?: string | undefined
  /** What stands behind the sentence in the reason of the job: facts (`variable=…`) and messages (`leads[0]: …`). */
  readonly details?: readonly string[]
}

export interface FailureTitle {
  /** One sentence that says what is wrong: `Valor acima de 10.000 · RD Station`. */
  readonly title: string
  /** What it was made of, for those who look into it: facts, places in a body, the other system's own words. */
  readonly raw: readonly string[]
}

/** What a person reads first of a failure, and what is folded away below it. */
export function failureTitle({ code, answer, details = [] }: KnownFailure, language: Language): FailureTitle {
  const raw = [...details.map(detail => renderMessage(detail, language)), ...(answer === undefined ? [] : [answer])]
  const title = titleFromAnswer(code, answer, language) ?? titleFromFacts(code, details, language)
  return { title: title ?? codeSentence(code, language), raw: raw.filter(text => text !== '') }
}

/** The sentence of a code, also for failures that have none. */
export const codeSentence = (code: ReasonCode, language: Language): string =>
  isFailureCode(code) ? failureSentence(code, language) : textIn(withoutCode, language)

function titleFromAnswer(code: ReasonCode, answer: string | undefined, language: Language): string | undefined {
  const system = isFailureCode(code) ? failures[code].system : undefined
  if (answer === undefined || system === undefined) return undefined
  const sentence = refusalSentence(answer, language)
  if (sentence !== undefined) return `${sentence} · ${systemNames[system]}`
  const words = vendorWords(answer)
  return isReadable(words) ? `${systemNames[system]}: “${words}”` : undefined
}

/** Is enough left of a text that was masked to understand it? */
const isReadable = (text: string): boolean =>
  !text.includes('***') || text.split(/\s+/).filter(word => !word.includes('***') && /\p{L}{2}/u.test(word)).length > 1

const emailElsewhere: Texts = {
  en: 'The e-mail of the lead is in a field that Ponte does not read.',
  pt: 'O e-mail do lead está em um campo que o Ponte não lê.',
}

function titleFromFacts(code: ReasonCode, details: readonly string[], language: Language): string | undefined {
  const isElsewhere = (detail: string): boolean =>
    splitStored(detail).stored.some(({ key }) => key === 'email-elsewhere')
  if (details.length > 0 && details.every(isElsewhere)) return textIn(emailElsewhere, language)
  if (!isFailureCode(code) || failures[code].hasLimit !== true) return undefined
  const limits = new Set(
    details.map(detail => /(?:^|\s)limit=(?<limit>\d{1,9})(?=$|[,)])/.exec(detail)?.groups?.['limit']),
  )
  const [limit] = limits
  return limits.size !== 1 || limit === undefined ? undefined : aboveLimit(limit, language)
}
