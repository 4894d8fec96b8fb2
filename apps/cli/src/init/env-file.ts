import { parseEnvFile } from '@ponte/runtime'

/** What a value refers to may be set elsewhere: it is no missing value. */
const entriesOf = (text: string) => parseEnvFile(text, { lookup: () => 'set elsewhere' })

/** The names that stand in the text, and whether each has a value. What is commented out does not stand there. */
export const namesIn = (text: string): ReadonlyMap<string, { readonly hasValue: boolean }> =>
  new Map(entriesOf(text).map(({ name, value }) => [name, { hasValue: value !== '' }]))

export const hasValue = (text: string, name: string): boolean => namesIn(text).get(name)?.hasValue === true

export const valueIn = (text: string, name: string): string | undefined =>
  parseEnvFile(text).find(entry => entry.name === name)?.value

/** The text with this value, unless the name has one already. The line stays where it is; a new one comes last. */
export function fillValue(text: string, name: string, value: string): string {
  const found = entriesOf(text).find(entry => entry.name === name)
  if (found !== undefined && found.value !== '') return text
  const line = `${name}=${value === '' ? '' : quote(value)}`
  if (found === undefined) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`
  return `${text.slice(0, found.start)}${line}${text.slice(found.end)}`
}

/** A line break would be read as it is, and nobody would see it. */
export const canBeWritten = (value: string): boolean => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)

/** Nothing is special within single quotes but a quote, and a backslash before one. */
const quote = (value: string): string =>
  /['\\]/.test(value) ? `"${value.replaceAll(/["$\\]/g, String.raw`\$&`)}"` : `'${value}'`
