import { crmFlag, isRecord } from '@ponte/contracts'
import { MAX_DEPTH } from './api-error.ts'

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
