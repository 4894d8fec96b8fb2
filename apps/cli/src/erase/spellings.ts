/** Levels of encoding. The deepest known is a form that contains JSON that contains JSON. */
const ROUNDS = 4
const MAX_SPELLINGS = 16

/**
 * The text, and the same text with its escapes decoded: JSON in a string (`\u0040`, `\"`) and percent encoding (`%40`). An e-mail address
 * is found only in a form where no escape interrupts it.
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

/** By hand, because `replaceAll` with a callback takes seconds for half a million escapes. */
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

/** Line breaks and the like separate words. */
const plain = (escaped: string): string => ('bfnrt'.includes(escaped) ? ' ' : escaped)

const decodePercent = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-f]{2})+/gi, coded => {
    try {
      return decodeURIComponent(coded)
    } catch {
      return coded
    }
  })
