import { isRecord } from '@ponte/contracts'
import {
  type ApiError,
  type ApiErrorEntry,
  MAX_DEPTH,
  readPlainText,
  readText,
  toApiError,
} from '../failures/api-error.ts'

/** Reads an error body of RD Station, in any of its nine shapes (docs/vendors/rd-station.md#errors). */
export function readRdError(body: unknown): ApiError {
  return toApiError(typeof body === 'string' ? readPlainText(body) : collect(body, undefined, 0))
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

function collect(node: unknown, path: string | undefined, depth: number): ApiErrorEntry[] {
  if (depth > MAX_DEPTH) return []
  if (typeof node === 'string') return node.trim() === '' ? [] : [{ message: node.trim(), path }]
  if (Array.isArray(node)) return node.flatMap(item => collect(item, path, depth + 1))
  if (!isRecord(node)) return []

  const type = readText(node['error_type'])
  const message = readText(node['error_message'])
  if (type !== undefined || message !== undefined) return [{ type, message, path: readText(node['path']) ?? path }]
  if (depth === 0 && node['errors'] === undefined) return [readTopLevel(node)]

  return Object.entries(node).flatMap(([name, value]) => collect(value, pathOf(name, path, depth), depth + 1))
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
