import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '@ponte/contracts'
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
} from 'yaml'

/** A text, or a small record of texts. */
export type YamlValue = string | { readonly [name: string]: YamlValue }

export interface YamlChange {
  readonly path: readonly string[]
  readonly value: YamlValue
  /** Written only where the file has no value yet. */
  readonly isDefault?: boolean
}

/**
 * Sets values in a YAML or JSON text. All other characters stay as they are: comments, anchors, quotes, line ends. A missing part of a path
 * is added at the end of its map. A value that is an alias gets a value of its own, and what the alias names stays. Undefined when only more
 * than these values could be changed, for example because the section is the target of another alias.
 */
export function editYaml(text: string, changes: readonly YamlChange[]): string | undefined {
  const before = contentOf(text)
  if (before === undefined) return undefined
  const wanted = changes.filter(({ path, isDefault }) => isDefault !== true || isMissing(before.content, path))
  const edited = wanted.reduce(setValue, text)
  const expected = wanted.reduce<unknown>((value, change) => withValue(value, change), before.content)
  return isDeepStrictEqual(contentOf(edited)?.content, expected) ? edited : undefined
}

/** Undefined when the text cannot be parsed. */
function contentOf(text: string): { readonly content: unknown } | undefined {
  const document = parseDocument(text, { logLevel: 'error' })
  return document.errors.length > 0 ? undefined : { content: document.toJS() }
}

function isMissing(root: unknown, path: readonly string[]): boolean {
  const value = path.reduce<unknown>((each, name) => (isRecord(each) ? each[name] : undefined), root)
  return value === undefined || value === null || value === ''
}

const withValue = (root: unknown, { path: [name, ...rest], value }: YamlChange): unknown =>
  name === undefined
    ? value
    : { ...(isRecord(root) && root), [name]: withValue(isRecord(root) ? root[name] : undefined, { path: rest, value }) }

function setValue(text: string, { path, value }: YamlChange): string {
  const document = parseDocument(text, { logLevel: 'error' })
  let map: unknown = document.contents
  for (const [depth, name] of path.entries()) {
    // Not a map: the text stays, and the comparison at the end finds that.
    if (!isMap(map)) return text
    const rest = path.slice(depth + 1)
    const pair = map.items.find(({ key }) => isScalar(key) && key.value === name)
    if (pair === undefined) return addPair(text, map, name, withValue(undefined, { path: rest, value }))
    const old = pair.value
    if (rest.length === 0 && isRecord(value) && isMap(old))
      return Object.entries(value).reduce(
        (each, [member, own]) => setValue(each, { path: [...path, member], value: own }),
        text,
      )
    if (rest.length === 0 && isNode(old) && isDeepStrictEqual(old.toJS(document), value)) return text
    if (isAlias(old) || rest.length === 0 || isNothing(old))
      return replaceValue(text, { map, pair, value: withValue(valueOf(old, document), { path: rest, value }) })
    map = old
  }
  return text
}

const valueOf = (node: unknown, document: Document): unknown => (isAlias(node) ? node.toJS(document) : undefined)

const isNothing = (node: unknown): boolean => node === null || (isScalar(node) && node.value === null)

function replaceValue(text: string, { map, pair, value }: { map: YAMLMap; pair: Pair; value: unknown }): string {
  const [start, after] = rangeOf(pair.value) ?? [0, 0]
  // A text of several lines ends with the end of its last line.
  const end = start + text.slice(start, after).trimEnd().length
  if (start < end) {
    const quotes = isScalar(pair.value) ? pair.value.type : undefined
    return splice(text, start, end, map.flow === true ? JSON.stringify(value) : toYamlLine(value, quotes))
  }
  const colon = text.indexOf(':', endOf(pair.key))
  if (map.flow !== true && isRecord(value)) {
    const indent = columnOf(text, rangeOf(pair.key)?.[0] ?? 0)
    return insertLines(text, colon, blockLines(value, indent + STEP))
  }
  return splice(text, colon + 1, colon + 1, ` ${map.flow === true ? JSON.stringify(value) : toYamlLine(value)}`)
}

