import { codeOfReason, eventOfJob, failureSentence, isFailureCode, renderDetail, renderMessage } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'
import { createTimelines, type TimelineEntry, timelineId, type TimelineRun } from '@ponte/state'
import type { Job } from 'bullmq'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { type BoardDeps, findQueue, depsFor, queueNameOf, type QueueRef, readJobId } from '../../board-deps.ts'
import type { User } from '../../auth/credentials.ts'
import { previewLink } from '../preview/link.ts'
import { fieldLabel } from '../edit/texts.ts'
import { isEditable } from '../edit/editable.ts'
import {
  type EventStatus,
  isOwnRun,
  jobsIn,
  kindOfEvent,
  type LiveJob,
  readEventStatus,
  readLiveJobs,
} from './event-status.ts'
import { eventTexts, failedRound, outcomeText, renderEventStatus, renderRound } from './texts.ts'
import { type Html, html } from '../../ui/html.ts'
import { inLanguage } from '../../ui/in-language.ts'
import { retryOne } from '../../queues/job-actions.ts'
import { type Language, languageOf } from '../../ui/language.ts'
import { textMask } from '../../masking/masking.ts'
import { moment } from '../../ui/moment.ts'
import { commonTexts, contactLabel, queueLabel } from '../../ui/common-texts.ts'
import { sendNotice, sendPage } from '../../ui/page.ts'
import { eventName, eventText } from '../../ui/event-name.ts'
import { maskedContact } from '../../queues/masked-contact.ts'
import { queueAddress } from '../../bull-board/addresses.ts'

/** Of a job's log; BullMQ keeps 200 (packages/runtime, queues.ts). */
const MOST_LINES = 200

const parameters = z.object({ tenant: z.string(), timeline: z.string().max(64) })
const query = z.object({ kind: z.enum(queueKinds).optional(), job: z.string().max(200).optional() })

/** The page of an event of which only the timeline may be left. */
export const timelineAddress = (tenant: string, id: string): string => `/events/${tenant}/${id}`

/** The page of the event that a job belongs to. The address holds no personal data: its id is a hash of the event key. */
export function eventAddress({ tenant, kind }: QueueRef, job: Job): string {
  const named = new URLSearchParams({ kind, job: job.id ?? '' })
  return `${timelineAddress(tenant.name, timelineId(eventOfJob(job).key))}?${named.toString()}`
}

/** `/events/…`: the timeline of an event from its arrival on, also after its job is gone; and the retry of one job. */
export function addEventPage(app: FastifyInstance, all: BoardDeps): void {
  app.get('/events/:tenant/:timeline', async (request, reply) => {
    const deps = depsFor(all, request.user)
    const language = languageOf(request)
    const { tenant, timeline: id } = parameters.safeParse(request.params).data ?? {}
    if (tenant === undefined || id === undefined || !deps.tenants.some(({ name }) => name === tenant))
      return notThere(reply, language)
    const entries = await createTimelines(deps.redis, tenant, deps.fingerprint).read(id)
    const named = query.catch({}).parse(request.query)
    const live = await readLiveJobs(deps, tenant, [
      ...jobsIn(entries),
      ...(named.kind && named.job ? [{ kind: named.kind, id: named.job }] : []),
    ])
    if (entries.length === 0 && live.length === 0) return notThere(reply, language)
    const [status, logs] = await Promise.all([
      readEventStatus(deps, { entries, live }),
      Promise.all(
        live.map(async ({ queueRef, job }) => (await queueRef.queue.getJobLogs(job.id ?? '', -MOST_LINES, -1)).logs),
      ),
    ])
    const logged = live.map((each, index) => ({ ...each, lines: logs[index] ?? [] }))
    return sendEvent(reply, {
      tenant,
      entries,
      live: logged,
      status,
      language,
      user: request.user,
      masked: textMask(request.user),
    })
  })

  app.post('/jobs/:tenant/:kind/:job/retry', async (request, reply) => {
    const deps = depsFor(all, request.user)
    const language = languageOf(request)
    const queueRef = findQueue(deps, request.params)
    const job = await queueRef?.queue.getJob(readJobId(request.params))
    if (queueRef === undefined || job === undefined || request.user === undefined) return notThere(reply, language)
    if (!(await retryOne(deps, { user: request.user, queueRef, job }))) {
      const { title, notFailed } = eventTexts[language]
      return sendNotice(reply.code(409), { language, title, text: notFailed })
    }
    return reply.redirect(eventAddress(queueRef, job), 303)
  })
}

