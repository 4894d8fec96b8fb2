import { failures } from '@ponte/contracts'
import { parseJson } from './parse-json.ts'

/** Deeper than any honest body; a hostile one must not stop the page that shows it. */
const MAX_DEPTH = 32
/** A lead has about ten; a body of thousands must not make its log slow to read. */
const MAX_PERSONAL_VALUES = 100

/**
 * Keys whose text is shown. Everything else in a job's data and in a quarantined body is masked: a key that nobody thought of
 * is a custom field of somebody's form.
 */
const shownKeys = new Set(
  [
    // Job data of Ponte (packages/contracts/src/jobs.ts)
    ...['v', 'key', 'receivedAt', 'traceparent', 'tracestate', 'opportunityId', 'contextUrl', 'series', 'number'],
    ...['uuid', 'convertedAt', 'contactCreatedAt', 'conversionIdentifier', 'city', 'state', 'jobTitle', 'notes'],
    ...['source', 'intent', 'encoding', 'form'],
    // Bodies of RD Station (reference rd-station.md §1)
    ...['id', 'event_uuid', 'event_type', 'entity_type', 'event_identifier', 'conversion_identifier', 'identifier'],
    ...['identificador', 'timestamp', 'event_timestamp', 'created_at', 'updated_at', 'number_conversions'],
    ...['cumulative_sum', 'lead_stage', 'lifecycle_stage', 'opportunity', 'job_title', 'cargo', 'fit_score'],
    ...['medium', 'channel', 'campaign', 'origin', 'cidade', 'estado', 'uf'],
    // Bodies of TOTVS CRM (reference totvs-crm.md §3)
    ...['eventId', 'trigger.description', 'workflow.description', 'object.description'],
  ].map(key => key.toLowerCase()),
)

/** Who corrected which fields of a job when (packages/contracts, jobs.ts): an operator's login and names of ours. */
const shownPaths = new Set(['edited.changes.at', 'edited.changes.by', 'edited.changes.fields'])

/** Keys that hold what tells who a person is, in both systems and in the forms of their users. */
const personalKey =
  /name|nome|mail|phone|fone|celular|mobile|whats|company|empresa|razao|cpf|cnpj|facebook|linkedin|twitter|website|responsavel/i

/** Lengths are bounded (RFC 5321), so that a long text without spaces costs no time. */
const emailPattern = /[^\s"<>()[\],;:@]{1,64}@[^\s"'<>()[\],;:@=]{1,250}\.[a-z]{2,}/gi
/** 8 to 15 digits with the marks people put between them; not a part of an id, a number of money, a path or a time. */
const phonePattern = /(?<![\w=./:-])\+?\(?\d[\d\s()-]{6,22}\d(?![\w-]|\.\d)/g
/** CPF and CNPJ as they are written, and Brazilian telephones with dots: what the pattern above leaves alone for the sake of numbers. */
const dottedPattern =
  /(?<![\w.-])(?:\d{3}\.\d{3}\.\d{3}-\d{2}|\d{2}\.\d{3}\.\d{3}\/\d{4}-\d{2}|\+?(?:55[\s.-]{0,2})?\(?0?[1-9]\d\)?[\s./-]{0,2}(?:9[\s.-]?)?\d{4}[\s.-]\d{4})(?![\w-]|\.\d)/g
const datePattern = /^\d{4}-\d{2}-\d{2}(?!\d)/

/** `maria.silva@acme.com.br` → `m***@a***.br`: enough to tell two apart, too little to write to. */
export function maskEmails(text: string): string {
  return text.replaceAll(emailPattern, email => {
    const [local = '', domain = ''] = email.split('@')
    return `${local.slice(0, 1)}***@${domain.slice(0, 1)}***${domain.slice(domain.lastIndexOf('.'))}`
  })
}

/** Masks e-mails, phones and the given values wherever they stand in a text. */
export function maskText(text: string, personal: readonly string[] = []): string {
  const withoutValues = personal.reduce((rest, value) => rest.replaceAll(spellingsOf(value), maskValue(value)), text)
  return maskEmails(withoutValues)
    .replaceAll(dottedPattern, found => maskPhone(found.replaceAll(/\D/g, '')))
    .replaceAll(phonePattern, found => {
      const digits = found.replaceAll(/\D/g, '')
      const isPhone = digits.length >= 8 && digits.length <= 15 && !datePattern.test(found)
      return isPhone ? maskPhone(digits) : found
    })
}

/** A job's data, its keys intact: of the values, only what `shownKeys` lets through. */
export function maskJobData(data: unknown): unknown {
  const personal = personalValues(data)
  if (!isQuarantined(data)) return maskTree(data, personal)
  const { body, ...rest } = data
  return Object.assign({ body: maskBody(body, data, personal) }, maskTree(rest, personal))
}

/** The masked e-mails and phones in data that `maskJobData` has masked, each once, as they come. */
export function maskedIdentities(masked: unknown): readonly string[] {
  if (typeof masked === 'string') return /^(?:\S\*{3}@\S+|\*{3}\d\d)$/.test(masked) ? [masked] : []
  if (typeof masked !== 'object' || masked === null) return []
  return [...new Set(Object.values(masked).flatMap(maskedIdentities))]
}

/** What a job returned, its progress: texts of Ponte's own, in which personal data is not expected. */
export function maskResult(value: unknown, personal: readonly string[]): unknown {
  if (typeof value === 'string') return maskText(value, personal)
  if (Array.isArray(value)) return value.map(item => maskResult(item, personal))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      personalKey.test(key) && typeof item === 'string' ? maskValue(item) : maskResult(item, personal),
    ]),
  )
}

