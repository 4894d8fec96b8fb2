import {
  foldWord,
  isRecord,
  isSourceName,
  isTextMember,
  isWritable,
  leadField,
  leadLists,
  memberOf,
  sourceNames,
  structuralMembers,
  targetOf,
  targetRecords,
  updateTargets,
  usualTargets,
} from '@ponte/contracts'
import { type ProblemLanguage, ruleProblemWords } from '../settings/problem-words.ts'
import { nearName } from '../text/near-name.ts'
import { placeOf, type SettingProblem, shorten } from './schema-problems.ts'

type Path = readonly (string | number)[]
/** A part of the file: its value and its place. */
interface Part {
  readonly value: unknown
  readonly path: Path
}

/** A text that a rule gives, and `what`, which shows it in a message. No rule holds a secret. */
interface Given {
  readonly path: Path
  readonly text: string
  readonly what: string
}

type Words = (typeof ruleProblemWords)[ProblemLanguage]
/** What is wrong with a text, among all of its row and in its tenant. Undefined when nothing is. */
type Check = (given: Given, words: Words, all: readonly Given[], tenant: Part) => string | undefined
type Find = (parts: readonly Part[], words: Words, tenant: Part) => readonly SettingProblem[]

/** What the schema cannot say of rules, by places below a tenant. `*` stands for every member or item. */
const rows: readonly (readonly [places: readonly string[], find: Find])[] = [
  [['fields.*.from'], texts(problemOfPlace)],
  [['fields.*.to'], texts(problemOfTarget)],
  [['updates.*'], names(problemOfUpdate)],
  [['filters.*.*.name'], texts(nameTaken)],
  [['filters.*.*.when'], empty('filterEmpty')],
  [['routes.*.name'], texts(nameTaken)],
  [['routes.*.then'], empty('thenEmpty')],
  [['filters.*.*.when.field', 'routes.*.when.field'], empty('fieldEmpty')],
  [['filters.*.*.when.field.*', 'routes.*.when.field.*'], names(problemOfPlace)],
  [['fields', 'updates', 'filters', 'routes'], impossibleNames],
]

/** Finds what is wrong with rules although each value has the right form. The schema reports rules of a wrong form. */
export const findRuleProblems = (file: unknown, language: ProblemLanguage): SettingProblem[] =>
  partsAt({ value: file, path: [] }, 'tenants.*').flatMap(tenant =>
    rows.flatMap(([places, find]) =>
      find(
        places.flatMap(place => partsAt(tenant, place)),
        ruleProblemWords[language],
        tenant,
      ),
    ),
  )

const partsAt = (root: Part, place: string): readonly Part[] =>
  place
    .split('.')
    .reduce<readonly Part[]>(
      (parts, name) => parts.flatMap(below).filter(({ path }) => name === '*' || path.at(-1) === name),
      [root],
    )

/** The items of a list, or the members of a record. */
function below({ value, path }: Part): readonly Part[] {
  if (Array.isArray(value)) return value.map((item: unknown, index) => ({ value: item, path: [...path, index] }))
  return isRecord(value) ? Object.keys(value).map(name => ({ value: value[name], path: [...path, name] })) : []
}

/** The text at each place, or the texts of a list there. */
function texts(check: Check): Find {
  const textsOf = (part: Part): readonly Part[] => [part, ...(Array.isArray(part.value) ? below(part) : [])]
  return (parts, ...more) =>
    problemsOf(
      parts.flatMap(textsOf).flatMap(({ path, value }) => (typeof value === 'string' ? givenAt(path, value) : [])),
      check,
      ...more,
    )
}

/** The last name of each place. */
function names(check: Check): Find {
  return (parts, ...more) =>
    problemsOf(
      parts.map(({ path }) => givenAt(path, String(path.at(-1)))),
      check,
      ...more,
    )
}

const givenAt = (path: Path, text: string): Given => ({ path, text, what: `"${shorten(text)}"` })

const problemsOf = (all: readonly Given[], check: Check, words: Words, tenant: Part): readonly SettingProblem[] =>
  all.flatMap(given => {
    const message = check(given, words, all, tenant)
    return message === undefined ? [] : { path: given.path, message }
  })

/** A record without members. */
function empty(problem: 'filterEmpty' | 'thenEmpty' | 'fieldEmpty'): Find {
  return (parts, words) =>
    parts
      .filter(({ value }) => isRecord(value) && Object.keys(value).length === 0)
      .map(({ path }) => ({ path, message: words[problem] }))
}

/** The schema does not see a member of this name, so the rule would silently lose it. */
function impossibleNames(parts: readonly Part[], words: Words): readonly SettingProblem[] {
  return parts.flatMap(below).flatMap(each => {
    const isImpossible =
      each.path.at(-1) === '__proto__' || (typeof each.value === 'string' && /(?:^|\.)__proto__$/.test(each.value))
    return isImpossible ? { path: each.path, message: words.impossibleName } : impossibleNames([each], words)
  })
}

/** A filter, or a route, of the same name stands before this one. */
function nameTaken({ path, text, what }: Given, words: Words, all: readonly Given[]): string | undefined {
  const folded = foldWord(text).trim()
  const first = all.find(each => foldWord(each.text).trim() === folded)
  return first === undefined || first.path === path
    ? undefined
    : words.nameTaken(what, placeOf(first.path.slice(0, -1)))
}

/** A place may have any name. It is a problem only if it looks like a source that Ponte knows and is none. */
function problemOfPlace({ text, what }: Given, words: Words): string | undefined {
  if (isSourceName(text)) return undefined
  const [group = ''] = text.split('.')
  const family = sourceNames.filter(name => name.toLowerCase().startsWith(`${group.toLowerCase()}.`))
  const isOfFamily = text.includes('.') && family.length > 0
  const near = nearName(text, isOfFamily ? family : sourceNames)
  if (near !== undefined) return words.sourceUnknown(what) + words.meant(near)
  return isOfFamily ? words.sourceUnknown(what) + words.among(family) : undefined
}

