import type { EventDocument, EventReader } from '@ponte/operations'
import { eventAddress } from '../../ui/addresses.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { eventName, eventText } from '../../ui/event-name.ts'
import { type Html, html } from '../../ui/html.ts'
import { moment } from '../../ui/moment.ts'
import { type Cell, renderTable } from '../../ui/page.ts'
import { renderSelection, selectionBox, selectionHead } from '../../ui/selection.ts'
import { renderEventStatus, statusTone } from '../../ui/parts/event-status.ts'
import { eventListTexts } from './texts.ts'

/** A list of events that can be selected, and what can be done with those that are. */
export function renderEventList(events: readonly EventDocument[], reader: EventReader, hasTenants: boolean): Html {
  const { language, user } = reader
  const words = eventListTexts[language]
  const common = commonTexts[language]
  const heads = [selectionHead(language), words.received, common.event, common.contact, common.status]
  if (hasTenants) heads.push(common.tenant)
  const rows = events.map(event => renderEvent(event, reader))
  const canRetry = user?.role === 'operator' && events.some(({ failed }) => failed !== undefined)
  return html`${renderSelection(events.map(eventAddress), language, { canRetry })}
  ${renderTable(heads, rows, { look: 'events' })}`
}

function renderEvent(event: EventDocument, { language, user }: EventReader): readonly Cell[] {
  const { event: name, at, tenant, contact, failed } = event
  const address = eventAddress(event)
  const edit =
    failed?.isEditable === true && user?.role === 'operator'
      ? html` <a href="/jobs/${tenant}/${failed.kind}/${encodeURIComponent(failed.id)}/edit"
          >${commonTexts[language].edit}</a
        >`
      : undefined
  return [
    { content: selectionBox(address, `${eventText(name, language)} ${contact}`, language), look: 'mark' },
    { content: moment(at, language), look: 'when' },
    html`<a href="${address}">${eventName(name, language)}</a>`,
    { content: contact, look: 'contact' },
    html`<span
      ><span class="${statusTone(event)}">${renderEventStatus(event, language)}</span>
      ${failed?.reason && html`<br /><span class="soft">${failed.reason.title}</span>`} ${edit}</span
    >`,
    tenant,
  ]
}
