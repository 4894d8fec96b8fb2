import { isRecord } from '@ponte/contracts'
import type { z } from 'zod'
import { type ProblemLanguage, problemWords, wordsOfSchema } from '../settings/problem-words.ts'
import { ruleProblemWords } from '../settings/rule-problem-words.ts'
import { nearName } from './near-name.ts'
import type { SettingProblem } from './rule-problems.ts'
import { namesAt, placeOf, shownName } from './setting-names.ts'

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
