import { type FieldValue, type Message, renderMessage } from '@ponte/contracts'
import { clipText } from '@ponte/mappers'
import {
  type DeliveryPreview,
  type LeadPreview,
  messagesOfRow,
  messagesOfPreview,
  type OwnerPreview,
  type PlaceEntry,
  type PreviewRow,
  type RulePreview,
} from '@ponte/registration'
import type { Session } from '../session.ts'
import type { Look } from '../terminal/paint.ts'

type Words = Pick<Session, 'texts' | 'language'>

/** A preview as lines for a terminal. */
export const describePreview = (preview: DeliveryPreview, session: Words & Pick<Session, 'paint'>): readonly string[] =>
  linesOf(preview, session).map(line =>
    line.replace(/^( +)(\S)(?= )/, (_all, indent: string, mark: string) => indent + session.paint(lookOf(mark), mark)),
  )

function linesOf(preview: DeliveryPreview, words: Words): readonly string[] {
  const inWords = (message: Message): string => renderMessage(message, words.language)
  if (preview.kind === 'ignored') return [inWords({ key: 'preview-outcome-ignored', values: { what: preview.what } })]
  if (preview.kind === 'quarantined')
    return [
      `${inWords({ key: 'preview-outcome-quarantined' })}: ${inWords({ key: preview.code })}`,
      ...preview.issues.map(issue => `  ${inWords(issue)}`),
    ]
  return describeLead(preview, words)
}

function describeLead(preview: LeadPreview, words: Words): readonly string[] {
  const { texts, language } = words
  const inWords = (message: Message): string => renderMessage(message, language)
  const { outcome, warnings, lead, route, opportunity } = messagesOfPreview(preview)
  const reasons = preview.reasons.map(inWords)
  const head = [inWords(outcome), ...(reasons.length === 0 ? [] : [reasons.join('; ')])].join(': ')
  if (preview.outcome === 'skipped')
    return [head, ...ruleLines(texts.preview.filter, preview.filter, words), ...noteLines(preview, words)]
  const { owner, place } = preview
  const ofOpportunity = preview.opportunity.owner
  return [
    head,
    ...warnings.map(each => `  ! ${inWords(each)}`),
    `  ${texts.preview.lead}: ${inWords(lead)}`,
    ...ruleLines(texts.preview.filter, preview.filter, words),
    `  ${texts.preview.route}: ${inWords(route)}`,
    ...conditionLines(preview.route, words),
    ...(['pipeline', 'stage', 'type'] as const).map(
      name => `  ${texts.preview[name]}: ${placeText(place[name], words)}`,
    ),
    `  ${texts.preview.owner}: ${ownerText(owner, words)}`,
    `  ${texts.preview.opportunity}: ${inWords(opportunity)}${preview.opportunity.id === undefined ? '' : ` (${preview.opportunity.id})`}`,
    ...(ofOpportunity === undefined
      ? []
      : [`  ${texts.preview.ownerOfOpportunity}: ${ownerText(ofOpportunity, words)}`]),
    ...rowLines(preview.rows, words),
    ...noteLines(preview, words),
  ]
}

function ruleLines(label: string, rule: RulePreview | undefined, words: Words): readonly string[] {
  return rule === undefined ? [] : [`  ${label}: ${rule.name}`, ...conditionLines(rule, words)]
}

const conditionLines = (rule: RulePreview | undefined, { texts }: Words): readonly string[] =>
  (rule?.conditions ?? []).map(
    ({ key, patterns, values }) =>
      `    ${key}: ${texts.preview.wants(values.join(', ') || texts.preview.none, patterns.join(', '))}`,
  )

function placeText({ wanted, from, description, id }: PlaceEntry, { texts }: Words): string {
  const origin = from === 'route' ? texts.preview.byRoute : texts.preview.byVariable
  const found = id === undefined ? '' : ` → ${description ?? id}`
  return `${wanted}${description === wanted ? '' : found} (${origin})`
}

function ownerText({ users, reasons }: OwnerPreview, { language }: Words): string {
  const why = reasons.map(reason => renderMessage(reason, language)).join('; ')
  const named = users.map(({ id, name, email }) => [name, email ?? id].filter(Boolean).join(' ')).join(', ')
  return [named, why].filter(text => text !== '').join(' – ')
}

const noteLines = ({ notes }: LeadPreview, { texts, language }: Words): readonly string[] =>
  notes.length === 0 ? [] : [`  ${texts.preview.notes}:`, ...notes.map(note => `    ${renderMessage(note, language)}`)]

const marks: Readonly<Record<PreviewRow['outcome'], string>> = {
  written: '✓',
  cut: '✂',
  same: '=',
  kept: '-',
  'left-out': '✗',
  overruled: '-',
  'no-value': '-',
  'not-opened': '-',
  unknown: '?',
}

const looks: Readonly<Record<string, Look>> = { '✓': 'good', '✂': 'warning', '!': 'warning', '✗': 'bad' }
const lookOf = (mark: string): Look => looks[mark] ?? 'quiet'

/** Ponte's own places that have no value are one line. */
function rowLines(rows: readonly PreviewRow[], words: Words): readonly string[] {
  const isPlain = ({ rule, outcome }: PreviewRow): boolean => rule === undefined && outcome === 'no-value'
  const plain = rows.filter(isPlain).flatMap(({ places }) => places)
  return [
    ...rows.filter(row => !isPlain(row)).flatMap(row => describeRow(row, words)),
    ...(plain.length === 0 ? [] : [`  - ${words.texts.preview.withoutValue(plain.join(', '))}`]),
  ]
}

function describeRow(row: PreviewRow, { texts, language }: Words): readonly string[] {
  const { target, places, place, values, rule, value, current, outcome } = row
  const source = [place ?? places.join(', '), ...(values.length === 0 ? [] : [quote(values)])].join(' ')
  const by = rule === undefined ? '' : ` · ${texts.preview.rule(rule)}`
  const now = value === undefined ? '' : ` → ${quote(value)}`
  const crm = current === undefined ? '' : ` · ${texts.preview.crmHolds(quote(current))}`
  return [
    `  ${marks[outcome]} ${target} ← ${source}${now}${by}${crm}`,
    `      ${messagesOfRow(row)
      .map(each => renderMessage(each, language))
      .join(': ')}`,
  ]
}

const LONGEST_SHOWN = 120

function quote(value: FieldValue): string {
  const text = typeof value === 'object' ? value.join(', ') : String(value)
  return `"${text.length > LONGEST_SHOWN ? `${clipText(text, LONGEST_SHOWN).text}…` : text}"`
}
