import type { Language } from '@ponte/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { PersonLookups } from '../../auth/person-lookups.ts'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { tenantChoices } from '../../ui/filters.ts'
import { hiddenFields, type Html, html } from '../../ui/html.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { languageOf } from '../../ui/language.ts'
import { sendPage } from '../../ui/page.ts'
import { queueNameOf, pageBudget, operators } from '@ponte/operations'
import { failureTexts } from '../failures/texts.ts'
import { findAsked } from '../search/find-asked.ts'
import { readEvent } from '../search/group-events.ts'
import { createOneByOne } from '../search/one-by-one.ts'
import { eventFilters, type EventQuery, hasStatus, readEventQuery } from './event-query.ts'
import { renderExportAll } from './export.ts'
import { type EventPage, isTenantNeeded, listEvents } from './list-events.ts'
import { renderEventList, withReasons } from './render-list.ts'
import { type FurtherSearch, renderFurther } from './further.ts'
import { cutTexts, eventListTexts } from './texts.ts'

/** Events of a person that are read and shown. */
const MOST_OF_PERSON = 100

const personForm = z.object({
  q: z.string().trim().min(1).max(300),
  from: z.string().max(30).optional(),
})

/** `/events`: all events that Ponte remembers, by tenant, type, status and time, for operators also of a person. */
export function addEventsPage(app: FastifyInstance, all: BoardDeps, lookups: PersonLookups): void {
  const oneByOne = createOneByOne()
  /** Looking for a person reads many jobs, which nobody else's list should wait for. */
  const inTurn = createOneByOne()

  app.get('/events', async (request, reply) => {
    const deps = depsFor(all, request.user)
    const query = readEventQuery(request.query, deps.tenants, Date.now())
    const page = await oneByOne(() => listEvents(deps, query))
    return await send(deps, request, reply, { query, page })
  })

  // By POST: a person is looked for, and addresses are kept in histories and logs.
  app.post('/events', { config: { roles: operators } }, async (request, reply) => {
    const { user } = request
    const deps = depsFor(all, user)
    const query = readEventQuery(request.body, deps.tenants, Date.now())
    const { q, from } = personForm.safeParse(request.body).data ?? {}
    if (user === undefined || q === undefined) return reply.redirect(eventFilters.address(query), 303)
    const own = {
      ...deps,
      tenants: deps.tenants.filter(({ name }) => query.tenant === undefined || name === query.tenant),
    }
    const { found, looked, next } = await findAsked(own, { query: q, user, from }, { lookups, reply, inTurn })
    const budget = pageBudget()
    const asked = found
      .filter(({ event, at }) => (query.event ?? event) === event && at >= query.from && at <= query.until)
      .slice(0, MOST_OF_PERSON)
    const events = await Promise.all(asked.map(each => readEvent(deps, each, budget)))
    const page = { events: events.filter(({ status }) => hasStatus(status, query.status)), next: undefined }
    return await send(deps, request, reply, { query, page, person: { q, looked, next } })
  })
}

interface Shown {
  readonly query: EventQuery
  readonly page: EventPage
  readonly person?: FurtherSearch
}

async function send(
  deps: BoardDeps,
  { user }: FastifyRequest,
  reply: FastifyReply,
  { query, page, person }: Shown,
): Promise<FastifyReply> {
  const language = languageOf(reply.request)
  const words = eventListTexts[language]
  const common = commonTexts[language]
  const reader = { language, user }
  const events = await withReasons(deps, page.events, reader)
  const list = renderEventList(events, reader, query.tenant === undefined && deps.tenants.length > 1)
  const isFiltered = person !== undefined || eventFilters.isFiltered(query)
  const none = page.next !== undefined ? words.noneYet : isFiltered ? words.none : words.noneAtAll
  const body = html`<h1>${words.title}</h1>
    ${eventFilters.form(query, language, { tenant: tenantChoices(deps.tenants) })}
    ${user?.role === 'operator' ? renderPersonForm(query, language, person?.q) : undefined}
    ${
      isTenantNeeded(deps, query) && person === undefined
        ? html`<p class="notice empty">${words.choose}</p>`
        : events.length === 0
          ? html`<p class="notice empty" role="status">${none}</p>`
          : list
    }
    ${renderLacking(page, language)} ${person && renderFurther(person, query, language)}
    <p class="actions">
      ${query.after && html`<a href="${eventFilters.address(query)}">${common.newest}</a>`}
      ${page.next && html`<a href="${eventFilters.address(query, { after: `${page.next.at}.${page.next.id}` })}">${common.older}</a>`}
    </p>
    ${person === undefined && !isTenantNeeded(deps, query) ? renderExportAll(deps, query, language) : undefined}`
  return sendPage(reply, { language, title: words.title, body, selects: true })
}

/** Which queues the list says nothing about, or not all. */
const renderLacking = (page: EventPage, language: Language): readonly Html[] => [
  ...(page.unreadable ?? []).map(
    queue => html`<p class="notice" role="alert">${failureTexts[language].unreadable(queueNameOf(queue))}</p>`,
  ),
  ...cutTexts(page, language).map(text => html`<p class="soft">${text}</p>`),
]

const renderPersonForm = (query: EventQuery, language: Language, q = ''): Html => {
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
