import { identitiesNamed, identitiesOfJob, identitiesOfSearch, readJobSubject, storyOfJob } from '@ponte/contracts'
import { createContactLinks, createLeadLedger, createStories, type StoryEntry, storyId } from '@ponte/state'
import type { Job, Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { allPlaces, type BoardParts, type Place } from './board-parts.ts'
import { type Fate, jobsIn, type LiveJob, readFate, readLiveJobs } from './event-fate.ts'
import { eventAddress, storyAddress } from './event-page.ts'
import { renderFate } from './event-texts.ts'
import { type Html, html } from './html.ts'
import { type Language, preferredLanguage } from './language.ts'
import { moment } from './moment.ts'
import { sendPage, renderTable } from './page.ts'
import { maskedSubject, opportunityText } from './subject.ts'

/** Of each end of each state of a queue. Events are found by their stories, however many there are. */
const MOST_SCANNED = 500
const MOST_SHOWN = 100
const states = ['active', 'waiting', 'prioritized', 'delayed', 'failed'] as const

const texts = {
  'pt-BR': {
    title: 'Busca',
    label: 'E-mail, telefone, id da oportunidade ou chave do evento',
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
    label: 'E-mail, phone, opportunity id or event key',
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
export function searchForm(language: Language): Html {
  const { label, submit, title } = texts[language]
  return html`<form class="search" method="post" action="/search" role="search" aria-label="${title}">
    <div>
      <label for="q">${label}</label>
      <input id="q" name="q" type="text" required maxlength="300" autocapitalize="none" spellcheck="false" />
    </div>
    <button type="submit">${submit}</button>
  </form>`
}

const form = z.object({ q: z.string().trim().min(1).max(300) })

/** An event that was found. */
interface Found {
  readonly address: string
  readonly event: string
  readonly at: number
  readonly tenant: string
  readonly entries: readonly StoryEntry[]
  /** Jobs that were found by themselves. */
  readonly live: readonly LiveJob[]
}

/** `/search`: the events of a person, of an opportunity, or of a key; one alone is opened at once. */
export function addSearchPage(app: FastifyInstance, parts: BoardParts): void {
  // What was searched for is not in the address: who comes back to it, or logs in again on the way, begins anew.
  app.get('/search', async (request, reply) => {
    const language = preferredLanguage(request.headers['accept-language'])
    const { title } = texts[language]
    return sendPage(reply, {
      language,
      title,
      body: html`<h1>${title}</h1>
        ${searchForm(language)}`,
    })
  })

  app.post('/search', { config: { harmless: true } }, async (request, reply) => {
    const language = preferredLanguage(request.headers['accept-language'])
    const words = texts[language]
    const query = form.safeParse(request.body).data?.q
    const found = query === undefined ? [] : await search(parts, query)
    const [only] = found
    if (only !== undefined && found.length === 1) return reply.redirect(only.address, 303)
    const rows = await Promise.all(found.slice(0, MOST_SHOWN).map(each => renderFound(parts, each, language)))
    const heads = [words.received, 'Tenant', words.event, words.who, words.state]
    const table = renderTable(heads, rows)
    const body = html`<h1>${words.title}</h1>
      ${searchForm(language)}
      <p role="status">${found.length === 0 ? words.none : words.found(found.length)}</p>
      ${found.length === 0 ? undefined : table}`
    return sendPage(reply, { language, title: words.title, body })
  })
}

async function renderFound(parts: BoardParts, found: Found, language: Language): Promise<Html> {
  const { address, event, at, tenant, entries } = found
  const words = texts[language]
  const told = await readLiveJobs(parts, tenant, jobsIn(entries))
  const live = told.length > 0 ? told : found.live
  const fate: Fate = await readFate(parts, { entries, live })
  const opportunityId = entries.findLast(entry => entry.kind === 'run' && entry.opportunityId !== undefined)
  const named = opportunityId?.kind === 'run' ? opportunityText(opportunityId.opportunityId, language) : undefined
  const who = live.map(({ job }) => maskedSubject(job, language)).find(text => text !== '–')
  return html`<tr>
    <td data-label="${words.received}">${moment(at, language)}</td>
    <td data-label="Tenant">${tenant}</td>
    <td data-label="${words.event}"><a href="${address}">${event}</a></td>
    <td data-label="${words.who}">${[who, named].filter(text => text !== undefined).join(' · ') || '–'}</td>
    <td data-label="${words.state}"><span>${renderFate(fate, language)}</span></td>
  </tr>`
}

async function search(parts: BoardParts, query: string): Promise<readonly Found[]> {
  const lists = await Promise.all([
    ...parts.tenants.map(({ name }) => searchStories(parts, name, query)),
    ...allPlaces(parts).map(place => searchJobs(place, query)),
  ])
  const byEvent = new Map<string, Found>()
  for (const found of lists.flat()) {
    const [story = ''] = found.address.split('?')
    const known = byEvent.get(story)
    byEvent.set(story, {
      ...(known ?? found),
      // Where the job is when its story does not tell.
      address: known?.address.includes('?') === true ? known.address : found.address,
      live: [...(known?.live ?? []), ...found.live],
    })
  }
  return [...byEvent.values()].toSorted((one, other) => other.at - one.at)
}

async function searchStories(parts: BoardParts, tenant: string, query: string): Promise<readonly Found[]> {
  const stories = createStories(parts.redis, tenant, parts.fingerprint)
  const identities = identitiesOfSearch(query)
  const direct = await Promise.all(
    [...identities, ...(await knownOpportunities(memoryOf(parts, tenant), identities))].map(stories.find),
  )
  const ids = new Set([storyId(query), ...direct.flat()])
  // What became of a lead's opportunity is told under the opportunity.
  for (const id of [...ids]) {
    const opportunities = (await stories.read(id)).flatMap(entry =>
      entry.kind === 'run' && entry.opportunityId !== undefined ? [entry.opportunityId] : [],
    )
    for (const opportunity of new Set(opportunities)) for (const own of await stories.find(opportunity)) ids.add(own)
  }
  const found = await Promise.all(
    [...ids].map(async (id): Promise<Found | undefined> => {
      const entries = await stories.read(id)
      const first = entries.find(entry => entry.kind === 'received')
      if (first === undefined) return undefined
      return { address: storyAddress(tenant, id), event: first.event, at: first.at, tenant, entries, live: [] }
    }),
  )
  return found.filter(each => each !== undefined)
}

const memoryOf = ({ redis, fingerprint }: BoardParts, tenant: string) => ({
  links: createContactLinks(redis, tenant, fingerprint),
  leads: createLeadLedger(redis, tenant, { fingerprint }),
})

/** The opportunity that Ponte opened last for a person, which it remembers longer than the stories. */
async function knownOpportunities(
  { links, leads }: ReturnType<typeof memoryOf>,
  texts: readonly string[],
): Promise<readonly string[]> {
  const leadIds = await Promise.all(texts.flatMap(identitiesNamed).map(links.leadOf))
  const known = [...new Set(leadIds.filter(id => id !== undefined))]
  const histories = await Promise.all(known.map(leads.read))
  return histories.flatMap(({ opened }) => (opened === undefined ? [] : [opened.id]))
}

/**
 * Looks through the jobs that are there: quarantined deliveries, whose texts nobody could read, and what has no story, as it came
 * before there were any or its story could not be written.
 */
async function searchJobs(place: Place, query: string): Promise<readonly Found[]> {
  const identities = new Set(identitiesOfSearch(query))
  const lists = await Promise.all(states.map(state => readEnds(place.queue, state)))
  return lists.flatMap((list, index) => {
    const state = states[index] ?? ''
    const found = list.filter(job => matches(job, query, identities))
    return found.map(job => ({
      address: eventAddress(place, job),
      event: job.name,
      at: Date.parse(storyOfJob(job).receivedAt),
      tenant: place.tenant.name,
      entries: [],
      live: [{ place, job, state }],
    }))
  })
}

/** The oldest, which may be stuck, and the newest. */
async function readEnds(queue: Queue, state: (typeof states)[number]): Promise<readonly Job[]> {
  const ends = await Promise.all([true, false].map(oldest => queue.getJobs([state], 0, MOST_SCANNED - 1, oldest)))
  return [...new Map(ends.flat().flatMap(job => (job?.id === undefined ? [] : [[job.id, job]]))).values()]
}

function matches(job: Job, query: string, identities: ReadonlySet<string>): boolean {
  const data = readJobSubject(job.data)
  if (job.id === query || data.key === query) return true
  if (identitiesOfJob(data).some(identity => identities.has(identity))) return true
  const body: unknown = job.data?.body
  return typeof body === 'string' && query.length >= 5 && body.toLowerCase().includes(query.toLowerCase())
}
