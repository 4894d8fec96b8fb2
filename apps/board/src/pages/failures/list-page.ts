import { codeSentence, isFailureCode, isJobName, type Language } from '@ponte/contracts'
import {
  type FailedEvent,
  findQueue,
  isEditable,
  eventRefOf,
  maskedContact,
  queueNameOf,
  type QueueRef,
  readFailedEvents,
  type User,
} from '@ponte/operations'
import { commonTexts, contactLabel, queueLabel, eventName, eventText } from '../../ui/common-texts.ts'
import { buttonForm, type Html, html } from '../../ui/html.ts'
import { noFilters, page } from '../../ui/board-page.ts'
import { eventChoices, choiceOf, filtersOfCause } from '../../filters/filters.ts'
import { moment } from '../../ui/moment.ts'
import { type Cell, renderTable } from '../../ui/page.ts'
import { renderSelection, selectionBox, selectionHead } from '../../ui/selection.ts'
import { eventAddress, queueAddress } from '../../ui/addresses.ts'
import { renderRound } from '../../ui/parts/event-status.ts'
import { asHeading, partParameters } from '../../ui/parts/failure-parts.ts'
import { failureTexts } from './texts.ts'

/** Enough to tell two events of one person apart, and to find the job in the audit trail and on Bull Board. */
const SHOWN_OF_ID = 6

/** `/failures/…`: the failed events of one cause, each with its own buttons. */
export const failureListPage = page({
  path: '/failures/:tenant/:kind/:code',
  title: { en: 'Failures', pt: 'Falhas' },
  filters: noFilters,
  async read({ deps, language, user, now, request }) {
    const named = partParameters.safeParse(request.params).data
    const queueRef = findQueue(deps, request.params)
    if (queueRef === undefined) return 'noQueue'
    if (named === undefined) return 'noCode'
    const { code } = named
    const filters = filtersOf(queueRef, code).read(request.query, deps.tenants)
    const asked = {
      ...choiceOf({ ...filters, code }, now),
      code,
      queue: queueRef.kind,
      page: Number(filters.page ?? 1),
    }
    const [ofCode, found] = await Promise.all([
      deps.failedJobs.count(queueRef, { code }),
      readFailedEvents({ ...deps, tenants: [queueRef.tenant] }, asked, { user, language }),
    ])
    return { queueRef, filters, ofCode, ...found, code }
  },
  render(found, { language, user }) {
    const words = failureTexts[language]
    const common = commonTexts[language]
    if (typeof found === 'string') return { status: 404, text: words[found] }
    const { queueRef, code, filters, ofCode, total, page: at, pages, shown } = found
    const own = filtersOf(queueRef, code)
    const events = ofCode.map(({ event }) => event).filter(isJobName)
    const [alike, ...others] = new Set(shown.flatMap(({ reason }) => reason?.title ?? []))
    const title = alike === undefined || others.length > 0 || pages > 1 ? codeSentence(code, language) : alike
    const rows = shown.map(event => renderEvent(event, { language, user, title }))
    const canRetry = user.role === 'operator'
    const heads = [
      ...[selectionHead(language), words.failedAt, common.event, contactLabel(queueRef.kind, language)],
      ...(canRetry ? [words.actions] : []),
    ]
    const items = shown.map(({ job }) => eventAddress(eventRefOf(queueRef, job)))
    const step = (to: number, text: string): Html | undefined =>
      to < 1 || to > pages ? undefined : html`<a href="${own.address(filters, { page: String(to) })}">${text}</a>`
    const count = common.events(total)
    const body = html`<p><a href="/failures">${common.toFailures}</a></p>
      <h1>${asHeading(title)}</h1>
      <p class="whose">
        <strong>${queueRef.tenant.name}</strong> <span>${queueLabel(queueRef.kind, language)}</span>
        <span>${count}</span>
        ${isFailureCode(code) ? html`<a class="code" href="/error-codes/${code}">${code}</a>` : undefined}
      </p>
      ${own.form(filters, language, { event: eventChoices(events, language) })}
      ${rows.length === 0 ? html`<p class="notice done">${words.noneOfThese}</p>` : html`${renderSelection(items, language, { canRetry })} ${renderTable(heads, rows, { look: 'events' })}`}
      <p class="actions">
        ${step(at - 1, common.newer)} ${step(at + 1, common.older)}
        <a href="${queueAddress(queueNameOf(queueRef), { status: 'failed' })}">${common.viewInQueue}</a>
      </p>`
    return { title: asHeading(title), body }
  },
})

const filtersOf = ({ tenant, kind }: QueueRef, code: string) =>
  filtersOfCause(`/failures/${tenant.name}/${kind}/${code}`)

interface RowView {
  readonly language: Language
  readonly user: User
  /** The heading of the page, which may say already why the event failed. */
  readonly title: string
}

/** The last cell is for operators. */
function renderEvent(
  { queueRef, job, reason, pending }: FailedEvent,
  { language, user, title }: RowView,
): readonly Cell[] {
  const { id = '', finishedOn = 0 } = job
  const common = commonTexts[language]
  const address = `/jobs/${queueRef.tenant.name}/${queueRef.kind}/${encodeURIComponent(id)}`
  const contact = maskedContact(job, language, user)
  const item = eventAddress(eventRefOf(queueRef, job))
  return [
    { content: selectionBox(item, `${eventText(job.name, language)} ${contact}`, language), look: 'mark' },
    { content: moment(finishedOn, language), look: 'when' },
    html`<span
      ><a href="${item}">${eventName(job.name, language)}</a>
      <span class="soft">…${id.slice(-SHOWN_OF_ID)}</span>
      ${reason && reason.title !== title ? html`<br />${reason.title}` : undefined}
      ${pending && html`<br />${renderRound(pending, language)}`}</span
    >`,
    { content: contact, look: 'contact' },
    {
      look: 'rest',
      content: html`<div class="actions tight">
        ${buttonForm(`${address}/retry`, common.retry, { isQuiet: true, about: id })}
        ${isEditable(queueRef.kind, job) ? html`<a href="${address}/edit">${common.edit}</a>` : undefined}
      </div>`,
    },
  ]
}