function notThere(reply: FastifyReply, language: Language): FastifyReply {
  const { title, unknown } = eventTexts[language]
  return sendNotice(reply.code(404), { language, title, text: unknown })
}

interface LoggedJob extends LiveJob {
  /** Of its log. */
  readonly lines: readonly string[]
}

interface EventView {
  readonly tenant: string
  readonly entries: readonly TimelineEntry[]
  readonly live: readonly LoggedJob[]
  readonly status: EventStatus
  readonly language: Language
  readonly user: User | undefined
  /** Masks the texts of the timeline. */
  readonly masked: (text: string) => string
}

function sendEvent(reply: FastifyReply, view: EventView): FastifyReply {
  const { tenant, entries, live, status, language } = view
  const words = eventTexts[language]
  const common = commonTexts[language]
  const first = entries.find(entry => entry.kind === 'received')
  const [newest] = live.toReversed()
  const of = newest && eventOfJob(newest.job)
  const name = first?.event ?? of?.event ?? ''
  const facts: readonly (readonly [string, string | Html])[] = [
    [common.event, html`${eventText(name, language)} <code class="soft">${name}</code>`],
    [common.tenant, tenant],
    [words.key, first?.key ?? of?.key ?? ''],
    ...(newest
      ? [[contactLabel(newest.queueRef.kind, language), maskedContact(newest.job, language, view.user)] as const]
      : []),
    [common.status, renderEventStatus(status, language)],
  ]
  const body = html`<p><a href="/failures">${common.toFailures}</a></p>
    <h1>${words.title}</h1>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    ${live.length === 0 ? html`<p class="notice warning">${words.gone}</p>` : live.map(each => renderJob(each, view))}
    <h2>${words.timeline}</h2>
    <ol class="timeline">
      ${momentsOf(view).map(({ at, what }) => html`<li>${moment(at, language)} ${what}</li>`)}
    </ol>`
  return sendPage(reply, { language, title: words.title, body })
}

function renderJob({ queueRef, job, state }: LiveJob, { status, language, user }: EventView): Html {
  const words = eventTexts[language]
  const common = commonTexts[language]
  const queue = queueNameOf(queueRef)
  const code = state === 'failed' ? codeOfReason(job.failedReason) : undefined
  const own = `/jobs/${queueRef.tenant.name}/${queueRef.kind}/${encodeURIComponent(job.id ?? '')}`
  const masked = textMask(user, job.data)
  return html`<section class="card" aria-label="${job.id}">
    <p class="tight">
      <strong>${eventName(job.name, language)}</strong> ·
      ${code !== undefined && status.kind === 'round' && queueRef.kind === 'rd-station' ? renderRound(status, language) : (words.states[state] ?? state)}
      · ${queueLabel(queueRef.kind, language)}
    </p>
    ${code === undefined ? undefined : html`<p class="tight bad">${masked(inLanguage(job.failedReason ?? '', language))}</p>`}
    <div class="actions">
      ${
        code !== undefined && user?.role === 'operator'
          ? html`<form method="post" action="${own}/retry"><button type="submit">${common.retry}</button></form>
              ${isEditable(queueRef.kind, job) ? html`<a href="${own}/edit">${common.edit}</a>` : undefined}`
          : undefined
      }
      ${user?.role === 'operator' ? previewLink(queueRef, job, language) : undefined}
      ${code !== undefined && isFailureCode(code) ? html`<a href="/error-codes/${code}">${common.whatToDo}</a>` : undefined}
      <a href="${queueAddress(queue, { jobId: job.id ?? '' })}">${common.viewInQueue}</a>
    </div>
  </section>`
}