/** Masks every e-mail in whatever is about to be sent. */
export function maskEmailsDeep(value: unknown): unknown {
  if (typeof value === 'string') return maskEmails(value)
  if (Array.isArray(value)) return value.map(maskEmailsDeep)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskEmailsDeep(item)]))
}

/** The values in a job's data that tell who the person is, longest first, so that its log can be searched for them. */
export function personalValues(data: unknown): readonly string[] {
  const found = new Set<string>()
  const collect = (value: unknown, key: string, depth: number): void => {
    if (depth > MAX_DEPTH || found.size >= MAX_PERSONAL_VALUES) return
    const text = typeof value === 'string' && personalKey.test(key) ? value.trim() : ''
    if (text.length >= 3 && text.length <= 255 && !isOwnVocabulary(text)) found.add(text)
    if (typeof value !== 'object' || value === null) return
    for (const [name, item] of Object.entries(value)) collect(item, Array.isArray(value) ? key : name, depth + 1)
  }
  collect(isQuarantined(data) ? parseBody(data.body, data) : data, '', 0)
  return [...found].toSorted((one, other) => other.length - one.length)
}

/**
 * Words of Ponte's own codes, sentences and log lines. A lead may be called «CRM» or «Rejected»: hiding that would hide the diagnosis,
 * and showing it where every failure says it tells nothing of the lead.
 */
const ownVocabulary = new Set(
  [
    ...Object.entries(failures).flatMap(([code, { en }]) => [code, en]),
    'totvs-crm rd-station GET POST api integration platform',
  ].flatMap(wordsOf),
)

const isOwnVocabulary = (text: string): boolean => wordsOf(text).every(word => ownVocabulary.has(word))

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

interface Quarantined {
  readonly body: string
  readonly encoding?: unknown
  readonly form?: unknown
}

const isQuarantined = (data: unknown): data is Quarantined =>
  typeof data === 'object' && data !== null && 'body' in data && typeof data.body === 'string'

/** Shown as a tree where it can be read, because what an operator looks for is which keys are there. */
function maskBody(body: string, delivery: Quarantined, personal: readonly string[]): unknown {
  if (delivery.encoding === 'base64') return `*** (${Buffer.byteLength(body, 'base64')} bytes, not text)`
  const parsed = parseBody(body, delivery)
  return parsed === undefined ? maskUnreadable(body) : maskTree(parsed, personal)
}

function parseBody(body: string, { form }: Quarantined): unknown {
  if (form === true) {
    const fields = Object.fromEntries(new URLSearchParams(body))
    return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, parseJson(value) ?? value]))
  }
  return parseJson(body)
}

