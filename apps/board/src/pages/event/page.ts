import { codeOfReason, eventOfJob, isFailureCode, type Language, isMarkEvent } from '@ponte/contracts'
import {
  textMask,
  findQueue,
  readJobId,
  type QueueRef,
  queueNameOf,
  readReasons,
  retryOne,
  operators,
  isEditable,
  hasPreview,
} from '@ponte/operations'
import { queueKinds, MOST_LOG_LINES } from '@ponte/runtime'
import { createTimelines } from '@ponte/state'
import type { Job } from 'bullmq'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { eventAddress, queueAddress } from '../../ui/addresses.ts'
import { previewTexts } from '../preview/texts.ts'
import { contactOf, renderContact } from './contact.ts'
import { jobsIn, readEventStatus, readLiveJobs } from './event-status.ts'
import { eventTexts, renderEventStatus, renderRound, stateText, statusTone } from './texts.ts'
import { type EventView, type LoggedJob, momentsOf } from './timeline.ts'
import { renderRaw } from '../../ui/failure-raw.ts'
import { buttonForm, type Html, html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { moment } from '../../ui/moment.ts'
import { commonTexts, contactLabel, queueLabel } from '../../ui/common-texts.ts'
import { sendNotice, sendPage } from '../../ui/page.ts'
import { eventName, eventText } from '../../ui/event-name.ts'

const parameters = z.object({ tenant: z.string(), timeline: z.string().max(64) })
const query = z.object({ kind: z.enum(queueKinds).optional(), job: z.string().max(200).optional() })

/** `/events/…`: the timeline of an event from its arrival on, also after its job is gone; and the retry of one job. */
export function addEventPage(app: FastifyInstance, all: BoardDeps): void {
  app.get('/events/:tenant/:timeline', async (request, reply) => {
    const view = await readEvent(depsFor(all, request.user), request, request.query)
    return view === undefined ? notThere(reply, languageOf(request)) : sendEvent(reply, view)
  })

  // By POST, so that no link opens a contact and no address contains it.
  app.post('/events/:tenant/:timeline/contact', { config: { roles: operators } }, async (request, reply) => {
    const view = await readEvent(depsFor(all, request.user), request, request.body)
    const [newest] = view?.live.toReversed() ?? []
    if (view?.user === undefined || newest === undefined) return notThere(reply, languageOf(request))
    const { queueRef, job } = newest
    // Recorded before the answer, so that no contact is shown without a record.
    await all.audit.write({
      user: view.user.name,
      action: 'open-contact',
      outcome: 'done',
      tenant: view.tenant,
      queue: queueRef.kind,
      ...(job.id !== undefined && { jobId: job.id }),
    })
    return sendEvent(reply, { ...view, contact: contactOf(job) })
  })
  // A browser comes here by GET after another login, for example.
  app.get('/events/:tenant/:timeline/contact', async (request, reply) =>
    reply.redirect(request.url.replace(/\/contact\b.*$/, ''), 303),
  )

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

/** The event that an address names, with the job that its query or form names. Undefined when there is none. */
async function readEvent(deps: BoardDeps, request: FastifyRequest, named: unknown): Promise<EventView | undefined> {
  const { tenant, timeline: id } = parameters.safeParse(request.params).data ?? {}
  if (tenant === undefined || id === undefined || !deps.tenants.some(({ name }) => name === tenant)) return undefined
  const entries = await createTimelines(deps.redis, tenant, deps.fingerprint).read(id)
  const { kind, job } = query.catch({}).parse(named)
  const at = kind === undefined || job === undefined ? [] : [{ kind, id: job }]
  const live = await readLiveJobs(deps, tenant, [...jobsIn(entries), ...at])
  if (entries.length === 0 && live.length === 0) return undefined
  const reader = { language: languageOf(request), user: request.user }
  const [status, logs, reasons] = await Promise.all([
    readEventStatus(deps, { entries, live }),
    Promise.all(
      live.map(async ({ queueRef, job }) => (await queueRef.queue.getJobLogs(job.id ?? '', -MOST_LOG_LINES, -1)).logs),
    ),
    Promise.all(
      live.map(async ({ queueRef, job, state }) =>
        state === 'failed' ? (await readReasons(deps, queueRef, [job], reader)).get(job.id ?? '') : undefined,
      ),
    ),
  ])
  return {
    id,
    tenant,
    entries,
    status,
    live: live.map((each, index) => ({ ...each, lines: logs[index] ?? [], reason: reasons[index] })),
    ...reader,
    masked: textMask(request.user),
  }
}

function notThere(reply: FastifyReply, language: Language): FastifyReply {
  const { title, unknown } = eventTexts[language]
  return sendNotice(reply.code(404), { language, title, text: unknown })
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
    ...(newest ? [[contactLabel(newest.queueRef.kind, language), renderContact(newest, view)] as const] : []),
    [common.status, html`<span class="${statusTone(status)}">${renderEventStatus(status, language)}</span>`],
  ]
  const hasFailed = live.some(({ state }) => state === 'failed')
  const body = html`<p>
      <a href="${hasFailed ? '/failures' : '/events'}">${hasFailed ? common.toFailures : common.toEvents}</a>
    </p>
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

function renderJob({ queueRef, job, state, reason }: LoggedJob, { status, language, user }: EventView): Html {
  const common = commonTexts[language]
  const queue = queueNameOf(queueRef)
  const code = state === 'failed' ? codeOfReason(job.failedReason) : undefined
  const own = `/jobs/${queueRef.tenant.name}/${queueRef.kind}/${encodeURIComponent(job.id ?? '')}`
  return html`<section class="card" aria-label="${job.id}">
    <p class="tight">
      <strong>${eventName(job.name, language)}</strong> ·
      ${code !== undefined && status.kind === 'round' && isMarkEvent(job.name) ? renderRound(status, language) : stateText(state, language)}
      · ${queueLabel(queueRef.kind, language)}
    </p>
    ${reason && html`<p class="tight bad">${reason.title}</p>`} ${reason && renderRaw(reason.raw, language)}
    <div class="actions">
      ${
        code !== undefined && user?.role === 'operator'
          ? html`${buttonForm(`${own}/retry`, common.retry)}
            ${isEditable(queueRef.kind, job) ? html`<a href="${own}/edit">${common.edit}</a>` : undefined}`
          : undefined
      }
      ${user?.role === 'operator' ? previewLink(queueRef, job, language) : undefined}
      ${code !== undefined && isFailureCode(code) ? html`<a href="/error-codes/${code}">${common.whatToDo}</a>` : undefined}
      <a href="${queueAddress(queue, { jobId: job.id ?? '' })}">${common.viewInQueue}</a>
    </div>
  </section>`
}

/** A link to the preview of the event that a job belongs to, if it has one. */
const previewLink = ({ tenant, kind }: QueueRef, job: Job, language: Language): Html | undefined =>
  hasPreview({ kind, name: job.name, data: job.data })
    ? html`<a href="/preview/${tenant.name}/${kind}/${encodeURIComponent(job.id ?? '')}"
        >${previewTexts[language].title}</a
      >`
    : undefined
