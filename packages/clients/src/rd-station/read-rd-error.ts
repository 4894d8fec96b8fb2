import {
  type ApiError,
  type Complaint,
  isRecord,
  MAX_DEPTH,
  readPlainText,
  readText,
  toApiError,
} from '../http/api-error.ts'

/** What an error of RD Station says, in any of the nine shapes of reference rd-station.md §7. */
export function readRdError(body: unknown): ApiError {
  return toApiError(typeof body === 'string' ? readPlainText(body) : collect(body, undefined, 0))
}

/** Seconds to wait because of the limit that RD Station keeps per contact (reference rd-station.md §5 (a)), if this is it. */
export function readLeadLimiter(body: unknown): { remainingSeconds: number | undefined } | undefined {
  if (!isRecord(body) || typeof body['error'] !== 'string' || !body['error'].includes('lead_limiter')) return undefined
  return { remainingSeconds: readRemainingSeconds(body) }
}

/** `remaining_time` of any of RD Station's limiters; the account's may come without a header that says it. */
export function readRemainingSeconds(body: unknown): number | undefined {
  const remaining = isRecord(body) ? Number(body['remaining_time']) : Number.NaN
  return Number.isFinite(remaining) && remaining > 0 ? remaining : undefined
}

function collect(node: unknown, path: string | undefined, depth: number): Complaint[] {
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

/** `{error, error_description}` (OAuth), `{error, max, usage, remaining_time}` (per contact) and `{message}` (gateway). */
function readTopLevel(node: Record<string, unknown>): Complaint {
  const error = readText(node['error'])
  const words = readText(node['error_description']) ?? readText(node['message'])
  return error !== undefined && /^\w+$/.test(error) ? { type: error, message: words } : { message: error ?? words }
}

/** The field's name, not `errors` around it nor the language below it (`{"errors":{"email":{"pt-BR":[…]}}}`). */
function pathOf(name: string, path: string | undefined, depth: number): string | undefined {
  if (depth === 0 && name === 'errors') return undefined
  return path !== undefined && /^[a-z]{2}(?:-[A-Z]{2})?$/.test(name) ? path : name
}