/** Text that is no JSON may hold a name anywhere: of it, only the keys that look like JSON's and the marks are shown. */
function maskUnreadable(text: string): string {
  const shape = text
    .slice(0, 2000)
    .replaceAll(/("[\w.-]{1,40}"\s*:)|[\p{L}\p{N}][\p{L}\p{N}\p{M}@._+-]*/gu, (_word, key) =>
      typeof key === 'string' ? key : '*',
    )
  return text.length > 2000 ? `${shape}… (${text.length} characters)` : shape
}

/** `personal`: the values that tell who the person is, which may stand in a text that is shown as well as in a name. */
function maskTree(value: unknown, personal: readonly string[], path: readonly string[] = [], depth = 0): unknown {
  if (depth > MAX_DEPTH) return '…'
  if (Array.isArray(value)) return value.map(item => maskTree(item, personal, path, depth + 1))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        maskText(key, personal),
        maskTree(item, personal, [...path, key.toLowerCase()], depth + 1),
      ]),
    )
  }
  if (typeof value === 'string') {
    // A document inside a string, as RD Station's `conversion_payload` (reference rd-station.md §1).
    const inner = /^\s*[[{]/.test(value) ? parseJson(value) : undefined
    if (inner !== undefined) return maskTree(inner, personal, path, depth + 1)
    return isShown(path) ? maskText(value, personal) : maskValue(value)
  }
  // A telephone or a CPF may come as a number.
  return typeof value === 'number' && Math.abs(value) >= 1e7 && !isShown(path) ? '***' : value
}

const isShown = (path: readonly string[]): boolean =>
  shownKeys.has(path.slice(-1).join('.')) || shownKeys.has(path.slice(-2).join('.')) || shownPaths.has(path.join('.'))

function maskValue(value: string): string {
  if (/^[^\s@]+@[^\s@]+$/.test(value)) return maskEmails(value).replace(/^[^*]*$/, '***')
  const digits = value.replaceAll(/\D/g, '')
  if (digits.length >= 8 && isPhoneLike(value)) return maskPhone(digits)
  return value === '' ? '' : '***'
}

const maskPhone = (digits: string): string => `***${digits.slice(-2)}`

/** Where a value of the person stands as a whole, however it is written: a telephone by its digits, a name without its accents. */
function spellingsOf(value: string): RegExp {
  const digits = value.replaceAll(/\D/g, '').replace(/^(?:00)?55(?=\d{10,11}$)/, '')
  if (digits.length >= 8 && isPhoneLike(value)) {
    const gap = String.raw`[\s().\-/]{0,3}`
    return new RegExp(String.raw`(?<!\d)\+?(?:(?:00)?55${gap})?\(?0?${digits.split('').join(gap)}(?!\d)`, 'g')
  }
  const characters = Array.from(value.normalize('NFC'), spellingOf).join('')
  return new RegExp(String.raw`(?<![\p{L}\p{N}])${characters}(?![\p{L}\p{N}])`, 'giu')
}

const isPhoneLike = (value: string): boolean => /^[+\d\s()./-]+$/.test(value)

const accented: Readonly<Record<string, string>> = {
  a: 'áàâãä',
  c: 'ç',
  e: 'éèêë',
  i: 'íìîï',
  n: 'ñ',
  o: 'óòôõö',
  u: 'úùûü',
}

/** A letter with any accent or none, a space as what takes its place in identifiers, `@` and `+` also as addresses write them. */
function spellingOf(character: string): string {
  if (/\p{L}/u.test(character)) {
    const letter = character.normalize('NFD').slice(0, 1).toLowerCase()
    return String.raw`[${letter}${accented[letter] ?? ''}${character}]\p{M}*`
  }
  if (/\s/.test(character)) return String.raw`[\s_+.\-]`
  if (character === '@') return '(?:@|%(?:25)*40)'
  if (character === '+') return String.raw`(?:\+|%(?:25)*2B)`
  return character.replaceAll(/[.*?^${}()|[\]\\/]/g, String.raw`\$&`)
}
