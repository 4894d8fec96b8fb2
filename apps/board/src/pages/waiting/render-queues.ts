import { type Language, systemNames } from '@ponte/contracts'
import { textMask, type User, maskedContact, type QueueSnapshot, SAMPLE, type QueueStatus } from '@ponte/operations'
import { eventAddress, queueAddress } from '../../ui/addresses.ts'
import { commonTexts, queueLabel } from '../../ui/common-texts.ts'
import { formatDuration } from '@ponte/runtime'
import { eventName } from '../../ui/event-name.ts'
import { type Fragment, type Html, html } from '../../ui/html.ts'
import { moment } from '../../ui/moment.ts'
import { type Cell, renderTable as renderAnyTable } from '../../ui/page.ts'
import type { DelayedEvent, WaitingQueue, WaitingTenant } from './reader.ts'
import { waitingTexts } from './texts.ts'
import { statusOf } from './held-up.ts'
import { delayReason } from '../event/texts.ts'

export interface QueueView {
  readonly language: Language
  /** Milliseconds since 1970. */
  readonly now: number
  /** An event that waits for longer is listed, in milliseconds. */
  readonly limitMs: number
  readonly user: User | undefined
}

/** All queues of a tenant, with what they hold. */
export function renderTable(tenant: WaitingTenant, view: QueueView): Html {
  const { queue, waiting, delayed, active, failed, workers } = waitingTexts[view.language]
  const heads = [queue, commonTexts[view.language].status, waiting, delayed, active, failed, workers]
  return renderAnyTable(
    heads,
    tenant.queues.map(each => renderRow(each, tenant, view)),
  )
}

const linkTo = ({ queueRef: { tenant, kind } }: WaitingQueue, language: Language): Html =>
  html`<a href="${queueAddress(`${tenant.name}.${kind}`)}">${queueLabel(kind, language)}</a>`

/** A queue that is held up, in one line. */
export function renderLine(queue: WaitingQueue, tenant: WaitingTenant, view: QueueView): Html {
  const { language } = view
  const words = waitingTexts[language]
  const status = statusOf(queue, tenant, view)
  const snapshot = queue.state?.snapshot
  const facts = snapshot === undefined || snapshot.startable === 0 ? [] : waitingFacts(snapshot, view)
  return html`<p class="tight">
    ${linkTo(queue, language)}:
    <span class="${status?.tone ?? 'bad'}">${status ? conditionText(status, language) : words.unreadable}</span>
    ${facts.length === 0 ? undefined : html`<span class="soft">· ${facts.join(' · ')}</span>`}
  </p>`
}

function renderRow(queue: WaitingQueue, tenant: WaitingTenant, view: QueueView): readonly Cell[] {
  const { language } = view
  const { state } = queue
  const words = waitingTexts[language]
  const link = linkTo(queue, language)
  const status = statusOf(queue, tenant, view)
  if (state === undefined || status === undefined) return [link, { content: words.unreadable, look: 'bad' }]
  const { snapshot, workers } = state
  const age = (ms: number | undefined) => (ms === undefined ? undefined : formatDuration(ms, language))
  const number = (content: Fragment): Cell => ({ content, look: 'number' })
  const count = (state: string): number => snapshot.counts[state] ?? 0
  const failures = count('failed')
  const waiting = waitingFacts(snapshot, view).join(' · ')
  return [
    link,
    html`<span
      ><span class="${status.tone}">${conditionText(status, language)}</span>
      ${status.condition === 'failures' ? html`<a href="/failures">${commonTexts[language].events(failures)}</a>` : undefined}</span
    >`,
    number(waiting),
    number(words.since(snapshot.later, age(snapshot.oldestDelayedMs))),
    number(words.since(count('active'), age(snapshot.longestActiveMs))),
    number(failures === 0 ? 0 : html`<a href="/failures">${failures}</a>`),
    number(workers ?? words.unknown),
  ]
}

function conditionText({ condition, breaker }: QueueStatus, language: Language): string {
  const words = waitingTexts[language]
  if (condition !== 'breaker') return words.conditions[condition]
  const { system = 'totvs-crm', reason = 'down' } = breaker ?? {}
  return words.breaker[reason === 'revoked' ? system : 'pause'](systemNames[system])
}

/** How many wait, since when, and how many for too long. */
function waitingFacts(snapshot: QueueSnapshot, view: QueueView): readonly string[] {
  const { startable, oldestWaitingMs } = snapshot
  const { language } = view
  const age = oldestWaitingMs === undefined ? undefined : formatDuration(oldestWaitingMs, language)
  return [waitingTexts[language].waitingCount(startable, age), ...tooLong(snapshot, view)]
}

/** How many of those that wait are over the limit, unless all of them are. */
function tooLong(
  { waitingTooLong: count, startable }: QueueSnapshot,
  { language, limitMs }: QueueView,
): readonly string[] {
  if (count === 0 || count === startable) return []
  return [waitingTexts[language].tooLong(count < SAMPLE ? `${count}` : `${count}+`, formatDuration(limitMs, language))]
}

/** The events that have waited longest over the limit, each with a link. */
export function renderLongest({ queueRef, state }: WaitingQueue, { language, user }: QueueView): Html | undefined {
  const words = waitingTexts[language]
  const { longest = [] } = state?.snapshot ?? {}
  if (longest.length === 0) return undefined
  const items = longest.map(
    ({ job, waitedMs }) =>
      html`<li>
        <a href="${eventAddress(queueRef, job)}">${eventName(job.name, language)}</a>
        ${maskedContact(job, language, user)} · ${words.waits(formatDuration(waitedMs, language))}
      </li>`,
  )
  return html`<h3>${words.longest(queueLabel(queueRef.kind, language))}</h3>
    <ul>
      ${items}
    </ul>`
}

/** The next delayed events, with the reason. */
export function renderDelayed(
  { queueRef }: WaitingQueue,
  delayed: readonly DelayedEvent[],
  { language, user }: QueueView,
): Html | undefined {
  if (delayed.length === 0) return undefined
  const words = waitingTexts[language]
  return html`<h3>${words.next(queueLabel(queueRef.kind, language))}</h3>
    <ul>
      ${delayed.map(
        ({ job, until, reason }) =>
          html`<li>
            <a href="${eventAddress(queueRef, job)}">${eventName(job.name, language)}</a>
            ${maskedContact(job, language, user)} · ${words.until} ${moment(until, language)}:
            ${textMask(user)(delayReason(reason, language))}
          </li>`,
      )}
    </ul>`
}
