import { failures } from '@ponte/contracts'

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

/** Keys that hold what tells who a person is, in both systems and in the forms of their users. */
const personalKey =
  /name|nome|mail|phone|fone|celular|mobile|whats|company|empresa|razao|cpf|cnpj|facebook|linkedin|twitter|website|responsavel/i

/** Lengths are bounded (RFC 5321), so that a long text without spaces costs no time. */
const emailPattern = /[^\s"<>()[\],;:@]{1,64}@[^\s"'<>()[\],;:@=]{1,250}\.[a-z]{2,}/gi
/** 8 to 15 digits with the marks people put between them; not a part of an id, a number of money, a path or a time. */
const phonePattern = /(?<![\w=./:-])\+?\(?\d[\d\s()-]{6,22}\d(?![\w-]|\.\d)/g
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
  const withoutValues = personal.reduce((rest, value) => rest.replaceAll(wholeWords(value), maskValue(value)), text)
  return maskEmails(withoutValues).replaceAll(phonePattern, found => {
    const digits = found.replaceAll(/\D/g, '')
    const isPhone = digits.length >= 8 && digits.length <= 15 && !datePattern.test(found)
    return isPhone ? maskPhone(digits) : found
  })
}

/** A job's data, its keys intact: of the values, only what `shownKeys` lets through. */
export function maskJobData(data: unknown): unknown {
  if (isQuarantined(data)) return { ...data, body: maskBody(data.body, data) }
  return maskTree(data, [], 0)
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
function maskBody(body: string, delivery: Quarantined): unknown {
  if (delivery.encoding === 'base64') return `*** (${Buffer.byteLength(body, 'base64')} bytes, not text)`
  const parsed = parseBody(body, delivery)
  return parsed === undefined ? maskUnreadable(body) : maskTree(parsed, [], 0)
}

function parseBody(body: string, { form }: Quarantined): unknown {
  if (form === true) {
    const fields = Object.fromEntries(new URLSearchParams(body))
    return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, parseJson(value) ?? value]))
  }
  return parseJson(body)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
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

function maskTree(value: unknown, path: readonly string[], depth: number): unknown {
  if (depth > MAX_DEPTH) return '…'
  if (Array.isArray(value)) return value.map(item => maskTree(item, path, depth + 1))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        maskText(key),
        maskTree(item, [...path, key.toLowerCase()], depth + 1),
      ]),
    )
  }
  if (typeof value === 'string') {
    // A document inside a string, as RD Station's `conversion_payload` (reference rd-station.md §1).
    const inner = /^\s*[[{]/.test(value) ? parseJson(value) : undefined
    if (inner !== undefined) return maskTree(inner, path, depth + 1)
    return isShown(path) ? maskText(value) : maskValue(value)
  }
  // A telephone or a CPF may come as a number.
  return typeof value === 'number' && Math.abs(value) >= 1e7 && !isShown(path) ? '***' : value
}

const isShown = (path: readonly string[]): boolean =>
  shownKeys.has(path.slice(-1).join('.')) || shownKeys.has(path.slice(-2).join('.'))

function maskValue(value: string): string {
  if (/^[^\s@]+@[^\s@]+$/.test(value)) return maskEmails(value).replace(/^[^*]*$/, '***')
  const digits = value.replaceAll(/\D/g, '')
  if (digits.length >= 8 && /^[+\d\s().-]+$/.test(value)) return maskPhone(digits)
  return value === '' ? '' : '***'
}

const maskPhone = (digits: string): string => `***${digits.slice(-2)}`

const wholeWords = (value: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])${value.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)}(?![\\p{L}\\p{N}])`, 'giu')
