import { isFailureCode, type Language, isMarkEvent } from '@ponte/contracts'
import {
  type EventHistory,
  type EventJob,
  openContact,
  operators,
  readEventHistory,
  retryNamed,
  type User,
} from '@ponte/operations'
import { eventAddress, queueAddress, readEventRef } from '../../ui/addresses.ts'
import { renderEventStatus, renderRound, statusTone } from '../../ui/parts/event-status.ts'
import { eventTexts, stateText } from './texts.ts'
import { renderMoments } from './timeline.ts'
import { renderRaw } from '../../ui/parts/failure-parts.ts'
import { buttonForm, hiddenFields, type Html, html } from '../../ui/html.ts'
import { action, type Asked, noFilters, page, type Rendered } from '../../ui/board-page.ts'
import { commonTexts, contactLabel, queueLabel } from '../../ui/common-texts.ts'
import { eventName, eventText } from '../../ui/event-name.ts'

/** Undefined when there is no such event. */
async function ask(read: typeof readEventHistory, { deps, language, user, request }: Asked, fields: unknown) {
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

function render(event: EventHistory | undefined, { language, title, user }: Asked): Rendered {
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
  { language, user }: Pick<Asked, 'language' | 'user'>,
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
