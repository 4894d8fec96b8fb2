import { clipText } from '@ponte/mappers'
import { type DeliveryPreview, type PreviewFact, previewInWords, type RowInWords } from '@ponte/registration'
import type { Session } from '../session.ts'
import type { Look } from '../terminal/paint.ts'

/** A preview as lines for a terminal. */
export function describePreview(
  preview: DeliveryPreview,
  { language, paint }: Pick<Session, 'language' | 'paint'>,
): readonly string[] {
  const { title, issues, warnings, facts, rows, withoutValue, notes } = previewInWords(preview, language)
  const mark = (sign: string): string => paint(looks[sign] ?? 'quiet', sign)
  return [
    title,
    ...issues.map(issue => `  ${issue}`),
    ...warnings.map(each => `  ${mark('!')} ${each}`),
    ...facts.flatMap(factLines),
    ...rows.flatMap(row => [`  ${mark(marks[row.outcome])} ${rowText(row)}`, `      ${row.result}`]),
    ...(withoutValue === undefined ? [] : [`  ${mark('-')} ${labelled(withoutValue)}`]),
    ...(notes === undefined ? [] : [`  ${notes.label.toLowerCase()}:`, ...notes.texts.map(note => `    ${note}`)]),
  ]
}

const labelled = ({ label, texts, why = '' }: PreviewFact): string =>
  `${label.toLowerCase()}: ${[texts.join(', '), why].filter(text => text !== '').join(' – ')}`

const factLines = (fact: PreviewFact): readonly string[] => [
  `  ${labelled(fact)}`,
  ...(fact.conditions ?? []).map(condition => `    ${condition}`),
]

const marks: Readonly<Record<RowInWords['outcome'], string>> = {
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

function rowText({ target, place, given, value, rule, current }: RowInWords): string {
  const source = given === undefined ? place : `${place} ${quote(given)}`
  const now = value === undefined ? '' : ` → ${quote(value)}`
  const further = [rule, current === undefined ? undefined : `TOTVS CRM: ${quote(current)}`]
  return [`${target} ← ${source}${now}`, ...further.filter(text => text !== undefined)].join(' · ')
}

const LONGEST_SHOWN = 120

const quote = (text: string): string =>
  `"${text.length > LONGEST_SHOWN ? `${clipText(text, LONGEST_SHOWN).text}…` : text}"`
