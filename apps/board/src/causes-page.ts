import { codeOfReason, isFailureCode, type ReasonCode } from '@ponte/contracts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { allPlaces, type BoardParts, findPlace, type Place, queueParameters } from './board-parts.ts'
import { causeTexts } from './cause-texts.ts'
import { type Cause, type FailedJob, groupCauses, MOST_FAILED, readFailedJobs } from './causes.ts'
import type { Who } from './credentials.ts'
import { eventAddress } from './event-page.ts'
import { failureSentence, whatToDo } from './failure-pages.ts'
import { type Html, html } from './html.ts'
import { retryAll } from './job-actions.ts'
import { type Language, preferredLanguage } from './language.ts'
import { ago, moment } from './moment.ts'
import { sendNotice, sendPage } from './page.ts'
import { searchForm } from './search-page.ts'
import { maskedSubject } from './subject.ts'

/** Retrying more than this at once asks first. */
const ASK_ABOVE = 50
const PAGE_SIZE = 50

const causeParameters = queueParameters.extend({ code: z.string().max(100) })
const listQuery = z.object({ page: z.coerce.number().int().min(1).catch(1) })
const overviewQuery = z.object({
  code: z.string().max(100).optional(),
  retried: z.coerce.number().int().min(0).optional(),
  skipped: z.coerce.number().int().min(0).optional(),
})
const retryForm = causeParameters.extend({ confirmed: z.literal('yes').optional() })

