import { formatReais, type Language } from '@ponte/contracts'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { type User, maskedContact, opportunityText, readers } from '@ponte/operations'
import type { PersonLookups } from '../../auth/person-lookups.ts'
import { renderEventStatus, statusTone } from '../event/texts.ts'
import { renderFurther } from '../events/further.ts'
import { findAsked } from './find-asked.ts'
import { type EventGroup, groupEvents, messagesOf, readEvent, type ReadEvent } from './group-events.ts'
import { html, type Html } from '../../ui/html.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { languageOf } from '../../ui/language.ts'
import { moment } from '../../ui/moment.ts'
import { createOneByOne } from './one-by-one.ts'
import { searchTexts } from './texts.ts'
import { sendPage } from '../../ui/page.ts'
import { eventName } from '../../ui/event-name.ts'
import type { TimelineEntry, TimelineRun } from '@ponte/state'

const MOST_SHOWN = 100
const NOTHING = { found: [], looked: 0, next: undefined }

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
export function addSearchPage(app: FastifyInstance, all: BoardDeps, lookups: PersonLookups): void {
  const inTurn = createOneByOne()

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

  app.post('/search', { config: { roles: readers } }, async (request, reply) => {
    const deps = depsFor(all, request.user)
    const language = languageOf(request)
    const words = searchTexts[language]
    const { q: query, from } = form.safeParse(request.body).data ?? {}
    const { user } = request
    const { found, looked, next } =
      query === undefined || user === undefined
        ? NOTHING
        : await findAsked(deps, { query, user, from }, { lookups, reply, inTurn })
    const [only] = found
    if (only !== undefined && found.length === 1 && next === undefined) return reply.redirect(only.address, 303)
    const shown = await Promise.all(found.slice(0, MOST_SHOWN).map(each => readEvent(deps, each)))
    const body = html`<h1>${words.title}</h1>
      ${searchForm(language, user)}
      <p role="status">${found.length === 0 ? words.none : commonTexts[language].events(found.length)}</p>
      ${found.length === 0 ? renderNothing(language) : groupEvents(shown).map(group => renderGroup(group, { language, user }))}
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

interface Reader {
  readonly language: Language
  readonly user: User | undefined
}

/** One group of events: what came of it, whom it is about, and each event. */
function renderGroup(group: EventGroup, reader: Reader): Html {
  const about = new Set([group[0].tenant, ...group.flatMap(event => subjectsOf(event, reader))])
  return html`<section class="card journey">
    <h2>${journeyOf(group, reader.language)}</h2>
    <p class="soft tight">${[...about].join(' · ')}</p>
    <ol class="timeline">
      ${group.map(event => renderEvent(event, reader))}
    </ol>
  </section>`
}

/** Whom an event is about, masked, and its opportunity. */
function subjectsOf({ entries, live }: ReadEvent, { language, user }: Reader): readonly string[] {
  const opportunities = entries.map(entry => (entry.kind === 'run' ? entry.opportunityId : undefined))
  const contacts = live.map(({ job }) => maskedContact(job, language, user)).filter(text => text !== '–')
  return [...contacts, ...opportunities.flatMap(id => opportunityText(id, language) ?? [])]
}

const renderEvent = ({ address, event, at, status }: ReadEvent, { language }: Reader): Html =>
  html`<li>
    ${moment(at, language)}
    <a href="${address}">${eventName(event, language)}</a>
    <strong class="${statusTone(status)}">${renderEventStatus(status, language)}</strong>
  </li>`

type Step = keyof (typeof searchTexts)['en']['steps']

/** The messages that say that a step was made. */
const stepOf: Readonly<Record<string, Step>> = {
  'lead-created': 'leadCreated',
  'lead-updated': 'leadUpdated',
  'opportunity-opened': 'opportunity',
  'opportunity-found-open': 'opportunity',
}
const stepOfMark: Readonly<Record<string, Step>> = { opportunity: 'opportunity', sale: 'sale', loss: 'loss' }

/** `Lead created → opportunity → sale R$150,000`: what came of the events of a group, in their order. */
function journeyOf(group: EventGroup, language: Language): string {
  const texts = searchTexts[language]
  const runs = group
    .flatMap(({ entries }) => entries)
    .filter(isRun)
    .toSorted((one, other) => one.at - other.at)
  const made: string[] = []
  const add = (text: string): void => {
    if (!made.includes(text)) made.push(text)
  }
  for (const run of runs.filter(({ outcome }) => outcome === 'done')) {
    const messages = messagesOf(run)
    const reais = messages.find(({ key }) => key === 'sale-value')?.values?.['reais']
    for (const { key, values } of messages) {
      const marks = key === 'marked' && Array.isArray(values?.['marks']) ? values['marks'] : []
      for (const step of [stepOf[key], ...marks.map(mark => stepOfMark[mark])]) {
        if (step === undefined) continue
        const value = step === 'sale' && typeof reais === 'number' ? ` ${formatReais(reais, language)}` : ''
        add(texts.steps[step] + value)
      }
    }
  }
  const states = new Set(group.map(({ status }) => status.kind))
  if (states.has('failed') || states.has('round')) add(texts.steps.failed)
  else if (states.has('queued') || states.has('running') || states.has('delayed')) add(texts.steps.waits)
  if (made.length === 0) add(texts.steps.nothing)
  const line = made.join(' → ')
  return line.charAt(0).toLocaleUpperCase(language) + line.slice(1)
}

const isRun = (entry: TimelineEntry): entry is TimelineRun => entry.kind === 'run'