/** What is wrong with a target of `fields`. */
function problemOfTarget(
  { text, what }: Given,
  words: Words,
  _all: readonly Given[],
  tenant: Part,
): string | undefined {
  const near = nearTarget(text)
  const misspelled = near === undefined ? undefined : words.targetMisspelled(what) + words.meant(near)
  const [record = '', member = '', ...others] = text.split('.')
  const isFormed = record === 'lead' || record === 'opportunity'
  if (!isFormed || member === '' || (others.length > 0 && member !== 'customFields'))
    return misspelled ?? words.targetForm(what)

  const { customFields, statusField } = settingsOf(tenant)
  const target = targetOf(text)
  if (target.kind === 'customField') {
    if (target.name.trim() === '') return words.targetForm(what)
    const isStatus = record === 'opportunity' && target.name.toLowerCase() === statusField.toLowerCase()
    if (isStatus) return words.targetOfStatus(what)
    return isWritable(target, customFields) ? undefined : words.targetOfMember(what)
  }
  if (isTextMember(target)) return undefined
  const elsewhere = settingFor[text]
  if (elsewhere !== undefined) return words.targetElsewhere(what, elsewhere)
  if (!isWritable(target, customFields)) return words.targetOfPonte(what)
  const renamed = writtenTo[text]
  return renamed === undefined ? misspelled : words.targetRenamed(what, renamed)
}

/** The tenant's other settings that decide where rules may write. */
function settingsOf(tenant: Part): { readonly customFields: 'map' | 'list' | 'flat'; readonly statusField: string } {
  const [form] = partsAt(tenant, 'totvsCrm.customFields')
  const [field] = partsAt(tenant, 'statusRd.field')
  return {
    customFields: form?.value === 'flat' || form?.value === 'list' ? form.value : 'map',
    statusField: typeof field?.value === 'string' ? field.value : 'statusRD',
  }
}

/** The fields of a lead that have another name in TOTVS CRM, or a place in one of its lists. */
const renamedFields = leadField.options.filter(field => memberOf(field) !== field)
/** Where TOTVS CRM has them. */
const writtenTo: Readonly<Record<string, string>> = Object.fromEntries(
  renamedFields.map(field => [`lead.${field}`, `lead.${memberOf(field)}`]),
)
const lists: readonly string[] = leadLists
const listFields = renamedFields.filter(field => lists.includes(memberOf(field)))
/** Settings to use instead of a rule for a member that Ponte itself fills. */
const settingFor: Readonly<Record<string, string>> = {
  ...Object.fromEntries(listFields.map(field => [`lead.${field}`, `leadFields.${field}`])),
  ...Object.fromEntries(
    leadLists.map(list => [
      `lead.${list}`,
      listFields
        .filter(field => memberOf(field) === list)
        .map(field => `leadFields.${field}`)
        .join(', '),
    ]),
  ),
  'lead.userId': 'routes (then.owner)',
  'lead.customFields': 'lead.customFields.<name>',
  'opportunity.userId': 'routes (then.owner)',
  'opportunity.pipeline': 'routes (then.pipeline)',
  'opportunity.stage': 'routes (then.stage)',
  'opportunity.opportunityType': 'routes (then.type)',
  'opportunity.customFields': 'opportunity.customFields.<name>',
}

/** The target that a misspelled one was probably meant to be. */
function nearTarget(text: string): string | undefined {
  const [record = '', first, ...more] = text.split('.')
  if (first === undefined) return nearMember(record)
  if (record === 'customFields') return `lead.${text}`
  const known = targetRecords.find(each => each === record || each === nearName(record, targetRecords))
  if (known === undefined) return undefined
  const near = more.length === 0 ? nearMember(first, known) : undefined
  if (near !== undefined) return near
  const isCustom = first === 'customFields' || nearName(first, ['customFields']) !== undefined
  if (more.length > 0 && !isCustom) return undefined
  const meant = [known, more.length > 0 ? 'customFields' : first, ...more].join('.')
  return meant === text ? undefined : meant
}

/** A member that has a digit or ends in `Id` is seldom a misspelled one: TOTVS CRM may have it. */
function nearMember(name: string, only?: (typeof targetRecords)[number]): string | undefined {
  const targets = (only === undefined ? targetRecords : [only]).flatMap(record => [
    ...usualTargets(record),
    ...structuralMembers[record].map(member => `${record}.${member}`),
  ])
  const exact = only === undefined ? targets.find(each => targetOf(each).name === name) : undefined
  if (exact !== undefined || /\d|Id$/.test(name)) return exact
  const near = nearName(name, [...new Set(targets.map(each => targetOf(each).name))])
  return targets.find(each => targetOf(each).name === near)
}

/** What is wrong with a target of `updates`. */
function problemOfUpdate({ text, what }: Given, words: Words, all: readonly Given[], tenant: Part): string | undefined {
  if (all.some(each => each.text === `lead.${text}`)) return words.updateTwice(what)
  if (text.startsWith('opportunity.')) return words.updateOfOpportunity(what)
  const target = text.startsWith('lead.') ? text : `lead.${text}`
  const written = partsAt(tenant, 'fields.*.to').flatMap(({ value }) =>
    typeof value === 'string' && value.startsWith('lead.') ? value : [],
  )
  const known = [...new Set([...updateTargets, ...written])]
  if (known.includes(target)) return undefined
  const near = writtenTo[target] ?? nearName(target, known)
  return words.updateOfNothing(what) + (near === undefined ? words.among(known) : words.meant(near))
}
