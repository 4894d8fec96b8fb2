import type { Language } from '@ponte/contracts'
import {
  type User,
  type FailureReason,
  readReasons,
  maskedContact,
  opportunityText,
  isEditable,
} from '@ponte/operations'
import type { BoardDeps } from '../../board-deps.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { eventName, eventText } from '../../ui/event-name.ts'
import { type Html, html } from '../../ui/html.ts'
import { moment } from '../../ui/moment.ts'
import { type Cell, renderTable } from '../../ui/page.ts'
import { renderSelection, selectionBox, selectionHead } from '../../ui/selection.ts'
import { renderEventStatus, statusTone } from '../event/texts.ts'
import { failedJobsOf, type LiveJob } from '../event/event-status.ts'
import type { ReadEvent } from '../search/group-events.ts'
import { eventListTexts } from './texts.ts'

/** An event of a list, with why it has failed. */
export interface ListedEvent extends ReadEvent {
  /** The job that a retry starts again: of several rounds of a mark the newest. */
  readonly failed: LiveJob | undefined
  readonly reason: FailureReason | undefined
}

interface Reader {
  readonly language: Language
  readonly user: User | undefined
}

/** Adds why events have failed. */
export async function withReasons(
  deps: Pick<BoardDeps, 'vendorAnswers'>,
  events: readonly ReadEvent[],
  reader: Reader,
): Promise<readonly ListedEvent[]> {
  return await Promise.all(
    events.map(async event => {
      const [failed] = failedJobsOf(event.live)
      const reasons = failed && (await readReasons(deps, failed.queueRef, [failed.job], reader))
      return { ...event, failed, reason: reasons?.get(failed?.job.id ?? '') }
    }),
  )
}

/** Whom an event is about, masked. Without its job, only the opportunity is known. */
export function contactOfEvent({ live, entries }: ReadEvent, { language, user }: Reader): string {
  const contacts = live.map(({ job }) => maskedContact(job, language, user)).filter(text => text !== '–')
  const opportunities = entries.map(entry => (entry.kind === 'run' ? entry.opportunityId : undefined))
  const all = contacts.length > 0 ? contacts : opportunities.flatMap(id => opportunityText(id, language) ?? [])
  return [...new Set(all)].join(' · ') || '–'
}

/** A list of events that can be selected, and what can be done with those that are. */
export function renderEventList(events: readonly ListedEvent[], reader: Reader, hasTenants: boolean): Html {
  const { language, user } = reader
  const words = eventListTexts[language]
  const common = commonTexts[language]
  const heads = [selectionHead(language), words.received, common.event, common.contact, common.status]
  if (hasTenants) heads.push(common.tenant)
  const rows = events.map(event => renderEvent(event, reader))
  const canRetry = user?.role === 'operator' && events.some(({ failed }) => failed !== undefined)
  const buttons = [
    ...(canRetry ? [{ action: '/events/retry', text: words.retry }] : []),
    { action: '/events/export', text: words.export, isQuiet: true },
  ]
  return html`${renderSelection(
    events.map(({ address }) => address),
    buttons,
    language,
  )}
  ${renderTable(heads, rows, { look: 'events' })}`
}

function renderEvent(event: ListedEvent, reader: Reader): readonly Cell[] {
  const { address, event: name, at, status, tenant, failed, reason } = event
  const { language, user } = reader
  const contact = contactOfEvent(event, reader)
  const edit =
    failed !== undefined && user?.role === 'operator' && isEditable(failed.queueRef.kind, failed.job)
      ? html` <a href="/jobs/${tenant}/${failed.queueRef.kind}/${encodeURIComponent(failed.job.id ?? '')}/edit"
          >${commonTexts[language].edit}</a
        >`
      : undefined
  return [
    { content: selectionBox(address, `${eventText(name, language)} ${contact}`, language), look: 'mark' },
    { content: moment(at, language), look: 'when' },
    html`<a href="${address}">${eventName(name, language)}</a>`,
    { content: contact, look: 'contact' },
    html`<span
      ><span class="${statusTone(status)}">${renderEventStatus(status, language)}</span>
      ${reason && html`<br /><span class="soft">${reason.title}</span>`} ${edit}</span
    >`,
    tenant,
  ]
}
