import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import type { User } from '../../auth/credentials.ts'
import { type EventStatus, jobsIn, readEventStatus, readLiveJobs } from '../event/event-status.ts'
import { renderEventStatus } from '../event/texts.ts'
import { findEvents, type Found } from './find-events.ts'
import { type Html, html } from '../../ui/html.ts'
import { type Language, preferredLanguage } from '../../ui/language.ts'
import { moment } from '../../ui/moment.ts'
import { createOneByOne } from './one-by-one.ts'
import { sendPage, renderTable } from '../../ui/page.ts'
import { maskedContact, opportunityText } from '../../queues/masked-contact.ts'

const MOST_SHOWN = 100

const texts = {
  'pt-BR': {
    title: 'Busca',
    label: {
      operator: 'E-mail, telefone, id da oportunidade ou chave do evento',
      viewer: 'Id da oportunidade, chave do evento ou id do job',
    },
    submit: 'Buscar',
    none: 'Nada encontrado. O Ponte lembra um evento por 30 dias depois da última tentativa.',
    found: (count: number) => (count === 1 ? '1 evento' : `${count} eventos`),
    received: 'Recebido em',
    event: 'Evento',
    who: 'De quem',
    state: 'Situação',
  },
  en: {
    title: 'Search',
    label: {
      operator: 'E-mail, phone, opportunity id or event key',
      viewer: 'Opportunity id, event key or job id',
    },
    submit: 'Search',
    none: 'Nothing found. Ponte remembers an event for 30 days after its last run.',
    found: (count: number) => (count === 1 ? '1 event' : `${count} events`),
    received: 'Received at',
    event: 'Event',
    who: 'Of whom',
    state: 'State',
  },
} satisfies Record<Language, unknown>

/** By POST: what is searched for is a person's e-mail or phone, and addresses are kept in histories and logs. */
export function searchForm(language: Language, user: User | undefined): Html {
  const { label, submit, title } = texts[language]
  return html`<form class="search" method="post" action="/search" role="search" aria-label="${title}">
    <div>
      <label for="q">${label[user?.role ?? 'viewer']}</label>
      <input id="q" name="q" type="text" required maxlength="300" autocapitalize="none" spellcheck="false" />
    </div>
    <button type="submit">${submit}</button>
  </form>`
}

const form = z.object({ q: z.string().trim().min(1).max(300) })

/** Of one user: enough for a person, too few to try out telephones. */
const searchLimit = {
  max: 30,
  timeWindow: '1 minute',
  hook: 'preHandler',
  // The user rather than the session: another login is no new start.
  keyGenerator: ({ user }: FastifyRequest) => user?.name ?? '',
} as const

/** `/search`: the events of a person, of an opportunity, or of a key; one alone is opened at once. */
export async function addSearchPage(app: FastifyInstance, all: BoardDeps): Promise<void> {
  await app.register(rateLimit, { global: false })
  const oneByOne = createOneByOne()

  // What was searched for is not in the address: who comes back to it, or logs in again on the way, begins anew.
  app.get('/search', async (request, reply) => {
    const language = preferredLanguage(request.headers['accept-language'])
    const { title } = texts[language]
    return sendPage(reply, {
      language,
      title,
      body: html`<h1>${title}</h1>
        ${searchForm(language, request.user)}`,
    })
  })

  app.post('/search', { config: { harmless: true, rateLimit: searchLimit } }, async (request, reply) => {
    const deps = depsFor(all, request.user)
    const language = preferredLanguage(request.headers['accept-language'])
    const words = texts[language]
    const query = form.safeParse(request.body).data?.q
    const { user } = request
    // Before the answer: nobody looks for a person unseen. What was looked for is a person, and stays out of it.
    if (query !== undefined && user?.role === 'operator')
      await deps.audit.write({ user: user.name, action: 'search', outcome: 'done' })
    const found = query === undefined || user === undefined ? [] : await oneByOne(() => findEvents(deps, query, user))
    const [only] = found
    if (only !== undefined && found.length === 1) return reply.redirect(only.address, 303)
    const rows = await Promise.all(found.slice(0, MOST_SHOWN).map(each => renderFound(deps, each, { language, user })))
    const heads = [words.received, 'Tenant', words.event, words.who, words.state]
    const table = renderTable(heads, rows)
    const body = html`<h1>${words.title}</h1>
      ${searchForm(language, request.user)}
      <p role="status">${found.length === 0 ? words.none : words.found(found.length)}</p>
      ${found.length === 0 ? undefined : table}`
    return sendPage(reply, { language, title: words.title, body })
  })
}

async function renderFound(
  deps: BoardDeps,
  found: Found,
  { language, user }: { readonly language: Language; readonly user: User | undefined },
): Promise<Html> {
  const { address, event, at, tenant, entries } = found
  const words = texts[language]
  const told = await readLiveJobs(deps, tenant, jobsIn(entries))
  const live = told.length > 0 ? told : found.live
  const status: EventStatus = await readEventStatus(deps, { entries, live })
  const opportunityId = entries.findLast(entry => entry.kind === 'run' && entry.opportunityId !== undefined)
  const named = opportunityId?.kind === 'run' ? opportunityText(opportunityId.opportunityId, language) : undefined
  const contact = live.map(({ job }) => maskedContact(job, language, user)).find(text => text !== '–')
  return html`<tr>
    <td data-label="${words.received}">${moment(at, language)}</td>
    <td data-label="Tenant">${tenant}</td>
    <td data-label="${words.event}"><a href="${address}">${event}</a></td>
    <td data-label="${words.who}">${[contact, named].filter(text => text !== undefined).join(' · ') || '–'}</td>
    <td data-label="${words.state}"><span>${renderEventStatus(status, language)}</span></td>
  </tr>`
}
