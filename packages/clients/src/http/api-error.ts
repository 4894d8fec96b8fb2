/** What an API said about why it refused: its codes, and its words with the place they are about. Not yet masked. */
export interface ApiError {
  readonly types: readonly string[]
  readonly message: string
}

/** One complaint of an API. */
export interface Complaint {
  readonly type?: string | undefined
  readonly message?: string | undefined
  readonly path?: string | undefined
}

/** Deeper or longer than any known answer; keeps a hostile body from costing time. */
export const MAX_DEPTH = 6
const MAX_COMPLAINTS = 20

/** `TYPE: words (path); TYPE: …` */
export function toApiError(complaints: readonly Complaint[]): ApiError {
  const kept = complaints.slice(0, MAX_COMPLAINTS)
  return {
    types: [...new Set(kept.flatMap(({ type }) => type ?? []))],
    message: kept.map(toText).filter(Boolean).join('; '),
  }
}

/** The members of an object, or nothing for everything else. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A text or number as text, empty ones as nothing. */
export const readText = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() || undefined : undefined

/** A body that is not JSON: its words, unless it is a web page. */
export const readPlainText = (body: string): Complaint[] =>
  body.trim() === '' || body.trimStart().startsWith('<') ? [] : [{ message: body.trim() }]

function toText({ type, message, path }: Complaint): string {
  const words = [type, message].filter(Boolean).join(': ')
  return path === undefined ? words : `${words} (${path})`.trim()
}
