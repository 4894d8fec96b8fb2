import { codeOfReason, isFailureCode, isJobName, jobs as catalog, storyOfJob } from '@ponte/contracts'
import { queueKinds, type QueueKind } from '@ponte/runtime'
import { createStories, type StoryEntry, storyId } from '@ponte/state'
import type { Job } from 'bullmq'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { type BoardParts, findPlace, type Place, readJobId } from './board-parts.ts'
import type { Who } from './credentials.ts'
import { eventTexts, outcomeText } from './event-texts.ts'
import { failureSentence } from './failure-pages.ts'
import { type Html, html } from './html.ts'
import { retryOne } from './job-actions.ts'
import { type Language, preferredLanguage } from './language.ts'
import { maskText, personalValues } from './masking.ts'
import { moment } from './moment.ts'
import { sendNotice, sendPage } from './page.ts'
import { maskedSubject } from './subject.ts'

const parameters = z.object({ tenant: z.string(), story: z.string().max(64) })
const query = z.object({ kind: z.enum(queueKinds).optional(), job: z.string().max(200).optional() })

/** The page of an event of which only the story may be left. */
export const storyAddress = (tenant: string, id: string): string => `/events/${tenant}/${id}`

/** The page of the event that a job belongs to. Holds no personal data: the story's id is a fingerprint of the event key. */
export function eventAddress({ tenant, kind }: Place, job: Job): string {
  const named = new URLSearchParams({ kind, job: job.id ?? '' })
  return `${storyAddress(tenant.name, storyId(storyOfJob(job).key))}?${named.toString()}`
}

interface LiveJob {
  readonly place: Place
  readonly job: Job
  readonly state: string
  readonly lines: readonly string[]
}

/** `/events/…`: the whole story of an event, received → attempts → effect, also after its job is gone. And the retry of one job. */
export function addEventPage(app: FastifyInstance, parts: BoardParts): void {
  app.get('/events/:tenant/:story', async (request, reply) => {
    const language = preferredLanguage(request.headers['accept-language'])
    const { tenant, story } = parameters.safeParse(request.params).data ?? {}
    if (tenant === undefined || story === undefined || !parts.tenants.some(({ name }) => name === tenant))
      return notThere(reply, language)
    const entries = await createStories(parts.redis, tenant).read(story)
    const named = query.catch({}).parse(request.query)
    const live = await readJobs(parts, tenant, [
      ...jobsIn(entries),
      ...(named.kind && named.job ? [{ kind: named.kind, id: named.job }] : []),
    ])
    if (entries.length === 0 && live.length === 0) return notThere(reply, language)
    return sendEvent(reply, { tenant, entries, live, language, who: request.who })
  })

  app.post('/jobs/:tenant/:kind/:job/retry', async (request, reply) => {
    const language = preferredLanguage(request.headers['accept-language'])
    const place = findPlace(parts, request.params)
    const job = await place?.queue.getJob(readJobId(request.params))
    if (place === undefined || job === undefined || request.who === undefined) return notThere(reply, language)
    if (!(await retryOne(parts, { who: request.who, place, job }))) {
      const { title, notFailed } = eventTexts[language]
      return sendNotice(reply.code(409), { language, title, text: notFailed })
    }
    return reply.redirect(eventAddress(place, job), 303)
  })
}

function notThere(reply: FastifyReply, language: Language): FastifyReply {
  const { title, unknown } = eventTexts[language]
  return sendNotice(reply.code(404), { language, title, text: unknown })
}

/** The queue of an event's jobs. What is no event is a quarantined delivery. */
export const kindOfEvent = (event: string): QueueKind => (isJobName(event) ? catalog[event].destination : 'quarantine')

interface JobAt {
  readonly kind: QueueKind
  readonly id: string
}

function jobsIn(entries: readonly StoryEntry[]): readonly JobAt[] {
  const named = entries.flatMap(entry =>
    entry.kind === 'received' || entry.kind === 'run' ? [{ id: entry.jobId, event: entry.event }] : [],
  )
  return named.map(({ id, event }) => ({ id, kind: kindOfEvent(event) }))
}

async function readJobs(parts: BoardParts, tenant: string, at: readonly JobAt[]): Promise<readonly LiveJob[]> {
  const once = new Map(at.map(each => [`${each.kind} ${each.id}`, each]))
  const found = await Promise.all(
    [...once.values()].map(async ({ kind, id }) => {
      const place = findPlace(parts, { tenant, kind })
      const job = await place?.queue.getJob(id)
      if (place === undefined || job === undefined) return undefined
      const [state, { logs }] = await Promise.all([place.queue.getJobState(id), place.queue.getJobLogs(id)])
      return { place, job, state, lines: logs }
    }),
  )
  return found.filter(each => each !== undefined)
}

interface EventView {
  readonly tenant: string
  readonly entries: readonly StoryEntry[]
  readonly live: readonly LiveJob[]
  readonly language: Language
  readonly who: Who | undefined
}

