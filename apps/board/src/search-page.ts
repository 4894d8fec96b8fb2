import { identitiesOfJob, identitiesOfSearch, readJobSubject, storyOfJob } from '@ponte/contracts'
import { createContactLinks, createLeadLedger, createStories, storyId } from '@ponte/state'
import type { Job, Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { allPlaces, type BoardParts, findPlace, type Place } from './board-parts.ts'
import { eventAddress, kindOfEvent, storyAddress } from './event-page.ts'
import { eventTexts, outcomeText } from './event-texts.ts'
import { type Html, html } from './html.ts'
import { type Language, preferredLanguage } from './language.ts'
import { moment } from './moment.ts'
import { sendPage } from './page.ts'
import { maskedSubject } from './subject.ts'

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
    back: '← Causas',
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
    back: '← Causes',
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

interface Asked {
  readonly query: string
  readonly language: Language
}

interface Found {
  readonly address: string
  readonly event: string
  readonly at: number
  readonly tenant: string
  readonly who: string | undefined
  readonly state: string
}

/** `POST /search`: the events of a person, of an opportunity, or of a key; one alone is opened at once. */
export function addSearchPage(app: FastifyInstance, parts: BoardParts): void {
  app.post('/search', { config: { harmless: true } }, async (request, reply) => {
    const language = preferredLanguage(request.headers['accept-language'])
    const words = texts[language]
    const query = form.safeParse(request.body).data?.q
    const found = query === undefined ? [] : await search(parts, { query, language })
    const [only] = found
    if (only !== undefined && found.length === 1) return reply.redirect(only.address, 303)
    const rows = found.slice(0, MOST_SHOWN).map(
      ({ address, event, at, tenant, who, state }) =>
        html`<tr>
          <td data-label="${words.received}">${moment(at, language)}</td>
          <td data-label="Tenant">${tenant}</td>
          <td data-label="${words.event}"><a href="${address}">${event}</a></td>
          <td data-label="${words.who}">${who ?? '–'}</td>
          <td data-label="${words.state}">${state}</td>
        </tr>`,
    )
    const heads = [words.received, 'Tenant', words.event, words.who, words.state]
    const table = html`<table>
      <thead>
        <tr>
          ${heads.map(head => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`
    const body = html`<p><a href="/causes">${words.back}</a></p>
      <h1>${words.title}</h1>
      ${searchForm(language)}
      <p role="status">${found.length === 0 ? words.none : words.found(found.length)}</p>
      ${found.length === 0 ? undefined : table}`
    return sendPage(reply, { language, title: words.title, body })
  })
}

async function search(parts: BoardParts, asked: Asked): Promise<readonly Found[]> {
  const lists = await Promise.all([
    ...parts.tenants.map(({ name }) => searchStories(parts, name, asked)),
    ...allPlaces(parts).map(place => searchJobs(place, asked)),
  ])
  // A job that is still there says more than its story; both lead to the same page.
  const byEvent = new Map(lists.flat().map(found => [found.address.split('?')[0], found]))
  return [...byEvent.values()].toSorted((one, other) => other.at - one.at)
}

async function searchStories(parts: BoardParts, tenant: string, { query, language }: Asked): Promise<readonly Found[]> {
  const { redis } = parts
  const stories = createStories(redis, tenant)
  const identities = identitiesOfSearch(query)
  const direct = await Promise.all(
    [...identities, ...(await knownOpportunities(memoryOf(redis, tenant), identities))].map(stories.find),
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
    [...ids].map(async id => {
      const entries = await stories.read(id)
      const first = entries.find(entry => entry.kind === 'received')
      const last = entries.findLast(entry => entry.kind === 'run')
      if (first === undefined) return undefined
      const found = { address: storyAddress(tenant, id), event: first.event, at: first.at, tenant }
      if (last !== undefined) return { ...found, who: undefined, state: outcomeText(last.outcome, language) }
      return { ...found, ...(await waitingState(parts, tenant, { event: first.event, id: first.jobId }, language)) }
    }),
  )
  return found.filter(each => each !== undefined)
}

/** Of an event that nobody has run yet. */
async function waitingState(
  parts: BoardParts,
  tenant: string,
  { event, id }: { readonly event: string; readonly id: string },
  language: Language,
): Promise<Pick<Found, 'who' | 'state'>> {
  const queue = findPlace(parts, { tenant, kind: kindOfEvent(event) })?.queue
  const job = await queue?.getJob(id)
  if (queue === undefined || job === undefined) return { who: undefined, state: '' }
  const state = await queue.getJobState(id)
  return { who: maskedSubject(job), state: eventTexts[language].states[state] ?? state }
}

const memoryOf = (redis: BoardParts['redis'], tenant: string) => ({
  links: createContactLinks(redis, tenant),
  leads: createLeadLedger(redis, tenant),
})

/** The opportunity that Ponte opened last for a person, which it remembers longer than the stories. */
async function knownOpportunities(
  { links, leads }: ReturnType<typeof memoryOf>,
  identities: readonly string[],
): Promise<readonly string[]> {
  const names = identities.flatMap(identity => [`email ${identity}`, `phone ${identity}`, `uuid ${identity}`])
  const leadIds = await Promise.all(names.map(links.leadOf))
  const known = [...new Set(leadIds.filter(id => id !== undefined))]
  const histories = await Promise.all(known.map(leads.read))
  return histories.flatMap(({ opened }) => (opened === undefined ? [] : [opened.id]))
}

/**
 * Looks through the jobs that are there: quarantined deliveries, whose texts nobody could read, and what has no story, as it came
 * before there were any or its story could not be written.
 */
async function searchJobs(place: Place, { query, language }: Asked): Promise<readonly Found[]> {
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
      who: maskedSubject(job),
      state: eventTexts[language].states[state] ?? state,
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
