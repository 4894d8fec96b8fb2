import { isRecord, tenantsFile } from '@ponte/contracts'
import { z } from 'zod'
import { type ProblemLanguage, problemWords, wordsOfSchema, ruleProblemWords } from '../settings/problem-words.ts'
import { nearName } from '../text/near-name.ts'

/** Where in the tenants file something is wrong, and what. */
export interface SettingProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** The sections whose values are no secrets. */
const ruleSections: ReadonlySet<PropertyKey> = new Set(['fields', 'updates', 'filters', 'routes'])
const isInRules = ([, , section]: readonly PropertyKey[]): boolean => section !== undefined && ruleSections.has(section)

/**
 * What the schema says about a tenants file, in the reader's words. Suggests the probable name where that is a name of Ponte's.
 *
 * @param written The file before variables were filled in. A value that it holds literally may be compared.
 */
export function problemsOfSchema(
  issues: readonly z.core.$ZodIssue[],
  written: unknown,
  language: ProblemLanguage,
): SettingProblem[] {
  return issues
    .flatMap(issue => decisiveIssues(issue))
    .map(issue => ({
      path: issue.path,
      message: sentenceOf(issue, written, language),
    }))
}

/** A rule's value may have several forms. Returns what is wrong by the form that fits furthest, which was probably meant. */
function decisiveIssues(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || !isInRules(issue.path)) return [issue]
  const isOtherKind = (each: z.core.$ZodIssue): boolean => each.code === 'invalid_type' && each.path.length === 0
  const [first = [], ...others] = issue.errors.filter(form => !form.some(isOtherKind))
  const furthest = others.reduce((best, form) => (depthOf(form) > depthOf(best) ? form : best), first)
  if (furthest.length === 0) return [issue]
  return furthest.flatMap(each => decisiveIssues({ ...each, path: [...issue.path, ...each.path] }))
}

const depthOf = (issues: readonly z.core.$ZodIssue[]): number => Math.max(0, ...issues.map(({ path }) => path.length))

function sentenceOf(issue: z.core.$ZodIssue, written: unknown, language: ProblemLanguage): string {
  const words = ruleProblemWords[language]
  if (issue.code === 'unrecognized_keys') {
    const known = namesAt(issue.path)
    const near = issue.keys.map(key => nearName(key, known))
    // A name that is nearly one of Ponte's is no secret in a wrong place.
    const names = issue.keys.map((key, index) => (near[index] === undefined ? shownName(key) : key))
    const meant = near.flatMap(name => (name === undefined ? [] : words.meant(name)))
    if (meant.length === issue.keys.length) return problemWords[language].settingMisspelled(names) + meant.join('')
    return (
      problemWords[language].settingUnknown(names) + meant.join('') + (isInRules(issue.path) ? words.among(known) : '')
    )
  }
  const message = wordsOfSchema(issue.message, language)
  if (issue.code !== 'invalid_value' || issue.values.length < 2) return message
  const value = valueAt(written, issue.path)
  const near = typeof value === 'string' ? nearName(value, issue.values.map(String)) : undefined
  return near === undefined ? message : message + words.meant(near)
}

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)]
    return isRecord(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined
  }, root)

/** The place and what is wrong there. */
export const lineOf = ({ path, message }: SettingProblem, language: ProblemLanguage): string =>
  `${placeOf(path) || problemWords[language].file}: ${message}`

/** Settings below which a person chooses the names: tenants, statuses of their CRM, and what rules are about. */
const PARENTS_OF_FREE_NAMES: ReadonlySet<string> = new Set(['tenants', 'statusMap', 'updates', 'map', 'field'])

/**
 * The place of a setting, for a message. An unknown name may be a secret that was written in the place of a name. Only its beginning is
 * shown.
 */
export const placeOf = (path: readonly PropertyKey[]): string =>
  path
    .map(String)
    .map((name, index) => {
      const parent = String(path[index - 1] ?? '')
      return typeof path[index] === 'number' || PARENTS_OF_FREE_NAMES.has(parent) ? shorten(name) : shownName(name)
    })
    .join('.')

/** A known name as it is. Only the beginning of any other. */
function shownName(name: string): string {
  if (knownSettings().names.has(name)) return name
  return `${name.slice(0, name.length < 12 ? 1 : 2)}…(${name.length})`
}

const MAX_SHOWN = 60

/** Enough of a text to recognise it in the file. */
export const shorten = (text: string): string =>
  text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…(${text.length})`

type Schema = z.core.JSONSchema.JSONSchema
type Schemas = Schema[keyof Pick<Schema, 'items' | 'additionalProperties' | 'propertyNames'>]

interface Known {
  readonly file: readonly Schema[]
  readonly names: ReadonlySet<string>
}
let known: Known | undefined
/** Made with the first message: a process that starts without problems needs none. */
function knownSettings(): Known {
  if (known !== undefined) return known
  // Without ids, so that every schema stands where it is used.
  const file = formsOf(z.toJSONSchema(tenantsFile, { io: 'input', metadata: z.registry() }))
  known = { file, names: new Set(file.flatMap(namesIn)) }
  return known
}

/** The names that settings may have at a place of the tenants file. Empty where names are free. */
const namesAt = (path: readonly PropertyKey[]): readonly string[] =>
  path
    .reduce<readonly Schema[]>((parents, key) => parents.flatMap(parent => below(parent, key)), knownSettings().file)
    .flatMap(({ properties = {} }) => Object.keys(properties))

function below({ properties = {}, additionalProperties, items }: Schema, key: PropertyKey): readonly Schema[] {
  if (typeof key === 'number') return formsOf(items)
  return formsOf(Object.hasOwn(properties, key) ? properties[String(key)] : additionalProperties)
}

/** The forms that a part may have. */
function formsOf(part: Schemas): readonly Schema[] {
  if (Array.isArray(part)) return part.flatMap(formsOf)
  if (typeof part !== 'object') return []
  return part.anyOf === undefined ? [part] : part.anyOf.flatMap(formsOf)
}

function namesIn({ properties = {}, additionalProperties, items, propertyNames }: Schema): readonly string[] {
  const listed = formsOf(propertyNames).flatMap(({ enum: names = [] }) => names.map(String))
  const parts = [...Object.values(properties), additionalProperties, items].flatMap(formsOf)
  return [...Object.keys(properties), ...listed, ...parts.flatMap(namesIn)]
}
