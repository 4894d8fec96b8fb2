/** A name in a file such as `.env`. */
export interface EnvEntry {
  readonly name: string
  /** Undefined for a name that stands alone and that the environment does not have. */
  readonly value: string | undefined
  /** The first is 1. */
  readonly line: number
  /** Where its statement stands in the text. */
  readonly start: number
  readonly end: number
}

/** What keeps a file from being read. */
export type EnvProblem = keyof typeof sentences
const sentences = {
  statement: () => 'this is not NAME=value',
  quote: (name: string) => `the quote of ${name} has no end`,
  twice: (name: string) => `${name} is set twice`,
  braces: () => 'what stands in ${…} cannot be replaced; in single quotes it stays as it is',
  missing: (name: string) => `it needs a value for ${name}`,
}

/** The message names no value. */
export class EnvFileError extends Error {
  readonly line: number
  readonly problem: EnvProblem
  /** Of whom it speaks; empty where the line has no name. */
  readonly variable: string
  constructor(line: number, problem: EnvProblem, variable = '') {
    super(sentences[problem](variable))
    this.name = 'EnvFileError'
    this.line = line
    this.problem = problem
    this.variable = variable
  }
}

export type Lookup = (name: string) => string | undefined

const between = /\s+|#[^\n]*/y
const exported = /export\s+/y
const nameAndSign = /([\p{L}\p{N}_.[\]-]+)[^\S\n]*(?:([=:])[^\S\n]*|(?=\n|$))/uy
const quoted = { '"': /"((?:[^"\\]|\\[^])*)"/y, "'": /'((?:[^'\\]|\\[^])*)'/y }
const restOfLine = /[^\n]*/y

/**
 * Reads the text as Docker Compose does (compose-go, `dotenv`), so that a file means the same with Docker and without; no shell reads it.
 * Throws EnvFileError for what Compose refuses, and for a name that is set twice. `lookup`: what the environment has; it goes before the text
 * where a value refers to a name. `onUnset`: a value refers to a name that nobody set, and is read as if it were empty.
 */
export function parseEnvFile(
  text: string,
  { lookup = () => undefined, onUnset }: { lookup?: Lookup; onUnset?: (name: string, line: number) => void } = {},
): readonly EnvEntry[] {
  const entries = new Map<string, EnvEntry>()
  let at = text.startsWith('\uFEFF') ? 1 : 0
  let line = 1
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text) ?? undefined
    at += found?.[0].length ?? 0
    line += (found?.[0].split('\n').length ?? 1) - 1
    return found
  }
  const expand = (value: string, from: number): string =>
    expandNames(value, {
      find: name => lookup(name) ?? entries.get(name)?.value,
      onUnset: name => onUnset?.(name, from),
      refuse: (problem, of) => new EnvFileError(from, problem, of),
    })
  const takeValue = (name: string): string => {
    const from = line
    const quote = text[at]
    if (quote !== '"' && quote !== "'") {
      const [bare = ''] = take(restOfLine) ?? []
      return expand(bare.split(' #', 1).join('').trimEnd(), from)
    }
    const found = take(quoted[quote])
    if (found === undefined) throw new EnvFileError(from, 'quote', name)
    const value = (found[1] ?? '').replaceAll(/\\([^])/g, (both, next: string) => (next === quote ? quote : both))
    return quote === '"' ? expand(expandEscapes(value), from) : value
  }

  for (;;) {
    while (take(between) !== undefined);
    if (at === text.length) return [...entries.values()]
    const start = at
    const from = line
    take(exported)
    const [, name, sign] = take(nameAndSign) ?? []
    if (name === undefined) throw new EnvFileError(from, 'statement')
    if (entries.has(name)) throw new EnvFileError(from, 'twice', name)
    const value = sign === undefined ? lookup(name) : takeValue(name)
    entries.set(name, { name, value, line: from, start, end: at })
  }
}

const escapes: Readonly<Record<string, string>> = {
  ...{ a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '"': '"' },
  // A dollar that stands for itself.
  $: '$$',
}

/** What Go has no character for stays as it is. */
const expandEscapes = (value: string): string =>
  value.replaceAll(/\\(?:([abcfnrtv$"\\])|0([0-7]{3})|0\d{0,3})/g, (whole, letter?: string, octal?: string) => {
    const code = Number.parseInt(octal ?? '', 8)
    return letter === undefined ? (code <= 255 ? String.fromCharCode(code) : whole) : (escapes[letter] ?? whole)
  })

interface Names {
  readonly find: Lookup
  readonly onUnset: (name: string) => void
  readonly refuse: (problem: EnvProblem, variable?: string) => Error
}

const dollar = /\$(?:(\$)|([a-z_]\w*)|(\{))/gi
const braced = /^([a-z_]\w*)(?:(:?[-+?])([^]*))?$/i

/** `$NAME`, `${NAME}`, `${NAME:-default}` and its relatives, and `$$` for a dollar. */
function expandNames(value: string, names: Names): string {
  let expanded = ''
  let from = 0
  for (const found of value.matchAll(dollar)) {
    if (found.index < from) continue
    const [whole, isEscaped, name, isBraced] = found
    expanded += value.slice(from, found.index)
    from = found.index + whole.length
    if (isEscaped !== undefined) expanded += '$'
    if (name !== undefined) expanded += valueOf(name, names)
    if (isBraced === undefined) continue
    const end = endOfBraces(value, from)
    if (end === undefined) throw names.refuse('braces')
    expanded += expandBraced(value.slice(from, end), names)
    from = end + 1
  }
  return expanded + value.slice(from)
}

function valueOf(name: string, { find, onUnset }: Names): string {
  const value = find(name)
  if (value === undefined) onUnset(name)
  return value ?? ''
}

function endOfBraces(value: string, from: number): number | undefined {
  let depth = 1
  for (let at = from; at < value.length; at += 1) {
    if (value[at] === '{') depth += 1
    if (value[at] === '}') depth -= 1
    if (depth === 0) return at
  }
  return undefined
}

function expandBraced(inner: string, names: Names): string {
  const [, name, operator, word = ''] = braced.exec(inner) ?? []
  if (name === undefined) throw names.refuse('braces')
  if (operator === undefined) return valueOf(name, names)
  const value = names.find(name)
  const isThere = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined
  if (operator.endsWith('+')) return isThere ? expandNames(word, names) : (value ?? '')
  if (isThere) return value ?? ''
  if (operator.endsWith('?')) throw names.refuse('missing', name)
  return expandNames(word, names)
}