interface Moment {
  readonly at: number
  readonly what: Html
}

/** Entries of the timeline and lines of the jobs' logs, in the order of their times. */
function momentsOf(view: EventView): readonly Moment[] {
  const { entries, live, language } = view
  const recorded = entries.map(entry => ({ at: entry.at, what: renderEntry(entry, view) }))
  const unrecorded =
    entries.length > 0
      ? []
      : live.map(({ job }) => ({
          at: Date.parse(eventOfJob(job).receivedAt),
          what: html`${eventTexts[language].received}`,
        }))
  const logged = live.flatMap(({ job, lines }) => {
    const masked = textMask(view.user, job.data)
    return lines.flatMap(line => {
      const [, time = '', text = ''] = /^(\S+Z) (.*)$/s.exec(line) ?? []
      const at = Date.parse(time)
      return Number.isNaN(at) ? [] : [{ at, what: html`<code>${masked(inLanguage(text, language))}</code>` }]
    })
  })
  // What a run did comes before how it ended: lines of the same moment first.
  return [...unrecorded, ...logged, ...recorded].toSorted((one, other) => one.at - other.at)
}

function renderEntry(entry: TimelineEntry, view: EventView): Html {
  const { tenant, language } = view
  const words = eventTexts[language]
  const timelineLink = (key: string, text: string): Html =>
    html`<a href="${timelineAddress(tenant, timelineId(key))}">${text}</a>`
  if (entry.kind === 'received') {
    const { delivery } = entry
    const from = delivery === undefined ? undefined : html` ${words.fromDelivery} ${timelineLink(delivery, delivery)}`
    return html`<strong>${words.received}</strong>${from}`
  }
  if (entry.kind === 'duplicate') {
    return html`<strong class="soft">${words.duplicate}</strong>
      ${entry.times === undefined ? undefined : words.times(entry.times)}`
  }
  if (entry.kind === 'retried') return html`<strong>${words.retriedBy(entry.by)}</strong>`
  if (entry.kind === 'removed') return html`<strong>${words.removedBy(entry.by)}</strong>`
  if (entry.kind === 'edited')
    return html`<strong>${words.editedBy(entry.by)}</strong>
      ${entry.fields.map(field => fieldLabel(field, language)).join(', ')}`
  const { code, summary, outcome, times, derivedEvents = [] } = entry
  const tone = outcome === 'failed' ? 'bad' : outcome === 'done' ? 'good' : 'warn'
  const known = code !== undefined && isFailureCode(code) ? code : undefined
  const first = view.entries.find(each => each.kind === 'received')
  const other =
    first === undefined || first.event === entry.event ? undefined : html`${eventName(entry.event, language)} `
  return html`${other}<strong class="${tone}">${renderOutcome(entry, view)}</strong>
    ${times === undefined ? undefined : words.times(times)}
    ${known && html`<a href="/error-codes/${known}"><code>${known}</code></a> ${failureSentence(known, language)}`}
    ${view.masked((known === undefined ? renderMessage : renderDetail)(summary ?? '', language))}
    ${derivedEvents.map(({ event, key }) => html`<br />${words.derived} ${timelineLink(key, `${eventText(event, language)} ${key}`)}`)}`
}

/** A mark has failed permanently only when no other round followed and none is planned. */
function renderOutcome(run: TimelineRun, { entries, status, language }: EventView): Html {
  if (run.outcome === 'failed' && kindOfEvent(run.event) === 'rd-station') {
    const own = entries.filter(isOwnRun)
    const next = own[own.indexOf(run) + 1]
    if (next === undefined && status.kind === 'round') return renderRound(status, language)
    if (next !== undefined && next.jobId !== run.jobId) return html`${failedRound[language]}`
  }
  return html`${outcomeText(run.outcome, language)}`
}
