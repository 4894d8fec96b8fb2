import { type Language, textIn, type Texts } from '../language.ts'
import { renderMessage } from './render-message.ts'
import { splitStored } from './message.ts'
import { systemNames } from '../system.ts'
import { type ReasonCode, failures, failureSentence, isFailureCode } from '../failures/failures.ts'
import { leadFields } from '../lead-fields.ts'

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

/** What the other systems call a field in their answers, and what people call it. */
const fieldNames: Readonly<Record<string, Texts>> = {
  ...Object.fromEntries(Object.values(leadFields).map(({ keys: [key], en, pt }) => [key, { en, pt }])),
  value: { en: 'Value', pt: 'Valor' },
  reason: { en: 'Loss reason', pt: 'Motivo da perda' },
  tags: { en: 'Tags', pt: 'Tags' },
  funnel_name: { en: 'Funnel', pt: 'Funil' },
  contact_owner_email: { en: "Owner's e-mail", pt: 'E-mail do responsável' },
}

/** The other names that RD Station puts into the path of a field. */
const pathNames = new Set(['$', 'body', 'payload', 'query', 'errors', 'leads', 'event_type', 'event_family'])
/** The words of which both systems make the types of their errors and of data: `INVALID_DATA_TYPE`. */
const typeWords = new Set(
  `array be blank boolean cannot data email equal error field fields format greater integer invalid less long missing must not null number
  option or required set short string than to too type valid validation`.split(/\s+/),
)

const unnamed: Texts = { en: 'A field', pt: 'Um campo' }

interface RefusalPattern {
  /**
   * Of a whole message. `limit` is a number, `name` a field as the other system spells it for people, `field` the name of one in its API, and
   * `type` a type of data.
   */
  readonly pattern: RegExp
  /** `{field}` and `{limit}` stand for what was found. */
  readonly sentence: Texts
}

/** What RD Station and TOTVS CRM answer to data that they do not take: docs/vendors. */
const patterns: readonly RefusalPattern[] = [
  {
    pattern: /^must be less than or equal to (?<limit>\d{1,9})$/i,
    sentence: { en: '{field} above {limit}', pt: '{field} acima de {limit}' },
  },
  {
    pattern: /^must be greater than or equal to (?<limit>\d{1,9})$/i,
    sentence: { en: '{field} below {limit}', pt: '{field} abaixo de {limit}' },
  },
  {
    pattern: /^must have at most (?<limit>\d{1,9}) characters$/i,
    sentence: { en: '{field}: more than {limit} characters', pt: '{field}: mais de {limit} caracteres' },
  },
  {
    pattern: /^(?:required property is missing|(?:(?<field>\w+) )?can ?not be (?:null|blank))$/i,
    sentence: { en: '{field} is missing', pt: '{field}: não informado' },
  },
  {
    pattern: /^(?:(?<field>\w+) )?has an invalid format$/i,
    sentence: { en: '{field} is not valid', pt: '{field}: formato inválido' },
  },
  {
    pattern: /^must be one of the valid options$/i,
    sentence: { en: '{field}: not one of the options', pt: '{field}: não está entre as opções' },
  },
  {
    pattern: /^(?:(?<field>\w+) )?must be (?:of type '(?<type>\w+)'|string|number|boolean|an array of strings)$/i,
    sentence: { en: '{field} of the wrong type', pt: '{field}: tipo errado' },
  },
  {
    pattern: /^the lead cannot be marked$/i,
    sentence: { en: 'The contact cannot be marked', pt: 'O contato não pode ser marcado' },
  },
  {
    pattern: /^(?:o )?campo (?:personalizado )?(?<name>[^.;:*]{1,60}?) (?:é )?obrigatório$/i,
    sentence: { en: 'The field {field} is required', pt: 'O campo {field} é obrigatório' },
  },
  {
    // As a viewer reads it, who is not told which field.
    pattern: /^(?:o )?campo (?:(?:personalizado|\*{3}) )?\*{3} (?:é )?obrigatório$/i,
    sentence: { en: '{field} is required', pt: '{field} é obrigatório' },
  },
]

