import { foldWord, isRecord, isSourceName, sourceNames } from '@ponte/contracts'
import type { ProblemLanguage } from '../settings/problem-words.ts'
import { ruleProblemWords } from '../settings/rule-problem-words.ts'
import { nearName } from './near-name.ts'
import { placeOf, shorten } from './setting-names.ts'
import { type GivenText, problemOfTarget, problemOfUpdate, type TargetSettings } from './target-problems.ts'

/** Where in the tenants file something is wrong, and what. */
export interface SettingProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

type Path = readonly (string | number)[]
/** A part of the file: its value and its place. */
interface Part {
  readonly value: unknown
  readonly path: Path
}

/**
 * Finds what is wrong with rules although each value has the right form: unknown names, targets that rules cannot write, and rules that say
 * nothing. Values are shown: no rule holds a secret. The schema reports rules of a wrong form.
 */
export function findRuleProblems(file: unknown, language: ProblemLanguage): SettingProblem[] {
  const root = { value: file, path: [] }
  return membersOf(memberOf(root, 'tenants')).flatMap(tenant => [
    ...fieldProblems(tenant, language),
    ...updateProblems(tenant, language),
    ...filterProblems(tenant, language),
    ...routeProblems(tenant, language),
    ...['fields', 'updates', 'filters', 'routes'].flatMap(name => impossibleNames(memberOf(tenant, name), language)),
  ])
}

function fieldProblems(tenant: Part, language: ProblemLanguage): SettingProblem[] {
  const settings = targetSettings(tenant.value)
  return itemsOf(memberOf(tenant, 'fields')).flatMap(rule => [
    ...textsOf(memberOf(rule, 'from'), language).flatMap(from => placeProblem(from, language)),
    ...textsOf(memberOf(rule, 'to'), language).flatMap(({ path, ...given }) => {
      const message = problemOfTarget(given, settings, language)
      return message === undefined ? [] : { path, message }
    }),
  ])
}

function targetSettings(tenant: unknown): TargetSettings {
  const part = { value: tenant, path: [] }
  const customFields = memberOf(memberOf(part, 'totvsCrm'), 'customFields').value
  const statusField = memberOf(memberOf(part, 'statusRd'), 'field').value
  return {
    customFields: customFields === 'flat' || customFields === 'list' ? customFields : 'map',
    statusField: typeof statusField === 'string' ? statusField : 'statusRD',
  }
}

function updateProblems(tenant: Part, language: ProblemLanguage): SettingProblem[] {
  const words = ruleProblemWords[language]
  const targets = itemsOf(memberOf(tenant, 'fields')).flatMap(rule =>
    textsOf(memberOf(rule, 'to'), language).map(to => to.text),
  )
  const updates = membersOf(memberOf(tenant, 'updates'))
  const names = new Set(updates.map(({ path }) => String(path.at(-1))))
  return updates.flatMap(({ path }) => {
    const given = givenName(path, language)
    const isTwice = names.has(`lead.${given.text}`)
    const message = isTwice ? words.updateTwice(given.what) : problemOfUpdate(given, targets, language)
    return message === undefined ? [] : { path, message }
  })
}

function filterProblems(tenant: Part, language: ProblemLanguage): SettingProblem[] {
  const words = ruleProblemWords[language]
  const filters = membersOf(memberOf(tenant, 'filters')).flatMap(itemsOf)
  return [
    ...namesTaken(filters, language),
    ...filters.flatMap(filter => {
      const when = memberOf(filter, 'when')
      return [
        ...(isRecord(when.value) && Object.keys(when.value).length === 0
          ? [{ path: when.path, message: words.filterEmpty }]
          : []),
        ...conditionProblems(when, language),
      ]
    }),
  ]
}