function sendEvent(reply: FastifyReply, view: EventView): FastifyReply {
  const { tenant, entries, live, language, who } = view
  const words = eventTexts[language]
  const first = entries.find(entry => entry.kind === 'received')
  const [newest] = live.toReversed()
  const of = newest && storyOfJob(newest.job)
  const facts: readonly (readonly [string, string | Html])[] = [
    [words.event, first?.event ?? of?.event ?? ''],
    ['Tenant', tenant],
    [words.key, first?.key ?? of?.key ?? ''],
    ...(newest ? [[words.who, maskedSubject(newest.job)] as const] : []),
  ]
  const body = html`<p><a href="/causes">${words.back}</a></p>
    <h1>${words.title}</h1>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    ${live.length === 0 ? html`<p class="notice rest">${words.gone}</p>` : live.map(each => renderJob(each, language, who))}
    <h2>${words.story}</h2>
    <ol class="story">
      ${timeline(view).map(({ at, what }) => html`<li>${moment(at, language)} ${what}</li>`)}
    </ol>`
  return sendPage(reply, { language, title: words.title, body })
}

function renderJob({ place, job, state }: LiveJob, language: Language, who: Who | undefined): Html {
  const words = eventTexts[language]
  const queue = `${place.tenant.name}.${place.kind}`
  const code = state === 'failed' ? codeOfReason(job.failedReason) : undefined
  const own = `/jobs/${place.tenant.name}/${place.kind}/${encodeURIComponent(job.id ?? '')}`
  const personal = personalValues(job.data)
  return html`<section class="card" aria-label="${job.id}">
    <p class="tight"><strong>${job.name}</strong> · ${words.states[state] ?? state} · ${queue}</p>
    ${code === undefined ? undefined : html`<p class="tight bad">${maskText(job.failedReason, personal)}</p>`}
    <div class="actions">
      ${
        code !== undefined && who?.role === 'operator'
          ? html`<form method="post" action="${own}/retry"><button type="submit">${words.retry}</button></form>
              <a href="${own}/edit">${words.edit}</a>`
          : undefined
      }
      ${code !== undefined && isFailureCode(code) ? html`<a href="/failures/${code}">${words.whatToDo}</a>` : undefined}
      <a href="/queue/${encodeURIComponent(queue)}/${encodeURIComponent(job.id ?? '')}">${words.onBoard}</a>
    </div>
  </section>`
}

interface Moment {
  readonly at: number
  readonly what: Html
}

/** Entries of the story and lines of the jobs' logs, in the order of their times. */
function timeline({ tenant, entries, live, language }: EventView): readonly Moment[] {
  const told = entries.map(entry => ({ at: entry.at, what: renderEntry(entry, { tenant, language }) }))
  const unheard =
    entries.length > 0
      ? []
      : live.map(({ job }) => ({
          at: Date.parse(storyOfJob(job).receivedAt),
          what: html`${eventTexts[language].received}`,
        }))
  const logged = live.flatMap(({ job, lines }) => {
    const personal = personalValues(job.data)
    return lines.flatMap(line => {
      const [, time = '', text = ''] = /^(\S+Z) (.*)$/s.exec(line) ?? []
      const at = Date.parse(time)
      return Number.isNaN(at) ? [] : [{ at, what: html`<code>${maskText(text, personal)}</code>` }]
    })
  })
  // What a run did comes before how it ended: lines of the same moment first.
  return [...unheard, ...logged, ...told].toSorted((one, other) => one.at - other.at)
}

function renderEntry(entry: StoryEntry, { tenant, language }: Pick<EventView, 'tenant' | 'language'>): Html {
  const words = eventTexts[language]
  const storyLink = (key: string, text: string): Html =>
    html`<a href="${storyAddress(tenant, storyId(key))}">${text}</a>`
  if (entry.kind === 'received') {
    const { delivery } = entry
    const from = delivery === undefined ? undefined : html` ${words.fromDelivery} ${storyLink(delivery, delivery)}`
    return html`<strong>${words.received}</strong>${from}`
  }
  if (entry.kind === 'duplicate') {
    return html`<strong class="soft">${words.duplicate}</strong>
      ${entry.times === undefined ? undefined : words.times(entry.times)}`
  }
  if (entry.kind === 'retried') return html`<strong>${words.retriedBy(entry.by)}</strong>`
  if (entry.kind === 'removed') return html`<strong>${words.removedBy(entry.by)}</strong>`
  if (entry.kind === 'edited') return html`<strong>${words.editedBy(entry.by)}</strong> ${entry.fields.join(', ')}`
  const { code, summary, outcome, times, became = [] } = entry
  const tone = outcome === 'failed' ? 'bad' : outcome === 'done' ? 'good' : 'warn'
  const known = code !== undefined && isFailureCode(code) ? code : undefined
  return html`<strong class="${tone}">${outcomeText(outcome, language)}</strong>
    ${times === undefined ? undefined : words.times(times)}
    ${known && html`<a href="/failures/${known}"><code>${known}</code></a> ${failureSentence(known, language)}`}
    ${known === undefined ? summary : detailOf(summary)}
    ${became.map(({ event, key }) => html`<br />${words.became} ${storyLink(key, `${event} ${key}`)}`)}`
}

/** A failure's summary repeats its code and sentence, in English; what is left are the facts: `(status=422)`. */
const detailOf = (summary = ''): string => /\.\s+(?<rest>\S.*)$/s.exec(summary)?.groups?.['rest'] ?? ''
