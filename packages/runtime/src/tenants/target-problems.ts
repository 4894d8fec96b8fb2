import {
  isTextMember,
  isWritable,
  structuralMembers,
  targetOf,
  targetRecords,
  textMembers,
  updateTargets,
  usualTargets,
} from '@ponte/contracts'
import type { ProblemLanguage } from '../settings/problem-words.ts'
import { ruleProblemWords } from '../settings/rule-problem-words.ts'
import { nearName } from './near-name.ts'

/** The tenant's other settings that decide where rules may write. */
export interface TargetSettings {
  readonly customFields: 'map' | 'list' | 'flat'
  /** The custom field for failed marks. */
  readonly statusField: string
}

/** A text that a rule gives, and `what`, which shows it in a message. */
export interface GivenText {
  readonly text: string
  readonly what: string
}

/** What is wrong with a target of `fields`. Undefined when nothing is. */
export function problemOfTarget(
  { text, what }: GivenText,
  { customFields, statusField }: TargetSettings,
  language: ProblemLanguage,
): string | undefined {
  const words = ruleProblemWords[language]
  const near = nearTarget(text)
  const [record = '', member = '', ...others] = text.split('.')
  const isFormed = record === 'lead' || record === 'opportunity'
  if (!isFormed || member === '' || (others.length > 0 && member !== 'customFields'))
    return near === undefined ? words.targetForm(what) : words.targetMisspelled(what) + words.meant(near)

  const target = targetOf(text)
  if (target.kind === 'customField') {
    if (target.name.trim() === '') return words.targetForm(what)
    const isStatus = record === 'opportunity' && target.name.toLowerCase() === statusField.toLowerCase()
    if (isStatus) return words.targetOfStatus(what)
    return isWritable(target, customFields) ? undefined : words.targetOfMember(what)
  }
  if (isTextMember(target)) return undefined
  if (!isWritable(target, customFields)) {
    const other = insteadOf[text]
    return other === undefined ? words.targetOfPonte(what) : words.targetElsewhere(what, other)
  }
  const renamed = namesInCrm[text]
  if (renamed !== undefined)
    return renamed.startsWith('lead.') ? words.targetRenamed(what, renamed) : words.targetElsewhere(what, renamed)
  return near === undefined ? undefined : words.targetMisspelled(what) + words.meant(near)
}

/** Settings to use instead of a rule for a member that Ponte itself fills. */
const insteadOf: Readonly<Record<string, string>> = {
  'lead.emails': 'leadFields.email',
  'lead.phones': 'leadFields.phone, leadFields.mobilePhone',
  'lead.addresses': 'leadFields.city, leadFields.state',
  'lead.userId': 'routes (then.owner)',
  'lead.customFields': 'lead.customFields.<name>',
  'opportunity.userId': 'routes (then.owner)',
  'opportunity.pipeline': 'routes (then.pipeline)',
  'opportunity.stage': 'routes (then.stage)',
  'opportunity.opportunityType': 'routes (then.type)',
  'opportunity.customFields': 'opportunity.customFields.<name>',
}

/** The lead's values that have another name in TOTVS CRM, or a place in one of its lists. */
const namesInCrm: Readonly<Record<string, string>> = {
  'lead.company': 'lead.tradingName',
  'lead.email': 'leadFields.email',
  'lead.phone': 'leadFields.phone',
  'lead.mobilePhone': 'leadFields.mobilePhone',
  'lead.city': 'leadFields.city',
  'lead.state': 'leadFields.state',
}

/** The target that a misspelled one was probably meant to be. */
function nearTarget(text: string): string | undefined {
  const [record = '', ...others] = text.split('.')
  const whole = others.length === 0 ? nearMember(record) : undefined
  if (whole !== undefined) return whole
  if (record === 'customFields' && others.length > 0) return `lead.${text}`
  const known = targetRecords.find(each => each === record || each === nearName(record, targetRecords))
  if (known === undefined || others.length === 0) return undefined
  const [first = '', ...names] = others
  if (names.length > 0) {
    const isCustom = first === 'customFields' || nearName(first, ['customFields']) !== undefined
    const near = [known, 'customFields', ...names].join('.')
    return isCustom && near !== text ? near : undefined
  }
  const near = nearMember(first, known)
  if (near !== undefined) return near
  return known === record ? undefined : `${known}.${first}`
}

/** A member that has a digit or ends in `Id` is seldom a misspelled one: TOTVS CRM may have it. */
function nearMember(member: string, only?: (typeof targetRecords)[number]): string | undefined {
  const records = only === undefined ? targetRecords : [only]
  const members = records.flatMap(record => [
    ...usualTargets(record),
    ...[...textMembers[record], ...structuralMembers[record]].map(each => `${record}.${each}`),
  ])
  const exact = only === undefined ? members.find(each => each.split('.')[1] === member) : undefined
  if (exact !== undefined || /\d|Id$/.test(member)) return exact
  const near = nearName(member, [...new Set(members.map(each => each.split('.')[1] ?? ''))])
  return members.find(each => each.split('.')[1] === near)
}

/** What is wrong with a target of `updates`. Undefined when nothing is. `written`: targets of `fields`. */
export function problemOfUpdate(
  { text, what }: GivenText,
  written: readonly string[],
  language: ProblemLanguage,
): string | undefined {
  const words = ruleProblemWords[language]
  if (text.startsWith('opportunity.')) return words.updateOfOpportunity(what)
  const target = text.startsWith('lead.') ? text : `lead.${text}`
  const known = [...new Set([...updateTargets, ...written.filter(each => each.startsWith('lead.'))])]
  if (known.includes(target)) return undefined
  const near = listOf[target] ?? nearName(target, known)
  return words.updateOfNothing(what) + (near === undefined ? words.among(known) : words.meant(near))
}

/** Where an update writes the lead's values that have another name in TOTVS CRM. */
const listOf: Readonly<Record<string, string>> = {
  'lead.company': 'lead.tradingName',
  'lead.email': 'lead.emails',
  'lead.phone': 'lead.phones',
  'lead.mobilePhone': 'lead.phones',
  'lead.city': 'lead.addresses',
  'lead.state': 'lead.addresses',
}
