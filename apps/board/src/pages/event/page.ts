import { isFailureCode, type Language, isMarkEvent, bilingual, type Texts, textIn } from '@ponte/contracts'
import {
  type EventHistory,
  type EventJob,
  openContact,
  operators,
  readEventHistory,
  retryNamed,
  type User,
  type EndOfRun,
  type EventMoment,
} from '@ponte/operations'
import { eventAddress, queueAddress, readEventRef } from '../../ui/addresses.ts'
import { renderEventStatus, renderRound, statusTone, outcomeText, outcomeTone } from '../../ui/parts/event-status.ts'
import { renderRaw } from '../../ui/parts/failure-parts.ts'
import { buttonForm, hiddenFields, type Html, html } from '../../ui/html.ts'
import { action, type PageRequest, noFilters, page, type PageView, type RenderedPage } from '../../ui/board-page.ts'
import { commonTexts, contactLabel, queueLabel, fieldLabel, eventName, eventText } from '../../ui/common-texts.ts'
import { counted } from '@ponte/runtime'
import { wordOf } from '../../ui/language.ts'
import { moment } from '../../ui/moment.ts'

const eventTexts = bilingual({
  key: { en: 'Key', pt: 'Chave' },
  showContact: { en: 'Show in full', pt: 'Mostrar por inteiro' },
  timeline: { en: 'What happened', pt: 'O que aconteceu' },
  received: { en: 'Received', pt: 'Recebido' },
  fromDelivery: { en: 'from the delivery that was in quarantine,', pt: 'da entrega que estava em quarentena,' },
  derived: { en: 'produced', pt: 'gerou' },
  duplicate: { en: 'Received again: a duplicate, no change', pt: 'Recebido outra vez: duplicado, sem alteração' },
  retriedBy: { en: (user: string) => `Retried by ${user}`, pt: user => `Reenviado por ${user}` },
  removedBy: { en: (user: string) => `Removed from the queue by ${user}`, pt: user => `Removido da fila por ${user}` },
  superseded: {
    en: 'Its failed job was removed: a later one stands for it',
    pt: 'O job com falha foi removido: outro, mais recente, o substitui',
  },
  editedBy: { en: (user: string) => `Edited by ${user}:`, pt: user => `Corrigido por ${user}:` },
  calls: {
    en: (calls: number) => counted('en', calls, 'technical line', 'technical lines'),
    pt: calls => counted('pt-BR', calls, 'linha técnica', 'linhas técnicas'),
  },
  times: { en: (times: number) => `(${times} times in a row)`, pt: times => `(${times} vezes seguidas)` },
  gone: {
    en: 'The event is no longer in the queue. Its history is kept for 30 days.',
    pt: 'O evento não está mais na fila. O histórico fica guardado por 30 dias.',
  },
  unknown: { en: 'Event not found (kept 30 days).', pt: 'Evento não encontrado ou com mais de 30 dias.' },
  notFailed: {
    en: 'The event is no longer failed: somebody may have retried it.',
    pt: 'O evento não está mais com falha: alguém pode tê-lo reenviado.',
  },
})

const states: Readonly<Record<string, Texts>> = {
  failed: { en: 'failed', pt: 'falhou' },
  completed: { en: 'done', pt: 'concluído' },
  active: { en: 'running', pt: 'em execução' },
  waiting: { en: 'in the queue', pt: 'na fila' },
  prioritized: { en: 'in the queue', pt: 'na fila' },
  delayed: { en: 'delayed', pt: 'adiado' },
}

/** A state of a job in BullMQ, in words. */
const stateText = (state: string, language: Language): string => wordOf(states, state, language)

/** For a failed round of a mark that another round followed. */
const failedRound: Texts = { en: 'Failed; another round followed', pt: 'Falhou; houve outra rodada' }

/** Undefined when there is no such event. */
async function ask(read: typeof readEventHistory, { deps, language, user, request }: PageRequest, fields: unknown) {
  const ref = readEventRef(request.params, fields)
  return ref && (await read(deps, ref, { language, user }))
}

/** By POST, so that no link opens a contact and no address contains it. */
const showContact = action({
  path: '/events/:tenant/:timeline/contact',
  roles: operators,
  back: address => address.replace(/\/contact\b.*$/, ''),
  filters: noFilters,
  run: async asked => render(await ask(openContact, asked, asked.request.body), asked),
})