function routeProblems(tenant: Part, language: ProblemLanguage): SettingProblem[] {
  const words = ruleProblemWords[language]
  const routes = itemsOf(memberOf(tenant, 'routes'))
  return [
    ...namesTaken(routes, language),
    ...routes.flatMap(route => {
      const then = memberOf(route, 'then')
      const isEmpty = isRecord(then.value) && Object.keys(then.value).length === 0
      const names = words.among(['pipeline', 'stage', 'type', 'owner', 'ownerFromRdStation'])
      return [
        ...(isEmpty ? [{ path: then.path, message: words.thenEmpty + names }] : []),
        ...conditionProblems(memberOf(route, 'when'), language),
      ]
    }),
  ]
}

function conditionProblems(when: Part, language: ProblemLanguage): SettingProblem[] {
  const field = memberOf(when, 'field')
  const places = membersOf(field).map(({ path }) => ({ path, ...givenName(path, language) }))
  const isEmpty = isRecord(field.value) && Object.keys(field.value).length === 0
  return isEmpty
    ? [{ path: field.path, message: ruleProblemWords[language].fieldEmpty }]
    : places.flatMap(place => placeProblem(place, language))
}

function namesTaken(rules: readonly Part[], language: ProblemLanguage): SettingProblem[] {
  const owners = new Map<string, string>()
  return rules.flatMap(rule =>
    textsOf(memberOf(rule, 'name'), language).flatMap(({ path, text, what }) => {
      const name = foldWord(text).trim()
      const owner = owners.get(name)
      if (owner !== undefined) return { path, message: ruleProblemWords[language].nameTaken(what, owner) }
      owners.set(name, placeOf(rule.path))
      return []
    }),
  )
}

/** A place may have any name. It is a problem only if it looks like a source that Ponte knows and is none. */
function placeProblem({ path, text, what }: GivenAt, language: ProblemLanguage): SettingProblem[] {
  const words = ruleProblemWords[language]
  if (isSourceName(text)) return []
  const [group = ''] = text.split('.')
  const family = sourceNames.filter(name => name.toLowerCase().startsWith(`${group.toLowerCase()}.`))
  const isOfFamily = text.includes('.') && family.length > 0
  const near = nearName(text, isOfFamily ? family : sourceNames)
  if (near !== undefined) return [{ path, message: words.sourceUnknown(what) + words.meant(near) }]
  return isOfFamily ? [{ path, message: words.sourceUnknown(what) + words.among(family) }] : []
}

/** The schema does not see a member of this name, so the rule would silently lose it. */
function impossibleNames(part: Part, language: ProblemLanguage): SettingProblem[] {
  const parts = [...membersOf(part), ...itemsOf(part)]
  return parts.flatMap(each =>
    each.path.at(-1) === '__proto__' || each.value === '__proto__' || endsImpossibly(each)
      ? [{ path: each.path, message: ruleProblemWords[language].impossibleName }]
      : impossibleNames(each, language),
  )
}
const endsImpossibly = ({ value }: Part): boolean => typeof value === 'string' && value.endsWith('.__proto__')

interface GivenAt extends GivenText {
  readonly path: Path
}

const memberOf = ({ value, path }: Part, name: string): Part => ({
  value: isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined,
  path: [...path, name],
})

const membersOf = (part: Part): Part[] =>
  isRecord(part.value) ? Object.keys(part.value).map(name => memberOf(part, name)) : []

const itemsOf = ({ value, path }: Part): Part[] =>
  Array.isArray(value) ? value.map((item: unknown, index) => ({ value: item, path: [...path, index] })) : []

/** The text itself, or the texts of a list. */
const textsOf = (part: Part, language: ProblemLanguage): GivenAt[] =>
  [part, ...itemsOf(part)].flatMap(({ value, path }) =>
    typeof value === 'string' ? { path, ...givenText(value, language) } : [],
  )

const givenText = (text: string, language: ProblemLanguage): GivenText => ({
  text,
  what: ruleProblemWords[language].quoted(shorten(text)),
})

const givenName = (path: Path, language: ProblemLanguage): GivenText => givenText(String(path.at(-1)), language)
