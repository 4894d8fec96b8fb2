import { type Message, message, isRecord } from '@ponte/contracts'
import secureJson from 'secure-json-parse'

export type ParsedBody =
  | { readonly ok: true; readonly body: unknown; readonly empty: boolean }
  | { readonly ok: false; readonly code: 'BODY_NOT_JSON'; readonly issues: Message[] }

const REPLACEMENT = '\uFFFD'

/**
 * The bytes of a webhook as a value. Never throws, whatever the bytes are.
 *
 * - A body of no bytes or of white space is `empty`, with `body` undefined.
 * - A form (`application/x-www-form-urlencoded`) whose field `leads` holds JSON becomes `{leads}`: relays send that.
 *   A form without it becomes `{form}`, which no parser of deliveries understands. JSON that only claims to be a form
 *   (what `curl -d` sends) is read as JSON.
 */
export function parseBody(bytes: Buffer, { form }: { form: boolean }): ParsedBody {
  const text = decodeUtf8(bytes)
  if (text === undefined) return notJson(message('not-utf8', { path: 'the body' }))
  if (text.trim() === '') return { ok: true, body: undefined, empty: true }
  const parsed = parseForeignJson(text, 'the body')
  if (parsed.ok) return { ok: true, body: parsed.value, empty: false }
  return form ? parseForm(text) : notJson(parsed.issue)
}

function parseForm(text: string): ParsedBody {
  const fields = new URLSearchParams(text.trim())
  const leads = fields.get('leads')
  if (leads === null) return { ok: true, body: { form: [...fields] }, empty: false }
  if (leads.includes(REPLACEMENT) && !/\uFFFD|%EF%BF%BD/i.test(text))
    return notJson(message('not-utf8', { path: 'leads' }))
  if (leads.trim() === '') return { ok: true, body: { leads: null }, empty: false }
  const parsed = parseForeignJson(leads, 'leads')
  return parsed.ok ? { ok: true, body: { leads: parsed.value }, empty: false } : notJson(parsed.issue)
}

/** Also removes the byte order mark. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

const notJson = (issue: Message): ParsedBody => ({ ok: false, code: 'BODY_NOT_JSON', issues: [issue] })

export type JsonRecord = Readonly<Record<string, unknown>>
export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issue: Message }

/** Bodies of both systems nest fewer than ten levels. Code that walks a value by recursion can handle this many. */
const MAX_DEPTH = 100

/**
 * Parses JSON text from outside and makes it harmless: bounded depth, no `__proto__` key, no `constructor.prototype`. Never throws. The
 * issue says where the mistake is and quotes nothing, although the messages of `JSON.parse` do.
 */
export function parseForeignJson(text: string, path: string): ParsedJson {
  if (nestsTooDeep(text)) return { ok: false, issue: message('too-deep', { path, levels: MAX_DEPTH }) }
  try {
    const value: unknown = secureJson.parse(text, { protoAction: 'remove', constructorAction: 'remove' })
    return { ok: true, value }
  } catch (error) {
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined
    const issue = position ? message('not-json-at', { path, position }) : message('not-json', { path })
    return { ok: false, issue }
  }
}

/** Relays encode JSON twice by a mistake in a template. More encodings do not occur. */
const MAX_ENCODINGS = 3

/** A value, or the value of its JSON text; null for an empty text. */
export function readDocument(value: unknown, path: string): ParsedJson {
  let read: ParsedJson = { ok: true, value }
  for (let encodings = 0; read.ok && typeof read.value === 'string' && encodings < MAX_ENCODINGS; encodings++)
    read = read.value.trim() === '' ? { ok: true, value: null } : parseForeignJson(read.value, path)
  return read
}

/** An object, or the JSON text of one: RD Station sends `conversion_payload` as text (docs/vendors/rd-station.md#answers-of-forms). */
export function readRecord(value: unknown): JsonRecord | undefined {
  if (isRecord(value)) return value
  if (typeof value !== 'string' || !/^\s*\{/.test(value)) return undefined
  const parsed = parseForeignJson(value, 'the text')
  return parsed.ok && isRecord(parsed.value) ? parsed.value : undefined
}

/** Counts brackets outside of strings. Text that is not JSON may count wrongly; it is refused by the parser anyway. */
function nestsTooDeep(text: string): boolean {
  // True for nearly every body: so few brackets cannot nest too deep. Counting them is many times faster than telling strings apart.
  if (countUpTo(MAX_DEPTH + 1, '{', text) + countUpTo(MAX_DEPTH + 1, '[', text) <= MAX_DEPTH) return false
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index)
    if (inString) {
      if (character === BACKSLASH) index++
      else if (character === QUOTE) inString = false
      continue
    }
    if (character === QUOTE) inString = true
    else if (character === OPEN_LIST || character === OPEN_OBJECT) depth++
    else if (character === CLOSE_LIST || character === CLOSE_OBJECT) depth--
    if (depth > MAX_DEPTH) return true
  }
  return false
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

function countUpTo(most: number, character: string, text: string): number {
  let count = 0
  for (let at = text.indexOf(character); at !== -1 && count < most; at = text.indexOf(character, at + 1)) count++
  return count
}

/**
 * Whether a JSON value holds more members than `most`: members of objects, and objects and lists in lists, counted together. Without
 * recursion, so that deep nesting cannot overflow the stack.
 */
export function hasMoreMembers(root: unknown, most: number): boolean {
  let members = 0
  const open: unknown[] = [root]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue
    const isList = Array.isArray(value)
    const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
    if (!isList) members += inner.length
    for (const item of inner) {
      if (members > most) return true
      if (typeof item !== 'object' || item === null) continue
      if (isList) members++
      open.push(item)
    }
  }
  return members > most
}
