import { type Language, textIn, type Texts } from '../language.ts'
import { leadFields } from '../lead-fields.ts'

/** What the other systems call a field in their answers, and what people call it. */
const fieldNames: Readonly<Record<string, Texts>> = {
  ...Object.fromEntries(Object.values(leadFields).map(({ keys: [key], en, pt }) => [key, { en, pt }])),
  value: { en: 'Value', pt: 'Valor' },
  reason: { en: 'Loss reason', pt: 'Motivo da perda' },
  tags: { en: 'Tags', pt: 'Tags' },
  funnel_name: { en: 'Funnel', pt: 'Funil' },
  contact_owner_email: { en: "Owner's e-mail", pt: 'E-mail do responsável' },
}

const unnamed: Texts = { en: 'A field', pt: 'Um campo' }

interface RefusalPattern {
  /** Of a whole message. `limit` is a number, `name` a field as the other system spells it for people. */
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
    pattern: /^(?:required property is missing|(?:\w+ )?can ?not be (?:null|blank))$/i,
    sentence: { en: '{field} is missing', pt: '{field}: não informado' },
  },
  {
    pattern: /^(?:\w+ )?has an invalid format$/i,
    sentence: { en: '{field} is not valid', pt: '{field}: formato inválido' },
  },
  {
    pattern: /^must be one of the valid options$/i,
    sentence: { en: '{field}: not one of the options', pt: '{field}: não está entre as opções' },
  },
  {
    pattern: /^(?:\w+ )?must be (?:of type '\w+'|string|number|boolean|an array of strings)$/i,
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
]

/** One error of an answer, as `describeAnswer` of the clients writes it: `TYPE: message (path)`. */
interface RefusalEntry {
  readonly message: string
  readonly path: string | undefined
}

const ENTRY =
  /^(?:(?:[A-Z][A-Z\d_-]+|[a-z]+(?:_[a-z]+)+|\d{3}): )?(?<message>.*?)(?: \((?<path>[$\w.[\]-]{1,100})\))?$/s

/** What the other system said about the data, without types and paths. Of a summary and what it sums up only the latter. */
function entriesOf(answer: string): readonly RefusalEntry[] {
  const entries = answer.split('; ').map(text => {
    const { message = text, path } = ENTRY.exec(text)?.groups ?? {}
    return { message: message.trim().replace(/\.$/, ''), path }
  })
  const isSummary = ({ message }: RefusalEntry): boolean =>
    entries.some(other => other.message !== message && other.message !== '' && message.includes(other.message))
  return entries.filter(entry => entry.message !== '' && !isSummary(entry))
}

interface Refusal {
  readonly text: string
  /** Are these words of Ponte's, which name no person? */
  readonly isOwn: boolean
}

function refusalOf({ message, path }: RefusalEntry, language: Language): Refusal | undefined {
  for (const { pattern, sentence } of patterns) {
    const found = pattern.exec(message)
    if (found === null) continue
    const { limit, name } = found.groups ?? {}
    const last = path?.split('.').at(-1)
    const known = last !== undefined && Object.hasOwn(fieldNames, last) ? fieldNames[last] : undefined
    const field = name ?? textIn(known ?? unnamed, language)
    const count = limit === undefined ? '' : new Intl.NumberFormat(language).format(Number(limit))
    const text = textIn(sentence, language)
      .replace('{field}', () => field)
      .replace('{limit}', count)
    return { text, isOwn: name === undefined }
  }
  return undefined
}

/** Sentences of one title. */
const MOST = 2

/** What an answer refuses, in a sentence that people would say. Undefined when Ponte does not know all that it says. */
export function refusalSentence(answer: string, language: Language): string | undefined {
  const found = entriesOf(answer).map(entry => refusalOf(entry, language))
  const known = found.filter(each => each !== undefined).map(({ text }) => text)
  return known.length === 0 || known.length < found.length ? undefined : [...new Set(known)].slice(0, MOST).join('; ')
}

/** Does an answer consist of what both systems say to everybody? Then it names no person. */
export function isPlainRefusal(answer: string): boolean {
  const entries = entriesOf(answer)
  return entries.length > 0 && entries.every(entry => refusalOf(entry, 'en')?.isOwn === true)
}

/** An answer in the other system's own words, without types and paths. */
export const vendorWords = (answer: string): string => entriesOf(answer)[0]?.message ?? answer

/** `Value above 10,000`. */
export const aboveLimit = (limit: string, language: Language): string | undefined =>
  refusalSentence(`must be less than or equal to ${limit} (value)`, language)
