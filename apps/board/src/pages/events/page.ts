import type { Language } from '@ponte/contracts'
import { createEventPages, type EventList, listEventsOf, operators, createOneByOne } from '@ponte/operations'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { BoardDeps } from '../../board-deps.ts'
import { tenantChoices } from '../../ui/filters.ts'
import { hiddenFields, type Html, html } from '../../ui/html.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { type Asked, askedBy, page, type Rendered, sendRendered } from '../../ui/board-page.ts'
import { addEventActions } from './actions.ts'
import { failureTexts } from '../failures/texts.ts'
import { type AskedEvents, eventFilters, readEventQuery } from './filters.ts'
import { addEventExports, renderExportAll } from './export.ts'
import { renderEventList } from './render-list.ts'
import { type FurtherSearch, renderFurther } from './further.ts'
import { cutTexts, eventListTexts } from './texts.ts'

const personForm = z.object({
  q: z.string().trim().min(1).max(300),
  from: z.string().max(30).optional(),
})

/** One list is read at a time. */
const oneByOne = createOneByOne()
/** Looking for a person reads many jobs, which nobody else's list should wait for. */
const inTurn = createOneByOne()

/** `/events`: all events that Ponte remembers, by tenant, type, status and time, for operators also of a person. */
export const eventsPage = page({
  path: '/events',
  menu: { text: { en: 'Events', pt: 'Eventos' } },
  filters: { read: readEventQuery },
  read: ({ deps, filters, language, user }) => oneByOne(() => createEventPages(deps, { language, user })(filters)),
  render: (list, asked) => render({ list }, asked),
  actions: [addPersonForm, addEventActions, addEventExports],
})

/** By POST: a person is looked for, and addresses are kept in histories and logs. */
function addPersonForm(app: FastifyInstance, all: BoardDeps): void {
  app.post('/events', { config: { roles: operators } }, async (request, reply) => {
    const asked = askedBy(request, all, { read: (_query, tenants, now) => readEventQuery(request.body, tenants, now) })
    const { deps, filters: query, language, user } = asked
    const { q, from } = personForm.safeParse(request.body).data ?? {}
    if (user === undefined || q === undefined) return reply.redirect(eventFilters.address(query), 303)
    const by = { user, language, begin: deps.lookups.ofSearch(user, reply), inTurn }
    const list = await listEventsOf(deps, { search: { query: q, from }, query }, by)
    return sendRendered(reply, render({ list, person: { q, ...list.search } }, asked))
  })
}

interface Shown {
  readonly list: EventList
  readonly person?: FurtherSearch
}

function render({ list, person }: Shown, { deps, filters: query, language, user }: Asked<AskedEvents>): Rendered {
  const words = eventListTexts[language]
  const common = commonTexts[language]
  const { events, next, isTenantNeeded = false } = list
  const hasTenants = query.tenant === undefined && deps.tenants.length > 1
  const isFiltered = person !== undefined || eventFilters.isFiltered(query)
  const none = next !== undefined ? words.noneYet : isFiltered ? words.none : words.noneAtAll
  const body = html`<h1>${words.title}</h1>
    ${eventFilters.form(query, language, { tenant: tenantChoices(deps.tenants) })}
    ${user?.role === 'operator' ? renderPersonForm(query, language, person?.q) : undefined}
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
    ${person === undefined && !isTenantNeeded ? renderExportAll(deps, query, language) : undefined}`
  return { title: words.title, body, selects: true }
}

/** Which queues the list says nothing about, or not all. */
const renderLacking = (list: EventList, language: Language): readonly Html[] => [
  ...(list.unreadable ?? []).map(
    queue => html`<p class="notice" role="alert">${failureTexts[language].unreadable(queue)}</p>`,
  ),
  ...cutTexts(list, language).map(text => html`<p class="soft">${text}</p>`),
]

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
