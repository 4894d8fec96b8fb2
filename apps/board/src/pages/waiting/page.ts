import { formatDuration, counted } from '@ponte/runtime'
import {
  isImpaired,
  readWaiting,
  STUCK_AFTER_MS,
  type Waiting,
  type WaitingTenant,
  connectionWords,
  modeTexts,
  type QueueStatus,
  SAMPLE,
  textMask,
  type WaitingEvent,
  type WaitingInQueue,
  type WaitingQueue,
} from '@ponte/operations'
import { chosenTenants, tenantChoices, waitingFilters } from '../../filters/filters.ts'
import { commonTexts, queueLabel, eventName } from '../../ui/common-texts.ts'
import { html, type Html, type Fragment } from '../../ui/html.ts'
import { page, type PageView } from '../../ui/board-page.ts'
import { readCheckResult } from '../../ui/parts/check-result.ts'
import { renderProblem } from '../../ui/parts/connection-problem.ts'
import { bilingual, type Language } from '@ponte/contracts'
import { eventAddress, queueAddress } from '../../ui/addresses.ts'
import { moment } from '../../ui/moment.ts'
import { type Cell, renderTable } from '../../ui/page.ts'
import { delayReason } from '../../ui/parts/event-status.ts'

const waitingTexts = bilingual({
  intro: {
    en: (limit: string) => `What is paused, what waits and why; one by one, the events waiting over ${limit}.`,
    pt: limit => `O que está em pausa, o que aguarda e o motivo; um a um, os eventos que aguardam há mais de ${limit}.`,
  },
  unreadable: {
    en: 'Redis did not answer; the status of this queue is unknown.',
    pt: 'O Redis não respondeu; a situação desta fila é desconhecida.',
  },
  queue: { en: 'Queue', pt: 'Fila' },
  waiting: { en: 'Waiting', pt: 'Aguardando' },
  delayed: { en: 'Delayed', pt: 'Adiados' },
  active: { en: 'Active', pt: 'Em execução' },
  failed: { en: 'Failed', pt: 'Com falha' },
  workers: { en: 'Workers', pt: 'Workers' },
  unknown: { en: 'unknown', pt: 'desconhecido' },
  waitingCount: {
    en: (count: number, age: string | undefined) =>
      age === undefined ? `${count}` : `${count} waiting · oldest: ${age} ago`,
    pt: (count, age) => (age === undefined ? `${count}` : `${count} aguardando · mais antigo há ${age}`),
  },
  since: {
    en: (count: number, age: string | undefined) => (age === undefined ? `${count}` : `${count} · ${age}`),
    pt: (count, age) => (age === undefined ? `${count}` : `${count} · há ${age}`),
  },
  tooLong: {
    en: (count: string, limit: string) => `${count} over ${limit}`,
    pt: (count, limit) => `${count} há mais de ${limit}`,
  },
  conditions: {
    en: {
      fine: 'on time',
      failures: 'on time, with failures:',
      paused: 'paused: open the queue and use Resume',
      noWorkers: 'no worker connected: start one',
      stuck: 'stuck: there are workers, but none takes the events; see their /readyz and log',
      backlog: 'working through the queue',
      stalled: 'a worker died during a run; another takes over within 10 s, if there is one',
      long: 'a run is taking too long: its worker may hang',
    },
    pt: {
      fine: 'em dia',
      failures: 'em dia, com falhas:',
      paused: 'em pausa: abra a fila e use Retomar',
      noWorkers: 'nenhum worker conectado: inicie um',
      stuck: 'sem andamento: há workers, mas nenhum pega os eventos; veja o /readyz e o log deles',
      backlog: 'processando a fila',
      stalled: 'um worker caiu durante uma execução; outro a assume em até 10 s, se houver um',
      long: 'uma execução está demorando demais: o worker pode ter travado',
    },
  },
  longest: { en: (queue: string) => `${queue}: waiting longest`, pt: queue => `${queue}: aguardando há mais tempo` },
  waits: { en: (age: string) => `waiting ${age}`, pt: age => `aguardando há ${age}` },
  next: { en: (queue: string) => `${queue}: next attempts`, pt: queue => `${queue}: próximas tentativas` },
  until: { en: 'at', pt: 'em' },
  noWorkerAtAll: { en: 'No worker is connected: start one.', pt: 'Nenhum worker conectado: inicie um.' },
  allUpToDate: { en: 'Nothing is held up.', pt: 'Nada está parado.' },
  upToDate: {
    en: (count: number) => counted('en', count, 'tenant up to date', 'tenants up to date'),
    pt: count => counted('pt-BR', count, 'empresa em dia', 'empresas em dia'),
  },
  allQueues: { en: 'Queues and events', pt: 'Filas e eventos' },
})

