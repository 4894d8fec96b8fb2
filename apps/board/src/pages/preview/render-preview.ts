import type { FieldValue, Language, Message } from '@ponte/contracts'
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
import { type Html, html } from '../../ui/html.ts'
import { inLanguage } from '../../ui/in-language.ts'
import { renderTable } from '../../ui/page.ts'
import { previewTexts } from './texts.ts'

/** In characters. A value may be as long as a body. */
const LONGEST_SHOWN = 300

/** One part of a delivery, for an operator: it shows the person. */
export function renderPreview(preview: DeliveryPreview, language: Language): Html {
  const inWords = (message: Message): string => inLanguage(message, language)
  if (preview.kind === 'ignored')
    return notice('warning', inWords({ key: 'preview-outcome-ignored', values: { what: preview.what } }))
  if (preview.kind === 'lead') return renderLead(preview, language)
  const issues = preview.issues.map(issue => html`<li>${clip(inWords(issue))}</li>`)
  return html`${notice('bad', `${inWords({ key: 'preview-outcome-quarantined' })}: ${inWords({ key: preview.code })}`)}
    <ul>
      ${issues}
    </ul>
    <p>
      <a href="/error-codes/${preview.code}"><code>${preview.code}</code></a>
    </p>`
}

const notice = (kind: 'done' | 'warning' | 'bad', text: string): Html =>
  html`<p class="notice ${kind}" role="status">${text}</p>`

const kindOfOutcome = { sent: 'done', skipped: 'warning', failed: 'bad' } as const

function renderLead(preview: LeadPreview, language: Language): Html {
  const words = previewTexts[language]
  const inWords = (message: Message): string => inLanguage(message, language)
  const { outcome, warnings, lead, route, opportunity } = messagesOfPreview(preview)
  const reasons = preview.reasons.map(inWords).join('; ')
  const head = notice(
    kindOfOutcome[preview.outcome],
    reasons === '' ? inWords(outcome) : `${inWords(outcome)}: ${reasons}`,
  )
  const filter: readonly Fact[] =
    preview.filter === undefined ? [] : [[words.filter, renderRule(preview.filter.name, preview.filter, language)]]
  const notes =
    preview.notes.length === 0
      ? undefined
      : html`<h3>${words.notes}</h3>
          <ul>
            ${preview.notes.map(note => html`<li>${inWords(note)}</li>`)}
          </ul>`
  if (preview.outcome === 'skipped') return html`${head} ${renderFacts(filter)} ${notes}`
  const { place, owner } = preview
  const ofOpportunity = preview.opportunity.owner
  const facts: readonly Fact[] = [
    [words.lead, inWords(lead)],
    ...filter,
    [words.route, renderRule(inWords(route), preview.route, language)],
    [words.pipeline, renderPlace(place.pipeline, language)],
    [words.stage, renderPlace(place.stage, language)],
    [words.type, renderPlace(place.type, language)],
    [words.owner, renderOwner(owner, language)],
    [words.opportunity, withId(inWords(opportunity), preview.opportunity.id)],
    ...(ofOpportunity === undefined ? [] : [[words.ownerOfOpportunity, renderOwner(ofOpportunity, language)] as const]),
  ]
  return html`${head} ${warnings.map(each => notice('warning', inWords(each)))} ${renderFacts(facts)}
  ${renderRows(preview.rows, language)} ${notes}`
}

type Fact = readonly [name: string, value: string | Html]

const renderFacts = (facts: readonly Fact[]): Html =>
  html`<dl class="long">
    ${facts.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`

function renderRule(title: string, rule: RulePreview | undefined, language: Language): Html {
  const words = previewTexts[language]
  const conditions = (rule?.conditions ?? []).map(
    ({ key, patterns, values }) =>
      html`<br /><span class="soft"
          >${key}: ${clip(values.join(', ') || '–')} (${clip(words.wanted(patterns.join(', ')))})</span
        >`,
  )
  return html`${title}${conditions}`
}

function renderPlace({ wanted, from, id, description }: PlaceEntry, language: Language): Html {
  const words = previewTexts[language]
  const found = id === undefined || description === wanted ? '' : ` → ${description ?? id}`
  return html`${clip(wanted + found)}
    <span class="soft">(${from === 'route' ? words.byRoute : words.byVariable})</span>`
}

function renderOwner({ users, reasons }: OwnerPreview, language: Language): Html {
  const named = users.map(({ id, name, email }) => [name, email ?? id].filter(Boolean).join(' · '))
  const why = reasons.map(reason => inLanguage(reason, language)).join('; ')
  return html`${named.map(each => html`${clip(each)}<br />`)}<span class="soft">${why}</span>`
}

const withId = (text: string, id: string | undefined): string => (id === undefined ? text : `${text} (${id})`)

/** Ponte's own places without a value are one line. */
function renderRows(rows: readonly PreviewRow[], language: Language): Html | undefined {
  if (rows.length === 0) return undefined
  const words = previewTexts[language]
  const isPlain = ({ rule, outcome }: PreviewRow): boolean => rule === undefined && outcome === 'no-value'
  const plain = rows.filter(isPlain).flatMap(({ places }) => places)
  const heads = [words.target, words.source, words.value, words.current, words.outcome]
  const table = renderTable(
    heads,
    rows.filter(row => !isPlain(row)).map(row => renderRow(row, language)),
  )
  return html`${table}
  ${plain.length === 0 ? undefined : html`<p class="soft">${words.withoutValue(plain.join(', '))}</p>`}`
}

const classes: Readonly<Record<PreviewRow['outcome'], string>> = {
  written: 'good',
  cut: 'warn',
  same: 'soft',
  kept: 'warn',
  'left-out': 'bad',
  overruled: 'soft',
  'no-value': 'soft',
  'not-opened': 'soft',
  unknown: 'warn',
}

function renderRow(row: PreviewRow, language: Language): Html {
  const words = previewTexts[language]
  const { target, places, place, values, rule, value, current, outcome } = row
  const inWords = messagesOfRow(row).map(each => inLanguage(each, language))
  return html`<tr>
    <td data-label="${words.target}">
      <span class="value"
        ><code>${target}</code
        >${rule === undefined ? undefined : html`<br /><span class="soft">${rule === target ? words.ownRule : words.rule(rule)}</span>`}</span
      >
    </td>
    <td data-label="${words.source}">
      <span class="value"
        >${values.length === 0 ? undefined : html`${clip(values.join(', '))}<br />`}<span class="soft"
          >${place ?? places.join(', ')}</span
        ></span
      >
    </td>
    <td data-label="${words.value}"><span class="value">${value === undefined ? '–' : textOf(value)}</span></td>
    <td data-label="${words.current}"><span class="value">${current === undefined ? '–' : clip(current)}</span></td>
    <td data-label="${words.outcome}"><span class="value ${classes[outcome]}">${inWords.join(': ')}</span></td>
  </tr>`
}

const textOf = (value: FieldValue): string => clip(typeof value === 'object' ? value.join(', ') : String(value))

const clip = (text: string): string => (text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text)
