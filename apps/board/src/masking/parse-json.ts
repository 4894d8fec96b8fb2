/** In characters. A longer body is not looked through on this thread: that would hold up every other page. */
export const MOST_PARSED = 64 * 1024

/** What a job holds as text; undefined when that is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
