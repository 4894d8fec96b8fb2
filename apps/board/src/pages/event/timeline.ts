import { type Language, textIn } from '@ponte/contracts'
import type { EndOfRun, EventHistory, EventMoment } from '@ponte/operations'
import { eventAddress } from '../../ui/addresses.ts'
import { eventName, eventText } from '../../ui/event-name.ts'
import { renderRaw } from '../../ui/parts/failure-parts.ts'
import { type Html, html } from '../../ui/html.ts'
import { moment } from '../../ui/moment.ts'
import { fieldLabel } from '../../ui/common-texts.ts'
import { outcomeText, outcomeTone, renderRound } from '../../ui/parts/event-status.ts'
import { eventTexts, failedRound } from './texts.ts'

/** What happened to an event. Calls that follow each other are folded into one line. */
export function renderMoments(event: EventHistory, language: Language): readonly Html[] {
  const groups: EventMoment[][] = []
  for (const each of event.moments) {
    const last = groups.at(-1)
    if (isTechnical(each) && last?.[0] !== undefined && isTechnical(last[0])) last.push(each)
    else groups.push([each])
  }
  return groups.map(group => {
    const [first] = group
    const lines = group.map(each => html`<li>${moment(each.at, language)} ${renderMoment(each, event, language)}</li>`)
    if (first === undefined || !isTechnical(first)) return html`${lines}`
    return html`<li>
      ${moment(first.at, language)}
      <details>
        <summary>${eventTexts[language].calls(group.length)}</summary>
        <ol class="timeline">
          ${lines}
        </ol>
      </details>
    </li>`
  })
}

const isTechnical = (each: EventMoment): boolean => each.kind === 'line' && each.isTechnical

function renderMoment(each: EventMoment, event: EventHistory, language: Language): Html {
  const words = eventTexts[language]
  const link = (id: string, text: string): Html =>
    html`<a href="${eventAddress({ tenant: event.tenant, id })}">${text}</a>`
  if (each.kind === 'line') return html`<code>${each.text}</code>`
  if (each.kind === 'received') {
    const { delivery } = each
    const from = delivery && html` ${words.fromDelivery} ${link(delivery.id, delivery.key)}`
    return html`<strong>${words.received}</strong>${from}`
  }
  if (each.kind === 'duplicate') {
    return html`<strong class="soft">${words.duplicate}</strong>
      ${each.times === undefined ? undefined : words.times(each.times)}`
  }
  if (each.kind === 'retried') return html`<strong>${words.retriedBy(each.by)}</strong>`
  if (each.kind === 'removed') return html`<strong>${words.removedBy(each.by)}</strong>`
  if (each.kind === 'superseded') return html`<strong>${words.superseded}</strong>`
  if (each.kind === 'edited')
    return html`<strong>${words.editedBy(each.by)}</strong>
      ${each.fields.map(field => fieldLabel(field, language)).join(', ')}`
  const { code, text, raw, times, derived } = each
  const why =
    code === undefined
      ? text
      : html`<a href="/error-codes/${code}"><code>${code}</code></a> ${text} ${renderRaw(raw, language)}`
  return html`${each.isOther ? html`${eventName(each.event, language)} ` : undefined}${renderOutcome(each, event, language)}
  ${times === undefined ? undefined : words.times(times)} ${why}
  ${derived.map(({ id, event: name, key }) => html`<br />${words.derived} ${link(id, `${eventText(name, language)} ${key}`)}`)}`
}

function renderOutcome({ outcome }: EndOfRun, { status }: EventHistory, language: Language): Html {
  if (outcome === 'next-round') return html`<strong class="bad">${textIn(failedRound, language)}</strong>`
  if (outcome === 'round')
    return html`<strong class="bad">${status.kind === 'round' ? renderRound(status, language) : ''}</strong>`
  return html`<strong class="${outcomeTone(outcome)}">${outcomeText(outcome, language)}</strong>`
}