const retryOne = action({
  ...{ path: '/jobs/:tenant/:kind/:job/retry', filters: noFilters },
  async run(asked) {
    const event = await retryNamed(asked.deps, asked.request.params, asked.user)
    if (event === 'gone') return render(undefined, asked)
    return event === 'notFailed' ? { status: 409, text: eventTexts[asked.language].notFailed } : eventAddress(event)
  },
})

/** `/events/…`: the timeline of an event from its arrival on, also after its job is gone; and the retry of one job. */
export const eventPage = page({
  path: '/events/:tenant/:timeline',
  title: { en: 'Event history', pt: 'Histórico do evento' },
  filters: noFilters,
  read: asked => ask(readEventHistory, asked, asked.request.query),
  render,
  actions: [showContact, retryOne],
})

function render(event: EventHistory | undefined, { language, title, user }: PageView): RenderedPage {
  const words = eventTexts[language]
  if (event === undefined) return { status: 404, text: words.unknown }
  const { tenant, jobs, event: name, key } = event
  const common = commonTexts[language]
  const [newest] = jobs.toReversed()
  const facts: readonly (readonly [string, string | Html])[] = [
    [common.event, html`${eventText(name, language)} <code class="soft">${name}</code>`],
    [common.tenant, tenant],
    [words.key, key],
    ...(newest ? [[contactLabel(newest.kind, language), renderContact(event, language, user)] as const] : []),
    [common.status, html`<span class="${statusTone(event)}">${renderEventStatus(event, language)}</span>`],
  ]
  const hasFailed = jobs.some(({ state }) => state === 'failed')
  const body = html`<p>
      <a href="${hasFailed ? '/failures' : '/events'}">${hasFailed ? common.toFailures : common.toEvents}</a>
    </p>
    <h1>${title}</h1>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    ${jobs.length === 0 ? html`<p class="notice warning">${words.gone}</p>` : jobs.map(job => renderJob(job, event, { language, user }))}
    <h2>${words.timeline}</h2>
    <ol class="timeline">
      ${renderMoments(event, language)}
    </ol>`
  return { body }
}

/** The masked contact, and for an operator the button that shows it in full. */
function renderContact({ tenant, id, contact, contactIn }: EventHistory, language: Language, user: User): Html {
  if (user.role !== 'operator' || contactIn === undefined) return html`${contact}`
  return html`${contact}
    <form class="inline" method="post" action="${eventAddress({ tenant, id })}/contact">
      ${hiddenFields({ kind: contactIn.kind, job: contactIn.id })}
      <button class="link" type="submit">${eventTexts[language].showContact}</button>
    </form>`
}

function renderJob(
  { kind, id, queueName, event, state, code, reason, isEditable, hasPreview }: EventJob,
  { tenant, status }: EventHistory,
  { language, user }: Pick<PageView, 'language' | 'user'>,
): Html {
  const common = commonTexts[language]
  const own = `${tenant}/${kind}/${encodeURIComponent(id)}`
  const isOperator = user.role === 'operator'
  return html`<section class="card" aria-label="${id}">
    <p class="tight">
      <strong>${eventName(event, language)}</strong> ·
      ${code !== undefined && status.kind === 'round' && isMarkEvent(event) ? renderRound(status, language) : stateText(state, language)}
      · ${queueLabel(kind, language)}
    </p>
    ${reason && html`<p class="tight bad">${reason.title}</p>`} ${reason && renderRaw(reason.raw, language)}
    <div class="actions">
      ${
        isOperator && code !== undefined
          ? html`${buttonForm(`/jobs/${own}/retry`, common.retry)}
            ${isEditable ? html`<a href="/jobs/${own}/edit">${common.edit}</a>` : undefined}`
          : undefined
      }
      ${isOperator && hasPreview ? html`<a href="/preview/${own}">${common.preview}</a>` : undefined}
      ${code !== undefined && isFailureCode(code) ? html`<a href="/error-codes/${code}">${common.whatToDo}</a>` : undefined}
      <a href="${queueAddress(queueName, { jobId: id })}">${common.viewInQueue}</a>
    </div>
  </section>`
}

/** What happened to an event. Calls that follow each other are folded into one line. */
function renderMoments(event: EventHistory, language: Language): readonly Html[] {
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
