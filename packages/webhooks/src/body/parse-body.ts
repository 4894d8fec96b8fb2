import { parseForeignJson } from './parse-foreign-json.ts'
import { type Message, message } from '@ponte/contracts'

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