/** `/causes`: what failed, by cause, what to do, and one button that retries all of a cause. SPEC §6. */
export function addCausesPage(app: FastifyInstance, parts: BoardParts): void {
  app.get('/causes', async (request, reply) => {
    const language = preferredLanguage(request.headers['accept-language'])
    const { code, retried, skipped } = overviewQuery.catch({}).parse(request.query)
    const words = causeTexts[language]
    const read = await Promise.all(allPlaces(parts).map(place => readCauses(parts, place)))
    const all = read.flatMap(({ causes }) => causes).toSorted((one, other) => other.count - one.count)
    const causes = code === undefined ? all : all.filter(cause => cause.code === code)
    const unreadable = read.filter(({ readable }) => !readable)
    const now = Date.now()
    const done = retried === undefined ? undefined : words.retried(retried, skipped ?? 0)
    const body = html`<h1>${words.title}</h1>
      <p class="soft">${words.intro}</p>
      ${searchForm(language)} ${done && html`<p class="notice done" role="status">${done}</p>`}
      ${unreadable.map(({ place }) => html`<p class="notice" role="alert">${words.unreadable(queueOf(place))}</p>`)}
      ${read.flatMap(({ place, whole }) => (whole ? [] : html`<p class="notice rest">${words.capped(queueOf(place))}</p>`))}
      ${code === undefined ? undefined : html`<p>${words.only(code)} <a href="/causes">${words.all}</a></p>`}
      ${causes.length > 0 ? html`<h2>${words.count(sum(causes))}</h2>` : undefined}
      ${causes.length + unreadable.length === 0 ? html`<p class="notice done">${words.none}</p>` : undefined}
      ${causes.map(cause => renderCause(cause, { parts, language, who: request.who, now }))}`
    return sendPage(reply, { language, title: words.title, body })
  })

  app.get('/causes/:tenant/:kind/:code', async (request, reply) => {
    const language = preferredLanguage(request.headers['accept-language'])
    const words = causeTexts[language]
    const named = causeParameters.safeParse(request.params).data
    const place = findPlace(parts, named)
    if (place === undefined || named === undefined) return notThere(reply, language)
    const { page } = listQuery.catch({ page: 1 }).parse(request.query)
    const jobs = (await readFailedJobs(parts.redis, place.queue)).filter(job => job.code === named.code)
    const pages = Math.max(1, Math.ceil(jobs.length / PAGE_SIZE))
    const shown = jobs.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)
    const rows = await Promise.all(shown.map(job => renderJob(job, place, { language, who: request.who })))
    const here = `/causes/${place.tenant.name}/${place.kind}/${named.code}`
    const step = (to: number, text: string): Html | undefined =>
      to < 1 || to > pages ? undefined : html`<a href="${here}?page=${to}">${text}</a>`
    const body = html`<p><a href="/causes">${words.back}</a></p>
      <h1><code>${named.code}</code></h1>
      <p>${codeSentence(codeOfReason(named.code), language)}</p>
      <p class="soft">${queueOf(place)} · ${words.count(jobs.length)}</p>
      <table>
        <thead>
          <tr>
            ${[words.when, words.who, words.event, words.actions].map(head => html`<th scope="col">${head}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.flatMap(row => row ?? [])}
        </tbody>
      </table>
      <p class="actions">${step(page - 1, words.newer)} ${step(page + 1, words.older)}</p>`
    return sendPage(reply, { language, title: named.code, body })
  })

  app.post('/causes/retry', async (request, reply) => {
    const language = preferredLanguage(request.headers['accept-language'])
    const form = retryForm.safeParse(request.body).data
    const place = findPlace(parts, form)
    if (form === undefined || place === undefined || request.who === undefined) return notThere(reply, language)
    const code = codeOfReason(form.code)
    const jobs = (await readFailedJobs(parts.redis, place.queue)).filter(job => job.code === code)
    if (jobs.length > ASK_ABOVE && form.confirmed !== 'yes')
      return ask(reply, { place, code, count: jobs.length, language })
    const ids = jobs.map(({ id }) => id).toReversed()
    const { retried, skipped } = await retryAll(parts, { who: request.who, place, code, ids })
    return reply.redirect(`/causes?retried=${retried}&skipped=${skipped}`, 303)
  })
}

async function readCauses(
  { redis }: BoardParts,
  place: Place,
): Promise<{ place: Place; readable: boolean; whole: boolean; causes: readonly Cause[] }> {
  try {
    const jobs = await readFailedJobs(redis, place.queue)
    return { place, readable: true, whole: jobs.length < MOST_FAILED, causes: groupCauses(place, jobs) }
  } catch {
    return { place, readable: false, whole: true, causes: [] }
  }
}

const sum = (causes: readonly Cause[]): number => causes.reduce((total, { count }) => total + count, 0)
const queueOf = ({ tenant, kind }: Place): string => `${tenant.name}.${kind}`

const codeSentence = (code: ReasonCode, language: Language): string =>
  isFailureCode(code) ? failureSentence(code, language) : causeTexts[language].other

interface View {
  readonly parts: BoardParts
  readonly language: Language
  readonly who: Who | undefined
  readonly now: number
}

function renderCause({ place, code, count, first, last, details }: Cause, view: View): Html {
  const { parts, language, who, now } = view
  const words = causeTexts[language]
  const { name } = place.tenant
  const id = `cause-${name}-${place.kind}-${code}`
  const remedy = isFailureCode(code) ? whatToDo(parts.documents, code, language) : undefined
  const times =
    count === 1
      ? html`${ago(last, language, now)}`
      : html`${words.between(ago(first, language, now), ago(last, language, now))}`
  const retry =
    who?.role === 'operator'
      ? html`<form method="post" action="/causes/retry">
          ${hidden({ tenant: name, kind: place.kind, code })}
          <button type="submit" aria-describedby="${id}">${words.retryAll(count)}</button>
        </form>`
      : undefined
  return html`<section class="card" aria-labelledby="${id}">
    <h2 id="${id}"><code>${code}</code></h2>
    <p class="tight">${codeSentence(code, language)}</p>
    ${details.map(detail => html`<p class="tight"><code>${detail}</code></p>`)}
    <p class="tight soft">
      <strong>${words.count(count)}</strong> · ${words.tenant} <strong>${name}</strong> · ${words.queue} ${place.kind} ·
      ${times}
    </p>
    ${
      remedy &&
      html`<details open>
        <summary>${words.whatToDo}</summary>
        <div>${remedy}</div>
      </details>`
    }
    <div class="actions">
      ${retry} <a href="/causes/${name}/${place.kind}/${code}">${words.show}</a>
      <a href="/queue/${encodeURIComponent(queueOf(place))}?status=failed">${words.onBoard}</a>
      ${isFailureCode(code) ? html`<a href="/failures/${code}">${words.about}</a>` : undefined}
    </div>
  </section>`
}

/** A row for a failed job; nothing when it is gone since. */
async function renderJob(
  failed: FailedJob,
  place: Place,
  { language, who }: Pick<View, 'language' | 'who'>,
): Promise<Html | undefined> {
  const job = await place.queue.getJob(failed.id)
  if (job === undefined) return undefined
  const words = causeTexts[language]
  const address = `/jobs/${place.tenant.name}/${place.kind}/${encodeURIComponent(failed.id)}`
  const actions =
    who?.role === 'operator'
      ? html`<form method="post" action="${address}/retry">
            <button class="quiet" type="submit" aria-label="${`${words.retry}: ${failed.id}`}">${words.retry}</button>
          </form>
          <a href="${address}/edit">${words.edit}</a>`
      : undefined
  return html`<tr>
    <td data-label="${words.when}">${moment(failed.failedAt, language)}</td>
    <td data-label="${words.who}">${maskedSubject(job)}</td>
    <td data-label="${words.event}">
      <a href="${eventAddress(place, job)}">${job.name}</a>
    </td>
    <td data-label="${words.actions}"><div class="actions tight">${actions ?? '–'}</div></td>
  </tr>`
}

function ask(
  reply: FastifyReply,
  of: { place: Place; code: ReasonCode; count: number; language: Language },
): FastifyReply {
  const { place, code, count, language } = of
  const words = causeTexts[language]
  const body = html`<h1>${words.sure(count)}</h1>
    <p><code>${code}</code> · ${queueOf(place)}</p>
    <p>${words.sureText}</p>
    <form class="actions" method="post" action="/causes/retry">
      ${hidden({ tenant: place.tenant.name, kind: place.kind, code, confirmed: 'yes' })}
      <button type="submit">${words.retryAll(count)}</button> <a href="/causes">${words.cancel}</a>
    </form>`
  return sendPage(reply, { language, title: words.sure(count), body })
}

const hidden = (fields: Readonly<Record<string, string>>): readonly Html[] =>
  Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)

function notThere(reply: FastifyReply, language: Language): FastifyReply {
  const { title, noQueue } = causeTexts[language]
  return sendNotice(reply.code(404), { language, title, text: noQueue })
}