/** `/waiting`: events that wait too long, connections that are paused, queues that nobody works on. */
export const waitingPage = page({
  path: '/waiting',
  title: { en: 'Waiting', pt: 'Em espera' },
  menu: { counts: 'waiting' },
  filters: waitingFilters,
  async read({ deps, filters, language, user, now, request }) {
    const { stuckAfterMs: limitMs = STUCK_AFTER_MS, tenants } = deps
    const shown = chosenTenants(tenants, filters.tenant)
    const check = await readCheckResult(deps, request, { language, now })
    return { limitMs, check, found: await readWaiting(deps, shown, { user, language, now, limitMs }) }
  },
  render({ limitMs, check, found }, view) {
    const { deps, filters, language, title } = view
    const { intro } = waitingTexts[language]
    const body = html`<h1>${title}</h1>
      ${check?.notice}
      <p class="soft">${intro(formatDuration(limitMs, language))}</p>
      ${waitingFilters.form(filters, language, { tenant: tenantChoices(deps.tenants) })}
      ${renderTenants(found, { ...view, limitMs })}`
    return { body, refreshes: check?.isChecking === true ? 'soon' : true }
  },
})

/**
 * A single tenant is shown in full. Of several, those where something is held up come first, each in a few lines. The others are folded,
 * and their names lead to the full view.
 */
function renderTenants({ tenants, isWithoutWorkers }: Waiting, view: WaitingView): Html {
  const words = waitingTexts[view.language]
  const [only, ...more] = tenants
  if (only === undefined) return html`<p>${commonTexts[view.language].noTenant}</p>`
  if (more.length === 0) return renderWhole(only, view)
  const others = tenants.filter(each => !each.isHeldUp)
  const heldUp = tenants.filter(each => each.isHeldUp)
  return html`${isWithoutWorkers ? html`<p class="notice" role="alert">${words.noWorkerAtAll}</p>` : undefined}
  ${
    heldUp.length === 0
      ? html`<p class="good">${words.allUpToDate}</p>`
      : heldUp.map(tenant => renderHeldUp(tenant, view))
  }
  ${
    others.length === 0
      ? undefined
      : html`<details>
          <summary>${words.upToDate(others.length)}</summary>
          <ul class="names">
            ${others.map(tenant => renderName(tenant, view))}
          </ul>
        </details>`
  }`
}

function renderWhole(found: WaitingTenant, view: WaitingView): Html {
  const { name } = found.tenant
  return html`<section>
    <h2>${name}</h2>
    ${renderProblems(found, view)} ${renderQueues(found, view)}
    ${found.queues.flatMap(queue => [renderLongest(queue, view) ?? [], renderNext(queue, view) ?? []].flat())}
  </section>`
}

function renderHeldUp(found: WaitingTenant, view: WaitingView): Html {
  const { name } = found.tenant
  const { allQueues } = waitingTexts[view.language]
  return html`<section class="card" aria-label="${name}">
    <h2>${name}</h2>
    ${renderProblems(found, view)}
    ${found.queues.filter(queue => queue.isHeldUp).map(queue => renderLine(found, queue, view))}
    <p class="tight"><a href="/waiting?tenant=${name}">${allQueues}</a></p>
  </section>`
}

