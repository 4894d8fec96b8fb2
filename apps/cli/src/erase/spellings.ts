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

const unescapeJson = (text: string): string =>
  text.includes('\\')
    ? text.replaceAll(/\\(?:u([0-9a-f]{4})|([^]))/gi, (_whole, hex: string | undefined, character: string) =>
        hex === undefined
          ? /[bfnrt]/.test(character)
            ? ' '
            : character
          : String.fromCharCode(Number.parseInt(hex, 16)),
      )
    : text

const decodePercent = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-f]{2})+/gi, coded => {
    try {
      return decodeURIComponent(coded)
    } catch {
      return coded
    }
  })
