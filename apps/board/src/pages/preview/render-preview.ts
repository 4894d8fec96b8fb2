import { type DeliveryPreview, type PreviewFact, previewInWords, type RowInWords } from '@ponte/registration'
import type { Language } from '@ponte/contracts'
import { type Html, html } from '../../ui/html.ts'
import { renderTable } from '../../ui/page.ts'
import { previewTexts } from './texts.ts'

/** In characters. A value may be as long as a body. */
const LONGEST_SHOWN = 300

/** One part of a delivery, for an operator: it shows the person. Several parts have headings of their own. */
export function renderPreview(
  preview: DeliveryPreview,
  language: Language,
  { isOnly }: { readonly isOnly: boolean },
): Html {
  const { title, issues, warnings, facts, rows, withoutValue, notes } = previewInWords(preview, language)
  const outcome = preview.kind === 'lead' ? preview.outcome : preview.kind
  if (preview.kind === 'quarantined')
    return html`${notice(kinds[outcome], title)} ${renderList(issues.map(clip))}
      <p>
        <a href="/error-codes/${preview.code}"><code>${preview.code}</code></a>
      </p>`
  return html`${notice(kinds[outcome], title)} ${warnings.map(each => notice('warning', each))}
  ${facts.length === 0 ? undefined : renderFacts(facts)} ${rows.length === 0 ? undefined : renderRows(rows, language)}
  ${withoutValue && html`<p class="soft">${withoutValue.label}: ${withoutValue.texts.join(', ')}</p>`}
  ${notes && html`${isOnly ? html`<h2>${notes.label}</h2>` : html`<h3>${notes.label}</h3>`} ${renderList(notes.texts)}`}`
}

const kinds = {
  sent: 'done',
  skipped: 'warning',
  failed: 'bad',
  quarantined: 'bad',
  ignored: 'warning',
} as const

const notice = (kind: 'done' | 'warning' | 'bad', text: string): Html =>
  html`<p class="notice ${kind}" role="status">${text}</p>`

const renderList = (texts: readonly string[]): Html =>
  html`<ul>
    ${texts.map(text => html`<li>${text}</li>`)}
  </ul>`

const renderFacts = (facts: readonly PreviewFact[]): Html =>
  html`<dl class="long">
    ${facts.map(({ label, texts, why = '', conditions = [] }) => {
      const soft = [...conditions, ...(why === '' ? [] : [why])].map(
        text => html`<span class="soft">${clip(text)}</span>`,
      )
      return html`<dt>${label}</dt>
        <dd>
          ${[...texts.map(clip), ...soft].map((line, index) => html`${index === 0 ? undefined : html`<br />`}${line}`)}
        </dd>`
    })}
  </dl>`

const classes: Readonly<Record<RowInWords['outcome'], string>> = {
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

function renderRows(rows: readonly RowInWords[], language: Language): Html {
  const words = previewTexts[language]
  const cell = (content: string | Html, look = ''): Html => html`<span class="value ${look}">${content}</span>`
  const line = (text: string | undefined): Html | undefined => (text === undefined ? undefined : html`${text}<br />`)
  const lines = rows.map(({ target, outcome, rule, place, given, value = '–', current = '–', result }) => {
    const named = rule && html`<br /><span class="soft">${rule}</span>`
    return [
      cell(html`<code>${target}</code>${named}`),
      cell(html`${line(given && clip(given))}<span class="soft">${place}</span>`),
      cell(clip(value)),
      cell(clip(current)),
      cell(result, classes[outcome]),
    ]
  })
  return renderTable([words.target, words.source, words.value, words.current, words.outcome], lines)
}

const clip = (text: string): string => (text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text)
