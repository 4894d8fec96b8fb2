import { isRecord } from '@ponte/contracts'
import {
  type ApiError,
  type ApiErrorEntry,
  MAX_DEPTH,
  readPlainText,
  readText,
  toApiError,
} from '../failures/api-error.ts'

/**
 * Reads an error body of TOTVS CRM: `{code,message,detailedMessage,details[]}` in any case, a list of them under `errors`, or text
 * (docs/vendors/totvs-crm.md#errors).
 */
export function readCrmError(body: unknown): ApiError {
  return toApiError(collect(body, 0))
}

function collect(node: unknown, depth: number): ApiErrorEntry[] {
  if (depth > MAX_DEPTH) return []
  if (typeof node === 'string') return readPlainText(node)
  if (Array.isArray(node)) return node.flatMap(item => collect(item, depth + 1))
  if (!isRecord(node)) return []

  const members = new Map(Object.entries(node).map(([name, value]) => [name.toLowerCase(), value]))
  const type = readText(members.get('code')) ?? readText(members.get('errorcode'))
  const words = ['message', 'detailedmessage', 'errormessage'].map(name => readText(members.get(name))).filter(Boolean)
  const message = [...new Set(words)].join(' ') || undefined
  const own = type === undefined && message === undefined ? [] : [{ type, message }]
  return [...own, ...['details', 'errors', 'error'].flatMap(name => collect(members.get(name), depth + 1))]
}
