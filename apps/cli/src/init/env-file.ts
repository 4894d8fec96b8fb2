/**
 * The text of a file such as `.env`, read and written so that docker compose, a shell (`set -a; . ./.env`) and `source` of any other tool
 * take the same value from it.
 */
const LINE = /^(?:export )?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/gm
/** A name without a value: nothing, empty quotes, or only a comment. */
const isEmpty = (value: string): boolean => /^(?:''|"")?$/.test(value.replace(/#.*/, '').trim())

/** The names that stand in the text, and whether each has a value. What is commented out does not stand there. */
export const namesIn = (text: string): ReadonlyMap<string, { readonly hasValue: boolean }> =>
  new Map([...text.matchAll(LINE)].map(([, name = '', value = '']) => [name, { hasValue: !isEmpty(value) }]))

export const hasValue = (text: string, name: string): boolean => namesIn(text).get(name)?.hasValue === true

/** The text with this value, unless the name has one already. The line stays where it is; a new one comes last. */
export function fillValue(text: string, name: string, value: string): string {
  const names = namesIn(text)
  if (names.get(name)?.hasValue === true) return text
  const line = `${name}=${value === '' ? '' : quote(value)}`
  if (!names.has(name)) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`
  return text.replaceAll(LINE, (whole, found: string) => (found === name ? line : whole))
}

/** Whether every reader takes the same from it: compose keeps the backslash before a backtick, which a shell needs there. */
export const canBeWritten = (value: string): boolean =>
  !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value) && !(value.includes("'") && value.includes('`'))

/** Nothing is special within single quotes, and they cannot hold one of their own. */
const quote = (value: string): string =>
  value.includes("'") ? `"${value.replaceAll(/["$\\]/g, String.raw`\$&`)}"` : `'${value}'`
