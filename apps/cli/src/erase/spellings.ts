/** Text within text within text: a form that holds JSON that holds JSON is the deepest that is known. */
const ROUNDS = 4
const MAX_SPELLINGS = 16

/**
 * The text, and what it says without the escapes that it may be wrapped in: JSON inside a string (`\u0040`, `\"`) and percent
 * coding (`%40`). An address is found in them only where no escape runs into it.
 */
export function spellingsOf(text: string): readonly string[] {
  const found = new Set([text])
  let newest = [text]
  for (let round = 0; round < ROUNDS && found.size < MAX_SPELLINGS; round += 1) {
    newest = newest
      .flatMap(spelling => [unescapeJson(spelling), decodePercent(spelling)])
      .filter(next => !found.has(next))
    for (const next of newest) found.add(next)
  }
  return [...found]
}

/** By hand: a call for each of half a million escapes takes seconds. */
function unescapeJson(text: string): string {
  const parts: string[] = []
  let from = 0
  for (let at = text.indexOf('\\'); at !== -1 && at + 1 < text.length; at = text.indexOf('\\', from)) {
    const escaped = text.slice(at + 1, at + 6)
    const [letter = ''] = escaped
    const isCode = /^u[0-9a-f]{4}$/i.test(escaped)
    parts.push(
      text.slice(from, at),
      isCode ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16)) : plain(letter),
    )
    from = at + (isCode ? 6 : 2)
  }
  return from === 0 ? text : parts.join('') + text.slice(from)
}

/** A line break and the like end a word. */
const plain = (escaped: string): string => ('bfnrt'.includes(escaped) ? ' ' : escaped)

const decodePercent = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-f]{2})+/gi, coded => {
    try {
      return decodeURIComponent(coded)
    } catch {
      return coded
    }
  })
