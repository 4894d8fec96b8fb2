import type { Language } from '@ponte/contracts'
import {
  connectionWords,
  modeTexts,
  type QueueStatus,
  SAMPLE,
  textMask,
  type User,
  type WaitingEvent,
  type WaitingInQueue,
  type WaitingQueue,
  type WaitingTenant,
} from '@ponte/operations'
import { eventAddress, queueAddress } from '../../ui/addresses.ts'
import { commonTexts, queueLabel } from '../../ui/common-texts.ts'
import { formatDuration } from '@ponte/runtime'
import { eventName } from '../../ui/event-name.ts'
import { type Fragment, type Html, html } from '../../ui/html.ts'
import { moment } from '../../ui/moment.ts'
import { type Cell, renderTable as renderAnyTable } from '../../ui/page.ts'
import { waitingTexts } from './texts.ts'
import { delayReason } from '../../ui/parts/event-status.ts'

export interface QueueView {
  readonly language: Language
  /** An event that waits for longer is listed, in milliseconds. */
  readonly limitMs: number
  /** Milliseconds since 1970. */
  readonly now: number
  readonly user: User
}

/** All queues of a tenant, with what they hold. */
export function renderTable(found: WaitingTenant, view: QueueView): Html {
  const words = waitingTexts[view.language]
  const heads = [
    words.queue,
    commonTexts[view.language].status,
    words.waiting,
    words.delayed,
    words.active,
    words.failed,
  ]
  return renderAnyTable(
    [...heads, words.workers],
    found.queues.map(each => renderRow(found, each, view)),
  )
}

const linkTo = ({ tenant }: WaitingTenant, { kind }: WaitingQueue, language: Language): Html =>
  html`<a href="${queueAddress(`${tenant.name}.${kind}`)}">${queueLabel(kind, language)}</a>`

/** A queue that is held up, in one line. */
export function renderLine(found: WaitingTenant, queue: WaitingQueue, view: QueueView): Html {
  const { language } = view
  const { held } = queue
  const facts = held === undefined || held.startable === 0 ? [] : waitingFacts(held, view)
  return html`<p class="tight">
    ${linkTo(found, queue, language)}:
    <span class="${held?.status.tone ?? 'bad'}"
      >${held ? conditionText(held.status, found, view) : waitingTexts[language].unreadable}</span
    >
    ${facts.length === 0 ? undefined : html`<span class="soft">· ${facts.join(' · ')}</span>`}
  </p>`
}

function renderRow(found: WaitingTenant, queue: WaitingQueue, view: QueueView): readonly Cell[] {
  const { language } = view
  const { held } = queue
  const words = waitingTexts[language]
  const link = linkTo(found, queue, language)
  if (held === undefined) return [link, { content: words.unreadable, look: 'bad' }]
  const { status, failed } = held
  const age = (ms: number | undefined) => (ms === undefined ? undefined : formatDuration(ms, language))
  const number = (content: Fragment): Cell => ({ content, look: 'number' })
  const count = (state: string): number => held.counts[state] ?? 0
  return [
    link,
    html`<span
      ><span class="${status.tone}">${conditionText(status, found, view)}</span>
      ${status.condition === 'failures' ? html`<a href="/failures">${commonTexts[language].events(failed)}</a>` : undefined}</span
    >`,
    number(waitingFacts(held, view).join(' · ')),
    number(words.since(held.later, age(held.oldestDelayedMs))),
    number(words.since(count('active'), age(held.longestActiveMs))),
    number(failed === 0 ? 0 : html`<a href="/failures">${failed}</a>`),
    number(found.workers ?? words.unknown),
  ]
}

function conditionText(
  { condition, system }: QueueStatus,
  { connections }: WaitingTenant,
  { language, now }: QueueView,
): string {
  if (condition === 'shadowNeeded' || condition === 'switchNeeded') return modeTexts[language][condition]
  if (condition !== 'breaker') return waitingTexts[language].conditions[condition]
  const stopped = connections.filter(each => each.system === system)
  return stopped.map(each => connectionWords(each, language, now).headline).join('')
}

/** How many wait, since when, and how many for too long. */
function waitingFacts(held: WaitingInQueue, view: QueueView): readonly string[] {
  const { startable, oldestWaitingMs } = held
  const { language } = view
  const age = oldestWaitingMs === undefined ? undefined : formatDuration(oldestWaitingMs, language)
  return [waitingTexts[language].waitingCount(startable, age), ...tooLong(held, view)]
}

/** How many of those that wait are over the limit, unless all of them are. */
function tooLong(
  { waitingTooLong: count, startable }: WaitingInQueue,
  { language, limitMs }: QueueView,
): readonly string[] {
  if (count === 0 || count === startable) return []
  return [waitingTexts[language].tooLong(count < SAMPLE ? `${count}` : `${count}+`, formatDuration(limitMs, language))]
}

/** The events that have waited longest over the limit. */
export function renderLongest(queue: WaitingQueue, view: QueueView): Html | undefined {
  const { longest, waits } = waitingTexts[view.language]
  const events = queue.held?.longest.map(event => ({
    event,
    text: waits(formatDuration(event.waitedMs, view.language)),
  }))
  return renderEvents({ queue, title: longest, events }, view)
}

/** The next delayed events, with the reason. */
export function renderNext(queue: WaitingQueue, view: QueueView): Html | undefined {
  const { language, user } = view
  const words = waitingTexts[language]
  const events = queue.held?.next.map(event => ({
    event,
    text: html`${words.until} ${moment(event.until, language)}: ${textMask(user)(delayReason(event.reason, language))}`,
  }))
  return renderEvents({ queue, title: words.next, events }, view)
}

interface EventList {
  readonly queue: WaitingQueue
  readonly title: (queue: string) => string
  readonly events: readonly { readonly event: WaitingEvent; readonly text: Fragment }[] | undefined
}

/** Events of a queue, each with a link. */
const renderEvents = ({ queue: { kind }, title, events = [] }: EventList, { language }: QueueView) =>
  events.length === 0
    ? undefined
    : html`<h3>${title(queueLabel(kind, language))}</h3>
        <ul>
          ${events.map(
            ({ event, text }) =>
              html`<li>
                <a href="${eventAddress(event)}">${eventName(event.name, language)}</a> ${event.about} · ${text}
              </li>`,
          )}
        </ul>`
