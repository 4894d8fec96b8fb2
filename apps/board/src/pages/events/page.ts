import type { Language } from '@ponte/contracts'
import {
  createEventPages,
  type EventList,
  listEventsOf,
  operators,
  createOneByOne,
  type EventDocument,
  type EventReader,
  retrySelected,
} from '@ponte/operations'
import { tenantChoices, type AskedEvents, eventFilters, readEventQuery } from '../../filters/filters.ts'
import { hiddenFields, type Html, html } from '../../ui/html.ts'
import { commonTexts, unreadableText, eventName, eventText } from '../../ui/common-texts.ts'
import { action, page, type PageView, type RenderedPage, noFilters } from '../../ui/board-page.ts'
import { exportAll, exportThese, renderExportAll, refusal } from './export.ts'
import { type FurtherSearch, renderFurther, searchForm } from '../../ui/parts/further-search.ts'
import { cutTexts, eventListTexts } from './texts.ts'
import { eventAddress, retryAddress } from '../../ui/addresses.ts'
import { moment } from '../../ui/moment.ts'
import { type Cell, renderTable } from '../../ui/page.ts'
import { renderSelection, selectionBox, selectionHead, readSelection } from '../../ui/selection.ts'
import { renderEventStatus, statusTone } from '../../ui/parts/event-status.ts'

/** `/events/retry`: starts the failed ones of the events that a list has selected. */
const retryThese = action({
  ...{ path: '/events/retry', back: '/events', filters: noFilters },
  async run(asked) {
    const { deps, user, request } = asked
    const begun = await retrySelected(deps, readSelection(request.body), user)
    return typeof begun === 'string' ? refusal(asked, begun) : retryAddress(begun.retry)
  },
})

/** One list is read at a time. */
const oneByOne = createOneByOne()
/** Looking for a person reads many jobs, which nobody else's list should wait for. */
const inTurn = createOneByOne()

/** By POST: a person is looked for, and addresses are kept in histories and logs. */
const findPerson = action({
  ...{ path: '/events', roles: operators, filters: { read: readEventQuery } },
  async run(asked) {
    const { deps, filters: query, language, user, request, reply } = asked
    const { q, from } = searchForm.safeParse(request.body).data ?? {}
    if (q === undefined) return eventFilters.address(query)
    const by = { user, language, begin: deps.lookups.ofSearch(user, reply), inTurn }
    const list = await listEventsOf(deps, { search: { query: q, from }, query }, by)
    return render({ list, person: { q, ...list.search } }, asked)
  },
})

/** `/events`: all events that Ponte remembers, by tenant, type, status and time, for operators also of a person. */
export const eventsPage = page({
  path: '/events',
  title: { en: 'Events', pt: 'Eventos' },
  menu: {},
  filters: { read: readEventQuery },
  read: ({ deps, filters, language, user }) => oneByOne(() => createEventPages(deps, { language, user })(filters)),
  render: (list, asked) => render({ list }, asked),
  actions: [findPerson, retryThese, exportThese, exportAll],
})

interface ListedEvents {
  readonly list: EventList
  readonly person?: FurtherSearch
}

function render({ list, person }: ListedEvents, view: PageView<AskedEvents>): RenderedPage {
  const { deps, filters: query, language, title, user } = view
  const words = eventListTexts[language]
  const common = commonTexts[language]
  const { events, next, isTenantNeeded = false } = list
  const hasTenants = query.tenant === undefined && deps.tenants.length > 1
  const isNothing = events.length === 0 && next === undefined && query.after === undefined
  const isFiltered = person !== undefined || eventFilters.isFiltered(query)
  const none = next !== undefined ? words.noneYet : isFiltered ? words.none : words.noneAtAll
  const body = html`<h1>${title}</h1>
    ${eventFilters.form(query, language, { tenant: tenantChoices(deps.tenants) })}
    ${user.role === 'operator' ? renderPersonForm(query, language, person?.q) : undefined}
    ${
      isTenantNeeded
        ? html`<p class="notice empty">${words.choose}</p>`
        : events.length === 0
          ? html`<p class="notice empty" role="status">${none}</p>`
          : renderEventList(events, { language, user }, hasTenants)
    }
    ${renderLacking(list, language)} ${person && renderFurther(person, query, language)}
    <p class="actions">
      ${query.after && html`<a href="${eventFilters.address(query)}">${common.newest}</a>`}
      ${next && html`<a href="${eventFilters.address(query, { after: `${next.at}.${next.id}` })}">${common.older}</a>`}
    </p>
    ${person === undefined && !isTenantNeeded && !isNothing ? renderExportAll(view) : undefined}`
  return { body }
}

/** Which queues the list says nothing about, or not all. */
function renderLacking(list: EventList, language: Language): readonly Html[] {
  const unknown = unreadableText(list.unreadable ?? [], language)
  return [
    ...(unknown === undefined ? [] : [html`<p class="notice" role="alert">${unknown}</p>`]),
    ...cutTexts(list, language).map(text => html`<p class="soft">${text}</p>`),
  ]
}

const renderPersonForm = (query: AskedEvents, language: Language, q = ''): Html => {
  const words = eventListTexts[language]
  return html`<form class="person" method="post" action="/events" aria-label="${words.person}" autocomplete="off">
    ${hiddenFields(eventFilters.fieldsOf(query))}
    <label
      >${words.person}
      <input
        name="q"
        type="text"
        required
        maxlength="300"
        placeholder="${words.personHint}"
        value="${q}"
        spellcheck="false"
    /></label>
    <button class="quiet" type="submit">${commonTexts[language].search}</button>
  </form>`
}

/** A list of events that can be selected, and what can be done with those that are. */
function renderEventList(events: readonly EventDocument[], reader: EventReader, hasTenants: boolean): Html {
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
