import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import type { User } from '../../auth/credentials.ts'
import { type EventStatus, jobsIn, readEventStatus, readLiveJobs } from '../event/event-status.ts'
import { renderEventStatus } from '../event/texts.ts'
import { findEvents, type Found } from './find-events.ts'
import { type Html, html } from '../../ui/html.ts'
import { type Language, languageOf } from '../../ui/language.ts'
import { moment } from '../../ui/moment.ts'
import { createOneByOne } from './one-by-one.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { searchTexts } from './texts.ts'
import { sendPage, renderTable } from '../../ui/page.ts'
import { eventName } from '../../ui/event-name.ts'
import { maskedContact, opportunityText } from '../../queues/masked-contact.ts'

const MOST_SHOWN = 100

/** By POST: what is searched for is a person's e-mail or phone, and addresses are kept in histories and logs. */
function searchForm(language: Language, user: User | undefined): Html {
  const { label, submit, title } = searchTexts[language]
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
  // By user, not by session, so that another login does not reset it.
  keyGenerator: ({ user }: FastifyRequest) => user?.name ?? '',
} as const

/** `/search`: the events of a person, of an opportunity, or of a key; one alone is opened at once. */
export function addSearchPage(app: FastifyInstance, all: BoardDeps): void {
  const oneByOne = createOneByOne()

  // The search text is not in the address, so a reload or a new login shows an empty search.
  app.get('/search', async (request, reply) => {
    const language = languageOf(request)
    const { title } = searchTexts[language]
    return sendPage(reply, {
      language,
      title,
      body: html`<h1>${title}</h1>
        ${searchForm(language, request.user)}`,
    })
  })

  app.post('/search', { config: { harmless: true, rateLimit: searchLimit } }, async (request, reply) => {
    const deps = depsFor(all, request.user)
    const language = languageOf(request)
    const words = searchTexts[language]
    const common = commonTexts[language]
    const query = form.safeParse(request.body).data?.q
    const { user } = request
    // Recorded before the answer, so that no search goes unrecorded. The search text is personal data and is left out.
    if (query !== undefined && user?.role === 'operator')
      await deps.audit.write({ user: user.name, action: 'search', outcome: 'done' })
    const found = query === undefined || user === undefined ? [] : await oneByOne(() => findEvents(deps, query, user))
    const [only] = found
    if (only !== undefined && found.length === 1) return reply.redirect(only.address, 303)
    const rows = await Promise.all(found.slice(0, MOST_SHOWN).map(each => renderFound(deps, each, { language, user })))
    const heads = [words.receivedAt, common.tenant, common.event, common.contact, common.status]
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
  const words = searchTexts[language]
  const common = commonTexts[language]
  const inQueue = await readLiveJobs(deps, tenant, jobsIn(entries))
  const live = inQueue.length > 0 ? inQueue : found.live
  const status: EventStatus = await readEventStatus(deps, { entries, live })
  const opportunityId = entries.findLast(entry => entry.kind === 'run' && entry.opportunityId !== undefined)
  const named = opportunityId?.kind === 'run' ? opportunityText(opportunityId.opportunityId, language) : undefined
  const contact = live.map(({ job }) => maskedContact(job, language, user)).find(text => text !== '–')
  return html`<tr>
    <td data-label="${words.receivedAt}">${moment(at, language)}</td>
    <td data-label="${common.tenant}">${tenant}</td>
    <td data-label="${common.event}"><a href="${address}">${eventName(event, language)}</a></td>
    <td data-label="${common.contact}">${[contact, named].filter(text => text !== undefined).join(' · ') || '–'}</td>
    <td data-label="${common.status}"><span>${renderEventStatus(status, language)}</span></td>
  </tr>`
}
