import { destinations, systemNames } from '@ponte/contracts'
import { formatDuration, type Tenant } from '@ponte/runtime'
import { blocks, type OpenBreaker } from '@ponte/state'
import type { FastifyInstance } from 'fastify'
import { maySee, type User } from '../../auth/credentials.ts'
import { textMask } from '../../masking/masking.ts'
import { maskedContact } from '../../queues/masked-contact.ts'
import { type QueueSnapshot, SAMPLE, STUCK_AFTER_MS } from '../../queues/queue-snapshot.ts'
import { type QueueStatus, readQueueStatus } from '../../queues/queue-status.ts'
import { commonTexts, queueLabel } from '../../ui/common-texts.ts'
import { type Html, html } from '../../ui/html.ts'
import { inLanguage } from '../../ui/in-language.ts'
import { type Language, languageOf } from '../../ui/language.ts'
import { moment } from '../../ui/moment.ts'
import { renderTable, sendPage } from '../../ui/page.ts'
import { eventName } from '../../ui/event-name.ts'
import { eventAddress } from '../event/addresses.ts'
import { readWaitingTenant, type WaitingDeps, type WaitingQueue, type WaitingTenant } from './reader.ts'
import { waitingTexts } from './texts.ts'
import { queueAddress } from '../../bull-board/addresses.ts'

export interface WaitingPageOptions extends WaitingDeps {
  readonly tenants: readonly Tenant[]
  /** An event that waits for longer is listed, in milliseconds. Default: a minute. */
  readonly stuckAfterMs?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

interface View {
  readonly language: Language
  readonly now: number
  readonly limitMs: number
  readonly user: User | undefined
}

/** `/waiting`: events that wait too long, open breakers and their next check, queues that nobody works on. */
export function addWaitingPage(app: FastifyInstance, options: WaitingPageOptions): void {
  const { tenants, stuckAfterMs = STUCK_AFTER_MS, now = Date.now } = options
  app.get('/waiting', async (request, reply) => {
    const visible = tenants.filter(({ name }) => maySee(request.user, name))
    const language = languageOf(request)
    const { title, intro } = waitingTexts[language]
    const view = { language, now: now(), limitMs: stuckAfterMs, user: request.user }
    const found = await Promise.all(visible.map(tenant => readWaitingTenant(options, tenant, view)))
    return sendPage(reply, {
      language,
      title,
      body: html`<h1>${title}</h1>
        <p class="soft">${intro(formatDuration(stuckAfterMs, language))}</p>
        ${found.map(tenant => renderTenant(tenant, view))}`,
    })
  })
}

function renderTenant({ name, breakers, queues }: WaitingTenant, view: View): Html {
  const { queue, waiting, delayed, active, failed, workers } = waitingTexts[view.language]
  const heads = [queue, commonTexts[view.language].status, waiting, delayed, active, failed, workers]
  return html`<section>
    <h2>${name}</h2>
    ${breakers.map(breaker => renderBreaker(breaker, view))}
    ${renderTable(
      heads,
      queues.map(each => renderRow(each, breakers, view)),
    )}
    ${queues.flatMap(each => [renderLongest(each, view), renderDelayed(each, view)].filter(part => part !== undefined))}
  </section>`
}

function renderBreaker(breaker: OpenBreaker, { language, now }: View): Html {
  const { system, code, since, until } = breaker
  const { open, paused, probing } = waitingTexts[language]
  const isLogin = system === 'totvs-crm' && breaker.reason === 'revoked'
  const reason = breaker.kind === 'write' ? 'writes' : isLogin ? 'login' : breaker.reason
  const queues = destinations
    .filter(destination => blocks(breaker, destination))
    .map(kind => queueLabel(kind, language))
    .join(', ')
  const left = until - now
  return html`<p class="notice warning">
    ${open[reason](systemNames[system], formatDuration(now - since, language))}
    ${left > 0 ? paused(queues, formatDuration(left, language)) : probing(queues)}
    <a href="/error-codes/${code}"><code>${code}</code></a>
  </p>`
}

function renderRow({ queueRef, state }: WaitingQueue, breakers: readonly OpenBreaker[], view: View): Html {
  const { language, limitMs } = view
  const words = waitingTexts[language]
  const { status: statusLabel } = commonTexts[language]
  const name = `${queueRef.tenant.name}.${queueRef.kind}`
  const link = html`<a href="${queueAddress(name)}">${queueLabel(queueRef.kind, language)}</a>`
  if (state === undefined) {
    return html`<tr>
      <td data-label="${words.queue}">${link}</td>
      <td data-label="${statusLabel}" class="bad">${words.unreadable}</td>
      <td></td>
      <td></td>
      <td></td>
      <td></td>
      <td></td>
    </tr>`
  }
  const { snapshot, workers } = state
  const age = (ms: number | undefined) => (ms === undefined ? undefined : formatDuration(ms, language))
  const status = readQueueStatus(queueRef.kind, state, { breakers, limitMs })
  const cell = (label: string, value: string | number): Html =>
    html`<td class="number" data-label="${label}">${value}</td>`
  const count = (state: string): number => snapshot.counts[state] ?? 0
  const failures = count('failed')
  const waiting = [
    words.waitingCount(snapshot.startable, age(snapshot.oldestWaitingMs)),
    ...tooLong(snapshot, view),
  ].join(' · ')
  return html`<tr>
    <td data-label="${words.queue}">${link}</td>
    <td data-label="${statusLabel}">
      <span
        ><span class="${status.tone}">${conditionText(status, language)}</span>
        ${status.condition === 'failures' ? html`<a href="/failures">${words.failures(failures)}</a>` : undefined}</span
      >
    </td>
    ${cell(words.waiting, waiting)}
    ${cell(words.delayed, words.since(count('delayed') - snapshot.overdue, age(snapshot.oldestDelayedMs)))}
    ${cell(words.active, words.since(count('active'), age(snapshot.longestActiveMs)))}
    <td class="number" data-label="${words.failed}">
      ${failures === 0 ? 0 : html`<a href="/failures">${failures}</a>`}
    </td>
    ${cell(words.workers, workers ?? words.unknown)}
  </tr>`
}

function conditionText({ condition, breaker }: QueueStatus, language: Language): string {
  const words = waitingTexts[language]
  if (condition !== 'breaker') return words.conditions[condition]
  return words.breaker(systemNames[breaker?.system ?? 'totvs-crm'])
}

/** How many of those that wait are over the limit, unless all of them are. */
function tooLong({ waitingTooLong: count, startable }: QueueSnapshot, { language, limitMs }: View): readonly string[] {
  if (count === 0 || count === startable) return []
  return [waitingTexts[language].tooLong(count < SAMPLE ? `${count}` : `${count}+`, formatDuration(limitMs, language))]
}

/** The events that have waited longest over the limit, to be opened one by one. */
function renderLongest({ queueRef, state }: WaitingQueue, { language, user }: View): Html | undefined {
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
function renderDelayed({ queueRef, delayed }: WaitingQueue, { language, user }: View): Html | undefined {
  if (delayed.length === 0) return undefined
  const words = waitingTexts[language]
  return html`<h3>${words.next(queueLabel(queueRef.kind, language))}</h3>
    <ul>
      ${delayed.map(
        ({ job, until, reason }) =>
          html`<li>
            <a href="${eventAddress(queueRef, job)}">${eventName(job.name, language)}</a>
            ${maskedContact(job, language, user)} · ${words.until} ${moment(until, language)}:
            ${textMask(user)(inLanguage(reason, language))}
          </li>`,
      )}
    </ul>`
}
