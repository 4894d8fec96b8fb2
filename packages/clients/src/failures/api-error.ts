/** Why an API refused a request: its error codes, and its messages with the field they are about. Not masked yet. */
export interface ApiError {
  readonly types: readonly string[]
  readonly message: string
}

/** One error of an API's answer. */
export interface ApiErrorEntry {
  readonly type?: string | undefined
  readonly message?: string | undefined
  readonly path?: string | undefined
}

/** Deeper or longer than any known answer, to keep a hostile body from using up time. */
export const MAX_DEPTH = 6
const MAX_ENTRIES = 20

/** `TYPE: message (path); TYPE: …` */
export function toApiError(entries: readonly ApiErrorEntry[]): ApiError {
  const kept = entries.slice(0, MAX_ENTRIES)
  return {
    types: [...new Set(kept.flatMap(({ type }) => type ?? []))],
    message: kept.map(toText).filter(Boolean).join('; '),
  }
}

/** A text or number as trimmed text; undefined when it is empty or something else. */
export const readText = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() || undefined : undefined

/** The text of a body that is not JSON, unless it is a web page. */
export const readPlainText = (body: string): ApiErrorEntry[] =>
  body.trim() === '' || body.trimStart().startsWith('<') ? [] : [{ message: body.trim() }]

function toText({ type, message, path }: ApiErrorEntry): string {
  const words = [type, message].filter(Boolean).join(': ')
  return path === undefined ? words : `${words} (${path})`.trim()
}