/** One error of an answer, as `describeAnswer` of the clients writes it: `TYPE: message (path)`. */
interface RefusalEntry {
  readonly type: string | undefined
  readonly message: string
  readonly path: string | undefined
}

/** What a viewer reads has the type masked in part. */
const ENTRY =
  /^(?:(?<type>[A-Z*][A-Z*\d_-]+|[a-z]+(?:_[a-z]+)+|\d{3}): )?(?<message>.*?)(?: \((?<path>[$\w.[\]-]{1,100})\))?$/s

const readEntries = (answer: string): readonly RefusalEntry[] =>
  answer.split('; ').map(text => {
    const { type, message = text, path } = ENTRY.exec(text)?.groups ?? {}
    return { type, message: message.trim().replace(/\.$/, ''), path }
  })

/** What the other system said about the data. Of a summary and what it sums up only the latter. */
function entriesOf(answer: string): readonly RefusalEntry[] {
  const entries = readEntries(answer)
  const isSummary = ({ message }: RefusalEntry): boolean =>
    entries.some(other => other.message !== message && other.message !== '' && message.includes(other.message))
  return entries.filter(entry => entry.message !== '' && !isSummary(entry))
}

function refusalOf({ message, path }: RefusalEntry, language: Language): string | undefined {
  for (const { pattern, sentence } of patterns) {
    const found = pattern.exec(message)
    if (found === null) continue
    const { limit, name } = found.groups ?? {}
    const last = path?.split('.').at(-1)
    const known = last !== undefined && isField(last) ? fieldNames[last] : undefined
    const field = name ?? textIn(known ?? unnamed, language)
    const count = limit === undefined ? '' : new Intl.NumberFormat(language).format(Number(limit))
    return textIn(sentence, language)
      .replace('{field}', () => field)
      .replace('{limit}', count)
  }
  return undefined
}

const isField = (name: string): boolean => Object.hasOwn(fieldNames, name)
const isPathName = (part: string): boolean => {
  const name = part.replace(/\[\d{1,3}\]$/, '')
  return isField(name) || pathNames.has(name)
}
const isType = (type: string): boolean =>
  /^\d{3}$/.test(type) || type.split(/[_-]/).every(word => typeWords.has(word.toLowerCase()))

/** Are all words of an entry in Ponte's own lists? */
function isPlainEntry({ type, message, path }: RefusalEntry): boolean {
  const found = patterns.map(({ pattern }) => pattern.exec(message)).find(match => match !== null)
  if (found === undefined) return false
  const { name, field, type: dataType } = found.groups ?? {}
  return (
    name === undefined &&
    (field === undefined || isField(field.toLowerCase())) &&
    [type, dataType].every(each => each === undefined || isType(each)) &&
    (path?.split('.').every(isPathName) ?? true)
  )
}

/** Sentences of one title. */
const MOST = 2

/** What an answer refuses, in a sentence that people would say. Undefined when Ponte does not know all that it says. */
function refusalSentence(answer: string, language: Language): string | undefined {
  const found = entriesOf(answer).map(entry => refusalOf(entry, language))
  const known = found.filter(each => each !== undefined)
  return known.length === 0 || known.length < found.length ? undefined : [...new Set(known)].slice(0, MOST).join('; ')
}

/** Does an answer hold only words that both systems say to everybody? Then it names no person. */
export const isPlainRefusal = (answer: string): boolean => readEntries(answer).every(isPlainEntry)

/** An answer in the other system's own words, without types and paths. */
const vendorWords = (answer: string): string => entriesOf(answer)[0]?.message ?? answer

/** `Value above 10,000`. */
const aboveLimit = (limit: string, language: Language): string | undefined =>
  refusalSentence(`must be less than or equal to ${limit} (value)`, language)
