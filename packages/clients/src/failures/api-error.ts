import { crmFlag, isRecord } from '@ponte/contracts'

/** Why an API refused a request: its error codes, and its messages with the field they are about. Not masked yet. */
export interface ApiError {
  readonly types: readonly string[]
  readonly message: string
}

/** One error of an API's answer. */
interface ApiErrorEntry {
  readonly type?: string | undefined
  readonly message?: string | undefined
  readonly path?: string | undefined
}

/** Deeper or longer than any known answer, to keep a hostile body from using up time. */
const MAX_DEPTH = 6
const MAX_ENTRIES = 20

/** `TYPE: message (path); TYPE: …` */
function toApiError(entries: readonly ApiErrorEntry[]): ApiError {
  const kept = entries.slice(0, MAX_ENTRIES)
  return {
    types: [...new Set(kept.flatMap(({ type }) => type ?? []))],
    message: kept.map(toText).filter(Boolean).join('; '),
  }
}

/** A text or number as trimmed text; undefined when it is empty or something else. */
const readText = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() || undefined : undefined

/** The text of a body that is not JSON, unless it is a web page. */
const readPlainText = (body: string): ApiErrorEntry[] =>
  body.trim() === '' || body.trimStart().startsWith('<') ? [] : [{ message: body.trim() }]

function toText({ type, message, path }: ApiErrorEntry): string {
  const words = [type, message].filter(Boolean).join(': ')
  return path === undefined ? words : `${words} (${path})`.trim()
}

/**
 * Whether the body of an answer with a 2xx status says that the request was refused. That is `success: false`, `errors`, `error`, or a code
 * with a message (docs/vendors/totvs-crm.md#errors). Names of members are compared without case. Not for the body of a record itself: an
 * opportunity has a `code`, and custom fields can have any name.
 */
export function isErrorBody(body: unknown): boolean {
  return Array.isArray(body) ? body.some(isError) : isError(body)
}

function isError(node: unknown): boolean {
  if (!isRecord(node)) return false
  const members = new Map(Object.entries(node).map(([name, value]) => [name.toLowerCase(), value]))
  const has = (...names: readonly string[]): boolean => names.some(name => isSomething(members.get(name)))
  const is = (name: string, words: RegExp): boolean => words.test(String(members.get(name)))
  const success = crmFlag.parse(members.get('success'))
  if (success === false || has('errors', 'error')) return true
  // With the record's id, or a word or number of success, a code or message is no error.
  const isDone = success === true || has('id') || is('type', notice) || ['code', 'errorcode'].some(name => is(name, ok))
  return !isDone && (has('errorcode', 'errormessage') || (has('message') && has('code', 'detailedmessage')))
}

/** Codes that mean success. */
const ok = /^(?:0{1,3}|2\d\d|ok|success|sucesso)$/i
/** Types of messages that are not errors. */
const notice = /^(?:success|sucesso|information|warning)$/i

/** False for an empty value, for one that holds only empty values, and for a word that means "no". */
function isSomething(value: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return true
  if (typeof value === 'object' && value !== null)
    return Object.values(value).some(item => isSomething(item, depth + 1))
  return Boolean(value) && crmFlag.parse(value) !== false
}

/** Reads an error body of RD Station, in any of its nine shapes (docs/vendors/rd-station.md#errors). */
export function readRdError(body: unknown): ApiError {
  return toApiError(typeof body === 'string' ? readPlainText(body) : collectRdErrors(body, undefined, 0))
}

/** How long the limit per contact lasts, or undefined when the error is another one (docs/vendors/rd-station.md#limit-per-contact). */
export function readLeadLimiter(body: unknown): { remainingSeconds: number | undefined } | undefined {
  if (!isRecord(body) || typeof body['error'] !== 'string' || !body['error'].includes('lead_limiter')) return undefined
  return { remainingSeconds: readRemainingSeconds(body) }
}

/** `remaining_time` of any of RD Station's limits. The limit of the account may come without a header. */
export function readRemainingSeconds(body: unknown): number | undefined {
  const remaining = isRecord(body) ? Number(body['remaining_time']) : Number.NaN
  return Number.isFinite(remaining) && remaining > 0 ? remaining : undefined
}

function collectRdErrors(node: unknown, path: string | undefined, depth: number): ApiErrorEntry[] {
  if (depth > MAX_DEPTH) return []
  if (typeof node === 'string') return node.trim() === '' ? [] : [{ message: node.trim(), path }]
  if (Array.isArray(node)) return node.flatMap(item => collectRdErrors(item, path, depth + 1))
  if (!isRecord(node)) return []

  const type = readText(node['error_type'])
  const message = readText(node['error_message'])
  if (type !== undefined || message !== undefined) return [{ type, message, path: readText(node['path']) ?? path }]
  if (depth === 0 && node['errors'] === undefined) return [readTopLevel(node)]

  return Object.entries(node).flatMap(([name, value]) => collectRdErrors(value, pathOf(name, path, depth), depth + 1))
}

/** `{error, error_description}` (OAuth), `{error, max, usage, remaining_time}` (limit per contact) or `{message}` (gateway). */
function readTopLevel(node: Record<string, unknown>): ApiErrorEntry {
  const error = readText(node['error'])
  const words = readText(node['error_description']) ?? readText(node['message'])
  return error !== undefined && /^\w+$/.test(error) ? { type: error, message: words } : { message: error ?? words }
}

/** The name of the field, without `errors` above it and the language below it (`{"errors":{"email":{"pt-BR":[…]}}}`). */
function pathOf(name: string, path: string | undefined, depth: number): string | undefined {
  if (depth === 0 && name === 'errors') return undefined
  return path !== undefined && /^[a-z]{2}(?:-[A-Z]{2})?$/.test(name) ? path : name
}

/**
 * Reads an error body of TOTVS CRM: `{code,message,detailedMessage,details[]}` in any case, a list of them under `errors`, or text
 * (docs/vendors/totvs-crm.md#errors).
 */
export function readCrmError(body: unknown): ApiError {
  return toApiError(collectCrmErrors(body, 0))
}

function collectCrmErrors(node: unknown, depth: number): ApiErrorEntry[] {
  if (depth > MAX_DEPTH) return []
  if (typeof node === 'string') return readPlainText(node)
  if (Array.isArray(node)) return node.flatMap(item => collectCrmErrors(item, depth + 1))
  if (!isRecord(node)) return []

  const members = new Map(Object.entries(node).map(([name, value]) => [name.toLowerCase(), value]))
  const type = readText(members.get('code')) ?? readText(members.get('errorcode'))
  const words = ['message', 'detailedmessage', 'errormessage'].map(name => readText(members.get(name))).filter(Boolean)
  const message = [...new Set(words)].join(' ') || undefined
  const own = type === undefined && message === undefined ? [] : [{ type, message }]
  return [...own, ...['details', 'errors', 'error'].flatMap(name => collectCrmErrors(members.get(name), depth + 1))]
}
