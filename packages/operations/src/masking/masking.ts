import { changeStoredText, foldWord, storedMessages } from '@ponte/contracts'
import { bodyNames, MASK, MAX_DEPTH, readBody } from './masked-data.ts'
import { foldedWords, isOwnWord, WORD } from './vocabulary.ts'

/** In characters: the most that is shown of one text, and the most that is searched of a body for personal words. */
const MAX_TEXT = 16 * 1024
const MAX_READ = 64 * 1024
/** Numbers of one job that are searched for. */
const MAX_NUMBERS = 200

/** Lengths are bounded (RFC 5321), so that a long text without spaces costs no time. */
const emailPattern = /[^\s"<>()[\],;:@]{1,64}@[^\s"'<>()[\],;:@=]{1,250}\.[a-z]{2,}/gi
/** 8 to 15 digits with the marks that people put between them. Parts of ids, amounts, paths and times do not match. */
const phonePattern = /(?<![\w=./:-])\+?\(?\d[\d\s()-]{6,22}\d(?![\w-]|\.\d)/g
/** CPF, CNPJ and Brazilian telephones written with dots. The pattern above leaves dots out, because amounts have them too. */
const dottedPattern =
  /(?<![\w.-])(?:\d{3}\.\d{3}\.\d{3}-\d{2}|\d{2}\.\d{3}\.\d{3}\/\d{4}-\d{2}|\+?(?:55[\s.-]{0,2})?\(?0?[1-9]\d\)?[\s./-]{0,2}(?:9[\s.-]?)?\d{4}[\s.-]\d{4})(?![\w-]|\.\d)/g
const datePattern = /^\d{4}-\d{2}-\d{2}(?!\d)/
/** Percent encoding, once or several times: `%40`, `%2540`. */
const percentPattern = /(?:%(?:25)*[0-9a-f]{2})+/gi

/** `maria.silva@acme.com.br` → `m***@a***.br`: enough to tell two apart, too little to write to. */
export function maskEmails(text: string): string {
  if (!text.includes('@')) return text
  return text.replaceAll(emailPattern, email => {
    const [local = '', domain = ''] = email.split('@')
    const ending = /\.(?:[a-z]{2}|com|net|org|gov|edu|example)$/i.exec(domain)?.[0] ?? ''
    return `${Array.from(local)[0] ?? ''}***@${Array.from(domain)[0] ?? ''}***${ending}`
  })
}

/** The last two digits: `***34`. */
export const maskPhone = (phone: string): string => `${MASK}${phone.replaceAll(/\D/g, '').slice(-2)}`

/** The personal values of a job's data, in pieces, so that a text can be searched for all of them at once. */
export interface PersonalWords {
  /** Without case and accents. */
  readonly words: ReadonlySet<string>
  /** The digits of its numbers. */
  readonly numbers: readonly string[]
}

const nobody: PersonalWords = { words: new Set(), numbers: [] }

/** Every word of the texts in a job's data, except Ponte's own words. An API may repeat any of them in its answer. */
export function personalWords(data: unknown): PersonalWords {
  const words = new Set<string>()
  const numbers: string[] = []
  let left = MAX_READ
  const add = (text: string): void => {
    const part = text.slice(0, left)
    left -= part.length
    const found = foldedWords(part)
    for (const word of found) if (!isPlain(word)) words.add(word)
    // `mariasouza`, in addresses and user names.
    if (found.length > 1 && found.length <= 6) words.add(found.join(''))
    const digits = part.replaceAll(/\D/g, '')
    if (digits.length >= 4) numbers.push(digits)
  }
  const isBody = isDelivery(data)
  const collect = (value: unknown, depth: number): void => {
    if (depth > MAX_DEPTH || left <= 0) return
    if (typeof value === 'string' || typeof value === 'number') add(String(value))
    if (typeof value !== 'object' || value === null) return
    for (const [name, item] of Object.entries(value)) {
      if (!isBody && ownMembers.has(name)) continue
      // What a person wrote may have become the name of a member.
      if (isBody && !Array.isArray(value) && !isBodyName(name)) add(name)
      collect(item, depth + 1)
    }
  }
  collect(isBody ? textsOfBody(data.body, data.form === true) : data, 0)
  return { words, numbers: numbers.slice(0, MAX_NUMBERS) }
}

/** Members of a job's data that Ponte has written or checked itself. */
const ownMembers = new Set([
  ...['v', 'key', 'receivedAt', 'trace', 'opportunityId', 'contextUrl', 'round', 'edited', 'tooLarge'],
  ...['convertedAt', 'contactCreatedAt', 'markedAt', 'trigger', 'messages', 'lacks', 'lacksFunnel'],
])

/** One letter is in every text, and an id names a record. */
const isPlain = (word: string): boolean => word.length < 2 || word.length === UUID_LENGTH || isOwnWord(word)
const UUID_LENGTH = 36

const lastNames = new Set([...bodyNames].map(path => path.split('.').at(-1) ?? path))
const isBodyName = (name: string): boolean => lastNames.has(name)

const isDelivery = (data: unknown): data is { readonly body: string; readonly form?: unknown } =>
  typeof data === 'object' && data !== null && 'body' in data && typeof data.body === 'string'

/** The texts of a body: its members, or the whole of a body that cannot be read. */
function textsOfBody(body: string, form: boolean): unknown {
  const text = body.slice(0, MAX_READ)
  return readBody(text, form) ?? decoded(form ? text.replaceAll('+', ' ') : text)
}

/** Masks e-mails, phones and every word of the person wherever they stand in a text. */
export function maskText(text: string, personal: PersonalWords = nobody): string {
  const whole = decoded(text.slice(0, MAX_TEXT))
  const masked = maskNumbers(maskEmails(whole)).replaceAll(PART, part =>
    isTime(part) || !isOf(part, personal) ? part : MASK,
  )
  const short = masked.replaceAll(/\*{3}(?: \*{3})+/g, MASK)
  return text.length > MAX_TEXT ? `${short}…` : short
}

/**
 * A number matches by any four digits in a row. A number of eight digits or more also matches by its last eight, whatever precedes them.
 */
function isOf(word: string, { words, numbers }: PersonalWords): boolean {
  if (/^\d+$/.test(word))
    return (
      word.length >= 4 &&
      numbers.some(number => number.includes(word) || (number.length >= 8 && word.endsWith(number.slice(-8))))
    )
  return words.has(foldWord(word))
}

const maskNumbers = (text: string): string =>
  text.replaceAll(dottedPattern, maskPhone).replaceAll(phonePattern, found => {
    const { length } = found.replaceAll(/\D/g, '')
    return length >= 8 && length <= 15 && !datePattern.test(found) ? maskPhone(found) : found
  })

/** Decodes percent encoding, also where it was applied twice. What cannot be decoded stays as it is. */
function decoded(text: string): string {
  return text.replaceAll(percentPattern, found => {
    try {
      return decodeURIComponent(found.replaceAll(/%(?:25)+/g, '%'))
    } catch {
      return found
    }
  })
}

/**
 * A text as a viewer may read it: only Ponte's own words, ids and short numbers. Another system's words may name somebody whom the event
 * does not mention.
 */
export function maskForeignWords(text: string): string {
  const withoutHints = text.replaceAll(hintPattern, MASK)
  const masked = maskNumbers(withoutHints.replaceAll(emailPattern, MASK)).replaceAll(PART, part =>
    isTime(part) || isOwnWord(foldWord(part)) || isId(part) ? part : MASK,
  )
  return masked.replaceAll(/\*{3}(?:[\s,;.:'"()«»“”-]*\*{3})+/g, MASK)
}

/** What `maskText` leaves of an e-mail and of a phone. */
const hintPattern = /(?:\S?\*{3}@\S?\*{3}(?:\.\w+)?|\*{3}\d\d)/gu
const PART = new RegExp(String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z|${WORD.source}`, 'giu')
const isTime = (part: string): boolean => /^\d{4}-\d\d-\d\dT/.test(part)
const isId = (part: string): boolean => /^(?:\d{1,4}|[0-9a-f]{8}-[0-9a-f-]{27})$/i.test(part)

/** For whom a text is masked. */
export interface MaskReader {
  readonly role: string
}

/** How a text about a job is shown to this user. Translate first: a masked sentence cannot be translated. */
export function textMask(user: MaskReader | undefined, data?: unknown): (text: string) => string {
  let known: PersonalWords | undefined
  return text => {
    const personal = (known ??= data === undefined ? nobody : personalWords(data))
    return user?.role === 'operator' ? maskText(text, personal) : maskForeignWords(maskText(text, personal))
  }
}

/**
 * Masks what a job returned, or its progress: Ponte's own texts, in which no personal data is expected. Unknown names of members are masked
 * too.
 */
export function maskResult(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value)
  if (Array.isArray(value)) return value.map(item => maskResult(item, mask))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      resultMembers.has(key) ? key : mask(key),
      key === 'summary'
        ? maskSummary(item, mask)
        : key === 'outcome' || resultMembers.has(key) || typeof item !== 'string'
          ? maskResult(item, mask)
          : MASK,
    ]),
  )
}

/** The summary of a run. Its messages stay messages, so that they can be translated. */
function maskSummary(summary: unknown, mask: (text: string) => string): unknown {
  const stored = storedMessages.safeParse(summary).data
  return stored === undefined ? maskResult(summary, mask) : changeStoredText(stored, mask)
}

const resultMembers = new Set(['outcome', 'summary', 'soldValue', 'code', 'opportunityId'])

/** Masks every e-mail in a value that is about to be sent. */
export function maskEmailsDeep(value: unknown): unknown {
  if (typeof value === 'string') return maskEmails(value)
  if (Array.isArray(value)) return value.map(maskEmailsDeep)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskEmailsDeep(item)]))
}