const renderProblems = ({ tenant, connections }: WaitingTenant, view: WaitingView): readonly Html[] =>
  connections.filter(isImpaired).map(each => renderProblem(each, tenant, view))

/** A tenant where nothing is held up, and how much it has to do. */
function renderName({ tenant, queues }: WaitingTenant, { language }: WaitingView): Html {
  const words = waitingTexts[language]
  const [waiting, delayed] = (['startable', 'later'] as const).map(count =>
    queues.reduce((all, { held }) => all + (held?.[count] ?? 0), 0),
  )
  const facts = [
    ...(waiting ? [words.waitingCount(waiting, undefined)] : []),
    ...(delayed ? [`${delayed} ${words.delayed.toLowerCase()}`] : []),
  ]
  return html`<li>
    <a href="/waiting?tenant=${tenant.name}">${tenant.name}</a> <span class="soft">${facts.join(' · ')}</span>
  </li>`
}

interface WaitingView extends PageView<unknown> {
  /** An event that waits for longer is listed, in milliseconds. */
  readonly limitMs: number
}

/** All queues of a tenant, with what they hold. */
function renderQueues(found: WaitingTenant, view: WaitingView): Html {
  const words = waitingTexts[view.language]
  const heads = [
    words.queue,
    commonTexts[view.language].status,
    words.waiting,
    words.delayed,
    words.active,
    words.failed,
  ]
  return renderTable(
    [...heads, words.workers],
    found.queues.map(each => renderRow(found, each, view)),
  )
}

const linkTo = ({ tenant }: WaitingTenant, { kind }: WaitingQueue, language: Language): Html =>
  html`<a href="${queueAddress(`${tenant.name}.${kind}`)}">${queueLabel(kind, language)}</a>`

/** A queue that is held up, in one line. */
function renderLine(found: WaitingTenant, queue: WaitingQueue, view: WaitingView): Html {
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

function renderRow(found: WaitingTenant, queue: WaitingQueue, view: WaitingView): readonly Cell[] {
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
  { language, now }: WaitingView,
): string {
  if (condition === 'shadowNeeded' || condition === 'switchNeeded') return modeTexts[language][condition]
  if (condition !== 'breaker') return waitingTexts[language].conditions[condition]
  const stopped = connections.filter(each => each.system === system)
  return stopped.map(each => connectionWords(each, language, now).headline).join('')
}

/** How many wait, since when, and how many for too long. */
function waitingFacts(held: WaitingInQueue, view: WaitingView): readonly string[] {
  const { startable, oldestWaitingMs } = held
  const { language } = view
  const age = oldestWaitingMs === undefined ? undefined : formatDuration(oldestWaitingMs, language)
  return [waitingTexts[language].waitingCount(startable, age), ...tooLong(held, view)]
}

/** How many of those that wait are over the limit, unless all of them are. */
function tooLong(
  { waitingTooLong: count, startable }: WaitingInQueue,
  { language, limitMs }: WaitingView,
): readonly string[] {
  if (count === 0 || count === startable) return []
  return [waitingTexts[language].tooLong(count < SAMPLE ? `${count}` : `${count}+`, formatDuration(limitMs, language))]
}

/** The events that have waited longest over the limit. */
function renderLongest(queue: WaitingQueue, view: WaitingView): Html | undefined {
  const { longest, waits } = waitingTexts[view.language]
  const events = queue.held?.longest.map(event => ({
    event,
    text: waits(formatDuration(event.waitedMs, view.language)),
  }))
  return renderEvents({ queue, title: longest, events }, view)
}

/** The next delayed events, with the reason. */
function renderNext(queue: WaitingQueue, view: WaitingView): Html | undefined {
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
const renderEvents = ({ queue: { kind }, title, events = [] }: EventList, { language }: WaitingView) =>
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
