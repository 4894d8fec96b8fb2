import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  isRecord,
  isTenantName,
  type SecretPart,
  type SecretPlace,
  secretPlaces,
  type TenantSettings,
  tenantsFile,
  type CrmVariables,
  sampleVariables,
} from '@ponte/contracts'
import { z } from 'zod'
import { ConfigurationError } from '../settings/configuration-error.ts'
import { type ProblemLanguage, problemWords, wordsOfLibrary } from '../settings/problem-words.ts'
import { holdsReference, referenceIn, type ReferenceProblem, resolveReferences } from '../settings/secret-reference.ts'
import { findRuleProblems } from './rule-problems.ts'
import { markOf } from './file-marks.ts'
import { lineOf, placeOf, problemsOfSchema } from './schema-problems.ts'
import { isInShard, type Shard } from '../settings/shard.ts'
import { findUnsafeSettings } from './unsafe-settings.ts'
import { parseDocument } from 'yaml'

/** Errors show neither the library's message nor the line, because both may hold a secret. */
function readYaml(yaml: string, language: ProblemLanguage): unknown {
  const words = problemWords[language]
  const document = parseDocument(yaml, { logLevel: 'error' })
  // Only the first error, because those that follow are mostly its consequences.
  const [first] = document.errors
  if (first === undefined) {
    try {
      return document.toJS()
    } catch {
      throw new ConfigurationError([`${words.file}: ${words.aliasUnreadable}`])
    }
  }
  const at = pastEmptyLines(yaml, first.linePos?.[0])
  const bare = /[{,]\s*[\w-]+:\s*\$\{/.test(yaml)
  throw new ConfigurationError([
    `${words.file}: ${words.yamlUnreadable({ ...at, code: first.code })}`,
    ...(bare ? [words.bareVariable] : []),
  ])
}

/** The parser counts empty lines and comments to what follows them, and so names the first of these. */
function pastEmptyLines(yaml: string, at = { line: 0, col: 0 }): { readonly line: number; readonly column: number } {
  const lines = yaml.split('\n')
  const holdsNothing = (text: string): boolean => text.trim() === '' || text.trimStart().startsWith('#')
  const line = lines.findIndex((text, index) => index + 1 >= at.line && !holdsNothing(text)) + 1
  if (line === at.line || line === 0) return { line: at.line, column: at.col }
  const text = lines[line - 1] ?? ''
  return { line, column: text.length - text.trimStart().length + 1 }
}

/** The variables of each tenant that nobody knows yet, each with an empty text. */
type EmptyVariables = ReadonlyMap<string, Partial<CrmVariables>>

/**
 * A tenants file in which no variable is empty, so that the schema takes it, and the variables that were. A default user that is missing
 * counts as empty too, because it has no sample value.
 */
function fillEmptyVariables(file: unknown): { readonly filled: unknown; readonly empty: EmptyVariables } {
  const empty = new Map<string, Partial<CrmVariables>>()
  if (!isRecord(file) || !isRecord(file['tenants'])) return { filled: file, empty }
  const tenants = Object.entries(file['tenants']).map(([name, tenant]) => {
    const given = isRecord(tenant) ? (tenant['variables'] ?? {}) : undefined
    if (!isRecord(tenant) || !isRecord(given)) return [name, tenant]
    const isEmpty = (variable: string): boolean =>
      given[variable] === '' || (given[variable] ?? null) === null
        ? Object.hasOwn(given, variable) || variable === 'totvs_crm_default_user'
        : false
    const names = Object.keys(sampleVariables).filter(isEmpty)
    empty.set(name, Object.fromEntries(names.map(variable => [variable, ''])))
    const samples = Object.fromEntries(Object.entries(sampleVariables).filter(([variable]) => names.includes(variable)))
    return [name, { ...tenant, variables: { ...given, ...samples } }]
  })
  return { filled: { ...file, tenants: Object.fromEntries(tenants) }, empty }
}

/** One company's connection: its name and its settings. */
export interface Tenant {
  readonly name: string
  readonly settings: TenantSettings
  /** The secrets that the process would use but did not get. */
  readonly lacks?: readonly SecretPart[]
  /** What the tenants file refers to for the webhook token of each source: `ACME_CRM_WEBHOOK_TOKEN`, or the path of a file. */
  readonly tokenNames?: TokenNames
  /** Another one when its tenants file is another, or was written to (`markOf`). Absent when the settings are from no file. */
  readonly fileMark?: string
  /** A hash of what its tenants file holds. Absent when the settings are from no file. */
  readonly fileHash?: string
  /** When this process read the settings, by `performance.now`. Absent when that was at its start. */
  readonly readAt?: number
  /** Another one whenever the settings or a secret is another. Absent when the settings are from no file. */
  readonly version?: string
}

/** A tenant whose secrets can all be read, as one thread hands it to another. `locked`: those that the process does not read. */
export interface UnlockedTenant extends Tenant {
  readonly locked: readonly SecretPlace[]
}

type TokenNames = Readonly<Partial<Record<keyof TenantSettings['webhookTokens'], string | undefined>>>

/** The secrets of tenants that a process reads. */
export interface SecretUse {
  readonly uses: readonly SecretPart[]
  /** The secrets of `uses` without which the process starts all the same. */
  readonly optional?: readonly SecretPart[]
  /** Of the tenants that are not in this shard, no secret is read. Default: all are. */
  readonly shard?: Shard | undefined
  /** For the commands that find the variables or say that they are not known: a variable may be empty then. */
  readonly allowsEmptyVariables?: boolean
}

const usesAll: SecretUse = { uses: secretPlaces.map(({ part }) => part) }

/** Reads, completes from the environment and checks the tenants file. Throws ConfigurationError with every problem. */
export const readTenantsFile = async (...file: Parameters<typeof readUnlocked>): Promise<readonly Tenant[]> =>
  (await readUnlocked(...file)).map(lockTenant)

/** Does the same, and leaves it to the caller to lock the secrets that this process does not use. */
export async function readUnlocked(
  path: string,
  env: NodeJS.ProcessEnv,
  language: ProblemLanguage = 'en',
  use: SecretUse = usesAll,
): Promise<readonly UnlockedTenant[]> {
  let [text, fileMark] = ['', '']
  try {
    // First: a change in between then counts as newer.
    fileMark = markOf(path)
    text = await readFile(path, 'utf8')
  } catch {
    throw new ConfigurationError([`PONTE_CONFIG: ${problemWords[language].fileUnreadable(path)}`])
  }
  const fileHash = hash('sha256', text)
  return parseUnlocked(text, env, language, use).map(tenant => ({ ...tenant, fileMark, fileHash }))
}

/**
 * Does the same for a text. `${NAME}` inside a secret is taken from the environment, `${file:/path}` from a file. Of the secrets, only those
 * that the process `uses` are read.
 */
export const parseTenants = (...text: Parameters<typeof parseUnlocked>): readonly Tenant[] =>
  parseUnlocked(...text).map(lockTenant)

function parseUnlocked(
  yaml: string,
  env: NodeJS.ProcessEnv,
  language: ProblemLanguage = 'en',
  { uses, optional = [], shard, allowsEmptyVariables = false }: SecretUse = usesAll,
): readonly UnlockedTenant[] {
  const words = problemWords[language]
  const content = readYaml(yaml, language)

  const problems: string[] = []
  const lacking: { readonly tenant: string; readonly part: SecretPart }[] = []
  const isOptional = ({ part }: SecretPlace): boolean => optional.includes(part)
  const onProblem: Filling['onProblem'] = (path, problem) => {
    const place = placeAt(path)
    if (place !== undefined && isOptional(place))
      return void lacking.push({ tenant: String(path[1]), part: place.part })
    problems.push(`${placeOf(path)}: ${wordsOf(problem, language)}`)
  }
  const unusedOf = (tenant: string): readonly SecretPlace[] => unusedPlaces(isInShard(tenant, shard) ? uses : [])
  const isUsed: Filling['isUsed'] = (tenant, place) => !unusedOf(tenant).includes(place)
  const given = fill(content, [], { env, isUsed, isOptional, onProblem })
  const { filled, empty } = allowsEmptyVariables ? fillEmptyVariables(given) : { filled: given, empty: undefined }
  const parsed = tenantsFile.safeParse(filled, wordsOfLibrary(language))
  // Only one sentence for each place. That a variable is not set says more than that its value is missing.
  const covered = new Set(problems.map(placeOfLine))
  for (const found of [
    findRuleProblems(filled, language),
    problemsOfSchema(parsed.error?.issues ?? [], content, language),
  ]) {
    const lines = found.map(problem => lineOf(problem, language)).filter(line => !covered.has(placeOfLine(line)))
    problems.push(...lines)
    for (const line of lines) covered.add(placeOfLine(line))
  }
  problems.push(...findUnsafeSettings(filled, language))
  problems.push(...misnamed(filled).map(name => `tenants.${name}: ${words.tenantName}`))
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(problems)
  const tokenNames = tokenNamesIn(content)
  return Object.entries(parsed.data.tenants).map(([name, settings]) => {
    const lacks = optional.filter(part => lacking.some(each => each.tenant === name && each.part === part))
    Object.assign(settings.variables, empty?.get(name))
    const locked = [...unusedOf(name), ...secretPlaces.filter(({ part }) => lacks.includes(part))]
    const tenant = { name, settings, tokenNames: tokenNames[name] ?? {}, ...(lacks.length > 0 && { lacks }), locked }
    return { ...tenant, version: hash('sha256', JSON.stringify(tenant)) }
  })
}

/** Of a list of tokens the first one: the others are on their way out. A token that stands in the file itself has no name. */
const firstToken = z.union([z.string(), z.array(z.string()).transform(([first = '']) => first)])
const token = firstToken.transform(referenceIn)
const tokens = z
  .object({ webhookTokens: z.object({ rdStation: token, totvsCrm: token }) })
  .transform(({ webhookTokens }): TokenNames => webhookTokens)
  .catch({})
const tokensOfAll = z.object({ tenants: z.record(z.string(), tokens) }).transform(({ tenants }) => tenants)
const tokenNamesIn = (content: unknown): Readonly<Record<string, TokenNames>> =>
  tokensOfAll.safeParse(content).data ?? {}

function wordsOf(problem: ReferenceProblem | 'elsewhere', language: ProblemLanguage): string {
  const words = problemWords[language]
  if (problem === 'elsewhere') return words.referenceElsewhere
  return 'file' in problem ? words.secretFileUnreadable(problem.file) : words.variableNotSet(problem.variable)
}

const placeOfLine = (line: string): string => line.slice(0, line.indexOf(': '))

/** Finds names that a tenant may not have. If the schema checked names, it would not look inside such a tenant. */
function misnamed(file: unknown): string[] {
  const parsed = z.looseObject({ tenants: z.record(z.string(), z.unknown()) }).safeParse(file)
  return Object.keys(parsed.data?.tenants ?? {}).filter(name => !isTenantName(name))
}

const unusedPlaces = (uses: readonly SecretPart[]): readonly SecretPlace[] =>
  secretPlaces.filter(({ part }) => !uses.includes(part))

/** A secret that this process does not use cannot be sent by mistake: reading it throws. */
export function lockTenant({ locked, ...tenant }: UnlockedTenant): Tenant {
  const sections: Readonly<Record<string, unknown>> = tenant.settings
  for (const { section, name } of locked) {
    const settings = sections[section]
    if (!isRecord(settings)) continue
    Object.defineProperty(settings, name, {
      enumerable: false,
      get() {
        throw new Error(`this process does not read ${section}.${name}`)
      },
    })
  }
  return tenant
}

const placeAt = ([, , section, name]: readonly (string | number)[]): SecretPlace | undefined =>
  secretPlaces.find(place => place.section === section && place.name === name)

interface Filling {
  readonly env: NodeJS.ProcessEnv
  readonly isUsed: (tenant: string, place: SecretPlace) => boolean
  readonly isOptional: (place: SecretPlace) => boolean
  readonly onProblem: (path: readonly (string | number)[], problem: ReferenceProblem | 'elsewhere') => void
}

function fill(value: unknown, path: readonly (string | number)[], filling: Filling): unknown {
  if (typeof value === 'string') return fillText(value, path, filling)
  if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index], filling))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key], filling)]))
}

/** A program may write into the file what another system says, so only the places of secrets may refer to one. */
function fillText(
  text: string,
  path: readonly (string | number)[],
  { env, isUsed, isOptional, onProblem }: Filling,
): string {
  if (!holdsReference(text)) return text
  const place = placeAt(path)
  if (place === undefined) {
    onProblem(path, 'elsewhere')
    return text
  }
  // A placeholder, so that the schema finds a value.
  const placeholder = `not read: ${path.join('.')}`
  if (!isUsed(String(path[1]), place)) return placeholder
  const resolved = resolveReferences(text, env, problem => onProblem(path, problem))
  return resolved === '' && isOptional(place) ? placeholder : resolved
}