function addPair(text: string, map: YAMLMap, name: string, value: unknown): string {
  const first = rangeOf(map.items[0]?.key)?.[0]
  const last = map.items.at(-1)
  if (map.flow !== true && first !== undefined) {
    const end = lastCharacterOf(text, last)
    return insertLines(text, end, blockLines({ [name]: value }, columnOf(text, first)))
  }
  const added = `${JSON.stringify(name)}: ${JSON.stringify(value)}`
  const open = rangeOf(map)?.[0] ?? 0
  if (last === undefined) return splice(text, open + 1, open + 1, added)
  const key = rangeOf(last.key)?.[0] ?? 0
  const before = text.slice(text.lastIndexOf('\n', key) + 1, key)
  const isOnOwnLine = text.slice(open, key).includes('\n') && before.trim() === ''
  const end = rangeOf(last.value)?.[1] ?? endOf(last.key)
  return splice(text, end, end, `,${isOnOwnLine ? lineEndOf(text) + before : ' '}${added}`)
}

const STEP = 2

/** A value within its line, in the quotes that are there. */
export function toYamlLine(value: unknown, quotes?: string | null): string {
  const defaultStringType = quotes === 'QUOTE_DOUBLE' || quotes === 'QUOTE_SINGLE' ? quotes : 'PLAIN'
  const lines = stringify(value, { lineWidth: 0, collectionStyle: 'flow', defaultKeyType: 'PLAIN', defaultStringType })
  const line = lines.slice(0, -1)
  // A text with line breaks would take several lines, even one of nothing else.
  return line.includes('\n') ? JSON.stringify(value) : line
}

/** Each member in a line of its own; a record of texts alone within its line. */
function blockLines(record: Readonly<Record<string, unknown>>, indent: number): string[] {
  const space = ' '.repeat(indent)
  return Object.entries(record).flatMap(([name, value]) =>
    isRecord(value) && indent < STEP * MAX_BLOCKS
      ? [`${space}${name}:`, ...blockLines(value, indent + STEP)]
      : [`${space}${name}: ${toYamlLine(value)}`],
  )
}

/** What is deeper in a tenants file is as short as `{ service: …, resource: …, version: … }`. */
const MAX_BLOCKS = 4

/** Adds lines after the line in which the character stands. */
function insertLines(text: string, at: number, lines: readonly string[]): string {
  const end = lineEndOf(text)
  const next = text.indexOf('\n', at)
  if (next < 0) return `${text}${end}${lines.join(end)}`
  return splice(text, next + 1, next + 1, lines.map(line => line + end).join(''))
}

const lineEndOf = (text: string): string => (/\r\n/.test(text) ? '\r\n' : '\n')

/** The last character that belongs to the pair. What follows in its line is a comment. */
function lastCharacterOf(text: string, pair: Pair | undefined): number {
  let value = pair?.value
  while (isSeq(value) && value.flow !== true && value.items.length > 0) value = value.items.at(-1)
  if (isMap(value) && value.flow !== true && value.items.length > 0) return lastCharacterOf(text, value.items.at(-1))
  const [start, end] = rangeOf(value) ?? [0, 0]
  return start < end ? end - 1 : text.indexOf(':', endOf(pair?.key))
}

const endOf = (node: unknown): number => rangeOf(node)?.[1] ?? 0

function rangeOf(node: unknown): readonly [start: number, end: number] | undefined {
  const range = isRecord(node) && Array.isArray(node['range']) ? node['range'].map(Number) : []
  const [start, end] = range
  return start === undefined || end === undefined ? undefined : [start, end]
}

const columnOf = (text: string, at: number): number => at - (text.lastIndexOf('\n', at - 1) + 1)

const splice = (text: string, start: number, end: number, by: string): string =>
  text.slice(0, start) + by + text.slice(end)

/** Parses YAML. A failure carries no text, because the messages of the parser quote the line, and with it secrets. */
export function parseYaml(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  const document = parseDocument(text)
  return document.errors.length > 0 ? { ok: false } : { ok: true, value: document.toJS() }
}
