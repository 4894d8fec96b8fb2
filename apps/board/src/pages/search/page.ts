import { formatReais, type Language } from '@ponte/contracts'
import {
  type EventDocument,
  type EventGroup,
  type JourneyStep,
  readers,
  searchEvents,
  type User,
  createOneByOne,
} from '@ponte/operations'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { BoardDeps } from '../../board-deps.ts'
import { renderEventStatus, statusTone } from '../event/texts.ts'
import { renderFurther } from '../events/further.ts'
import { eventAddress } from '../../ui/addresses.ts'
import { html, type Html } from '../../ui/html.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { askedBy, noFilters, page } from '../../ui/board-page.ts'
import { moment } from '../../ui/moment.ts'
import { searchTexts } from './texts.ts'
import { sendPage } from '../../ui/page.ts'
import { eventName } from '../../ui/event-name.ts'

const NOTHING = { count: 0, only: undefined, groups: [], looked: 0, next: undefined }

/** By POST: what is searched for is a person's e-mail or phone, and addresses are kept in histories and logs. */
function searchForm(language: Language, user: User | undefined): Html {
  const { hint, label, submit, title } = searchTexts[language]
  return html`<form class="search" method="post" action="/search" role="search" aria-label="${title}">
    <div>
      <label for="q">${label[user?.role === 'operator' ? 'operator' : 'viewer']}</label>
      <input id="q" name="q" type="text" required maxlength="300" autocapitalize="none" spellcheck="false" />
    </div>
    <button type="submit">${submit}</button>
    <p class="hint">${hint[user?.role === 'operator' ? 'operator' : 'viewer']}</p>
  </form>`
}

const form = z.object({ q: z.string().trim().min(1).max(300), from: z.string().max(30).optional() })

/** `/search`: the events of a person, of an opportunity, or of a key; one alone is opened at once. */
export const searchPage = page({
  path: '/search',
  // The search text is not in the address, so a reload or a new login shows an empty search.
  filters: noFilters,
  read: () => undefined,
  render(_document, { language, user }) {
    const { title } = searchTexts[language]
    const body = html`<h1>${title}</h1>
      ${searchForm(language, user)}`
    return { title, body }
  },
  actions: [addSearch],
})

function addSearch(app: FastifyInstance, all: BoardDeps): void {
  const inTurn = createOneByOne()
  app.post('/search', { config: { roles: readers } }, async (request, reply) => {
    const { deps, language, user } = askedBy(request, all, noFilters)
    const words = searchTexts[language]
    const { q: query, from } = form.safeParse(request.body).data ?? {}
    const { count, only, groups, looked, next } =
      query === undefined || user === undefined
        ? NOTHING
        : await searchEvents(
            deps,
            { query, from },
            { user, language, begin: deps.lookups.ofSearch(user, reply), inTurn },
          )
    if (only !== undefined) return reply.redirect(eventAddress(only), 303)
    const body = html`<h1>${words.title}</h1>
      ${searchForm(language, user)}
      <p role="status">${count === 0 ? words.none : commonTexts[language].events(count)}</p>
      ${count === 0 ? renderNothing(language) : groups.map(group => renderGroup(group, language))}
      ${query === undefined ? undefined : renderFurther({ q: query, looked, next }, {}, language, '/search')}`
    return sendPage(reply, { language, title: words.title, body })
  })
}

const renderNothing = (language: Language): Html => {
  const { noneHints, toFailures } = searchTexts[language]
  return html`<ul>
      ${noneHints.map(hint => html`<li>${hint}</li>`)}
    </ul>
    <p><a href="/failures">${toFailures}</a></p>`
}

/** One group of events: what came of it, whom it is about, and each event. */
const renderGroup = ({ about, steps, events }: EventGroup, language: Language): Html =>
  html`<section class="card journey">
    <h2>${journeyText(steps, language)}</h2>
    <p class="soft tight">${about.join(' · ')}</p>
    <ol class="timeline">
      ${events.map(event => renderEvent(event, language))}
    </ol>
  </section>`

const renderEvent = (event: EventDocument, language: Language): Html =>
  html`<li>
    ${moment(event.at, language)}
    <a href="${eventAddress(event)}">${eventName(event.event, language)}</a>
    <strong class="${statusTone(event)}">${renderEventStatus(event, language)}</strong>
  </li>`

/** `Lead created → opportunity → sale R$150,000`. */
function journeyText(steps: readonly JourneyStep[], language: Language): string {
  const texts = searchTexts[language].steps
  const line = steps
    .map(({ step, reais }) => texts[step] + (reais === undefined ? '' : ` ${formatReais(reais, language)}`))
    .join(' → ')
  return line.charAt(0).toLocaleUpperCase(language) + line.slice(1)
}
