import { isRecord } from '@ponte/contracts'
import {
  type ApiError,
  type ApiErrorEntry,
  MAX_DEPTH,
  readPlainText,
  readText,
  toApiError,
} from '../failures/api-error.ts'

/** Reads an error body of TOTVS CRM: `{code,message,detailedMessage,details[]}` in any case, or text (docs/vendors/totvs-crm.md#errors). */
export function readCrmError(body: unknown): ApiError {
  return toApiError(typeof body === 'string' ? readPlainText(body) : collect(body, 0))
}

function collect(node: unknown, depth: number): ApiErrorEntry[] {
  if (depth > MAX_DEPTH) return []
  if (Array.isArray(node)) return node.flatMap(item => collect(item, depth + 1))
  if (!isRecord(node)) return []

  const members = new Map(Object.entries(node).map(([name, value]) => [name.toLowerCase(), value]))
  const type = readText(members.get('code'))
  const words = [readText(members.get('message')), readText(members.get('detailedmessage'))].filter(Boolean)
  const message = [...new Set(words)].join(' ') || undefined
  const own = type === undefined && message === undefined ? [] : [{ type, message }]
  return [...own, ...collect(members.get('details'), depth + 1)]
}
