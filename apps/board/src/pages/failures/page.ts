import { isFailureCode, type ReasonCode, WITHOUT_CODE } from '@ponte/contracts'
import type { Job } from 'bullmq'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { allQueues, type BoardDeps, depsFor, findQueue, type QueueRef, queueParameters } from '../../board-deps.ts'
import { failureTexts } from './texts.ts'
import {
  type Cause,
  groupCauses,
  readFailedJobs,
  readPendingRounds,
  readSaid,
  type Said,
  MOST_CHARACTERS,
} from './reader.ts'
import type { User } from '../../auth/credentials.ts'
import { isEditable } from '../edit/edited-data.ts'
import { eventAddress } from '../event/page.ts'
import { renderRound } from '../event/texts.ts'
import { whatToDo } from '../error-codes/page.ts'
import { type Html, html } from '../../ui/html.ts'
import { failureSentence, inLanguage } from '../../ui/in-language.ts'
import { retryAll } from '../../queues/job-actions.ts'
import { type Language, preferredLanguage } from '../../ui/language.ts'
import { ago, moment } from '../../ui/moment.ts'
import type { PendingRound } from '../../queues/pending-round.ts'
import { sendNotice, sendPage, renderTable } from '../../ui/page.ts'
import { pageBudget, readJobs } from '../../queues/read-jobs.ts'
import { searchForm } from '../search/page.ts'
import { maskedContact } from '../../queues/masked-contact.ts'

/** Retrying more than this at once asks first. */
const ASK_ABOVE = 50
const PAGE_SIZE = 50
/** Tells two events of one person apart, and finds the job in the audit trail and on Bull Board. */
const SHOWN_OF_ID = 6

const reasonCode = z.string().refine((text): text is ReasonCode => text === WITHOUT_CODE || isFailureCode(text))
const causeParameters = queueParameters.extend({ code: reasonCode })
const listQuery = z.object({ page: z.coerce.number().int().min(1).catch(1) })
const number = z.coerce.number().int().min(0).optional().catch(undefined)
const overviewQuery = z.object({ code: reasonCode.optional(), retried: number, skipped: number })
const retryForm = causeParameters.extend({ confirmed: z.literal('yes').optional() })

/** `/causes`: what failed, by cause, what to do, and one button that retries all of a cause. SPEC §6. */
export function addFailuresPage(app: FastifyInstance, every: BoardDeps): void {
  app.get('/causes', async (request, reply) => {
    const deps = depsFor(every, request.user)
    const language = preferredLanguage(request.headers['accept-language'])
    const words = failureTexts[language]
    const query = overviewQuery.safeParse(request.query).data
    if (query === undefined) return notThere(reply, language, words.noCode)
    const { code, retried, skipped } = query
    const read = await Promise.all(allQueues(deps).map(queueRef => readCauses(deps, queueRef, request.user)))
    const all = read.flatMap(each => each.causes).toSorted((one, other) => other.count - one.count)
    const causes = code === undefined ? all : all.filter(cause => cause.code === code)
    const unreadable = read.filter(({ readable }) => !readable)
    const now = Date.now()
    const done = retried === undefined ? undefined : words.retried(retried, skipped ?? 0)
    const body = html`<h1>${words.title}</h1>
      <p class="soft">${words.intro[request.user?.role ?? 'viewer']}</p>
      ${searchForm(language, request.user)} ${done && html`<p class="notice done" role="status">${done}</p>`}
      ${unreadable.map(({ queueRef }) => html`<p class="notice" role="alert">${words.unreadable(queueOf(queueRef))}</p>`)}
      ${read.flatMap(({ queueRef, whole }) => (whole ? [] : html`<p class="notice rest">${words.capped(queueOf(queueRef))}</p>`))}
      ${code === undefined ? undefined : html`<p>${words.only(code)} <a href="/causes">${words.all}</a></p>`}
      ${causes.length > 0 ? html`<h2>${words.count(sum(causes))}</h2>` : undefined}
      ${causes.length + unreadable.length === 0 ? html`<p class="notice done">${words.none}</p>` : undefined}
      ${causes.map(cause => renderCause(cause, { deps, language, user: request.user, now }))}`
    return sendPage(reply, { language, title: words.title, body })
  })

  app.get('/causes/:tenant/:kind/:code', async (request, reply) => {
    const deps = depsFor(every, request.user)
    const language = preferredLanguage(request.headers['accept-language'])
    const words = failureTexts[language]
    const named = causeParameters.safeParse(request.params).data
    const queueRef = findQueue(deps, request.params)
    if (queueRef === undefined) return notThere(reply, language)
    if (named === undefined) return notThere(reply, language, words.noCode)
    const { page } = listQuery.catch({ page: 1 }).parse(request.query)
    const jobs = (await readFailedJobs(deps.redis, queueRef)).jobs.filter(job => job.code === named.code)
    const pages = Math.max(1, Math.ceil(jobs.length / PAGE_SIZE))
    const shown = jobs.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)
    const pending = await readPendingRounds(deps.redis, queueRef, shown)
    const found = await readJobs(
      deps.redis,
      queueRef.queue,
      shown.map(({ id }) => id),
      pageBudget(),
    )
    const rows = found.map(job =>
      renderJob(job, queueRef, { language, user: request.user, pending: pending.get(job.id ?? '') }),
    )
    const heads = [words.when, words.who, words.event]
    if (request.user?.role === 'operator') heads.push(words.actions)
    const here = `/causes/${queueRef.tenant.name}/${queueRef.kind}/${named.code}`
    const step = (to: number, text: string): Html | undefined =>
      to < 1 || to > pages ? undefined : html`<a href="${here}?page=${to}">${text}</a>`
    const body = html`<p><a href="/causes">${words.back}</a></p>
      <h1><code>${named.code}</code></h1>
      <p>${codeSentence(named.code, language)}</p>
      <p class="soft">${queueOf(queueRef)} · ${words.count(jobs.length)}</p>
      ${renderTable(heads, rows)}
      <p class="actions">${step(page - 1, words.newer)} ${step(page + 1, words.older)}</p>`
    return sendPage(reply, { language, title: named.code, body })
  })

  // A reload, or a login on the way, asks for the address of the form.
  app.get('/causes/retry', async (_request, reply) => reply.redirect('/causes', 303))

  app.post('/causes/retry', async (request, reply) => {
    const deps = depsFor(every, request.user)
    const language = preferredLanguage(request.headers['accept-language'])
    const form = retryForm.safeParse(request.body).data
    const queueRef = findQueue(deps, form)
    if (form === undefined || queueRef === undefined || request.user === undefined) return notThere(reply, language)
    const { code } = form
    const jobs = (await readFailedJobs(deps.redis, queueRef)).jobs.filter(job => job.code === code)
    if (jobs.length > ASK_ABOVE && form.confirmed !== 'yes')
      return ask(reply, { queueRef, code, count: jobs.length, language })
    const ids = jobs.map(({ id }) => id).toReversed()
    const { retried, skipped } = await retryAll(deps, { user: request.user, queueRef, code, ids })
    return reply.redirect(`/causes?retried=${retried}&skipped=${skipped}`, 303)
  })
}

interface SaidCause extends Cause {
  readonly said: readonly Said[]
}

async function readCauses(
  { redis }: BoardDeps,
  queueRef: QueueRef,
  user: User | undefined,
): Promise<{ queueRef: QueueRef; readable: boolean; whole: boolean; causes: readonly SaidCause[] }> {
  try {
    const { jobs, whole } = await readFailedJobs(redis, queueRef)
    const causes = groupCauses(queueRef, jobs, await readPendingRounds(redis, queueRef, jobs), user)
    const said = await Promise.all(
      causes.map(async cause => ({
        ...cause,
        said: await readSaid(redis, queueRef, { jobs: jobs.filter(({ code }) => code === cause.code), user }),
      })),
    )
    return { queueRef, readable: true, whole, causes: said }
  } catch {
    return { queueRef, readable: false, whole: true, causes: [] }
  }
}

const sum = (causes: readonly Cause[]): number => causes.reduce((total, { count }) => total + count, 0)
const queueOf = ({ tenant, kind }: QueueRef): string => `${tenant.name}.${kind}`

const codeSentence = (code: ReasonCode, language: Language): string =>
  isFailureCode(code) ? failureSentence(code, language) : failureTexts[language].other

interface View {
  readonly deps: BoardDeps
  readonly language: Language
  readonly user: User | undefined
  readonly now: number
}

function renderCause({ queueRef, code, count, first, last, details, pending, said }: SaidCause, view: View): Html {
  const { deps, language, user, now } = view
  const words = failureTexts[language]
  const { name } = queueRef.tenant
  const id = `cause-${name}-${queueRef.kind}-${code}`
  const remedy = isFailureCode(code) ? whatToDo(deps.documents, code, language) : undefined
  const times =
    count === 1 ? ago(last, language, now) : words.between(ago(first, language, now), ago(last, language, now))
  const retry =
    user?.role === 'operator'
      ? html`<form method="post" action="/causes/retry">
          ${hidden({ tenant: name, kind: queueRef.kind, code })}
          <button type="submit" aria-describedby="${id}">${words.retryAll(count)}</button>
        </form>`
      : undefined
  return html`<section class="card" aria-labelledby="${id}">
    <h2 id="${id}"><code>${code}</code></h2>
    <p class="tight">${codeSentence(code, language)}</p>
    ${details.map(detail => html`<p class="tight"><code>${inLanguage(detail, language).slice(0, MOST_CHARACTERS)}</code></p>`)}
    ${said.length === 0 ? undefined : renderSaid(said, code, language)}
    <p class="tight soft">
      <strong>${words.count(count)}</strong>${pending === 0 ? '' : ` (${words.pending(pending)})`} · ${words.tenant}
      <strong>${name}</strong> · ${words.queue} ${queueRef.kind} · ${times}
    </p>
    ${
      remedy &&
      html`<details open>
        <summary>${words.whatToDo}</summary>
        <div>${remedy}</div>
      </details>`
    }
    <div class="actions">
      ${retry} <a href="/causes/${name}/${queueRef.kind}/${code}">${words.show}</a>
      <a href="/queue/${encodeURIComponent(queueOf(queueRef))}?status=failed">${words.onBoard}</a>
      ${isFailureCode(code) ? html`<a href="/failures/${code}">${words.about}</a>` : undefined}
    </div>
  </section>`
}

/** What the other system said, in its own language and masked. */
function renderSaid(said: readonly Said[], code: ReasonCode, language: Language): Html {
  const system = code.startsWith('CRM_') ? 'TOTVS CRM' : code.startsWith('RD_') ? 'RD Station' : undefined
  return html`<p class="tight">${failureTexts[language].said(system)}</p>
    <ul class="tight">
      ${said.map(({ text, times }) => html`<li><q>${text}</q>${times === 1 ? '' : ` (${times}×)`}</li>`)}
    </ul>`
}

/** A row for a failed job. */
function renderJob(
  job: Job,
  queueRef: QueueRef,
  { language, user, pending }: Pick<View, 'language' | 'user'> & { readonly pending: PendingRound | undefined },
): Html {
  const { id = '', finishedOn = 0 } = job
  const words = failureTexts[language]
  const address = `/jobs/${queueRef.tenant.name}/${queueRef.kind}/${encodeURIComponent(id)}`
  const actions = html`<td data-label="${words.actions}">
    <div class="actions tight">
      <form method="post" action="${address}/retry">
        <button class="quiet" type="submit" aria-label="${`${words.retry}: ${id}`}">${words.retry}</button>
      </form>
      ${isEditable(queueRef.kind, job) ? html`<a href="${address}/edit">${words.edit}</a>` : undefined}
    </div>
  </td>`
  return html`<tr>
    <td data-label="${words.when}">${moment(finishedOn, language)}</td>
    <td data-label="${words.who}">${maskedContact(job, language, user)}</td>
    <td data-label="${words.event}">
      <span
        ><a href="${eventAddress(queueRef, job)}">${job.name}</a>
        <span class="soft">…${id.slice(-SHOWN_OF_ID)}</span>
        ${pending && html`<br />${renderRound(pending, language)}`}</span
      >
    </td>
    ${user?.role === 'operator' ? actions : undefined}
  </tr>`
}

function ask(
  reply: FastifyReply,
  of: { queueRef: QueueRef; code: ReasonCode; count: number; language: Language },
): FastifyReply {
  const { queueRef, code, count, language } = of
  const words = failureTexts[language]
  const body = html`<h1>${words.sure(count)}</h1>
    <p><code>${code}</code> · ${queueOf(queueRef)}</p>
    <p>${words.sureText}</p>
    <form class="actions" method="post" action="/causes/retry">
      ${hidden({ tenant: queueRef.tenant.name, kind: queueRef.kind, code, confirmed: 'yes' })}
      <button type="submit">${words.retryAll(count)}</button> <a href="/causes">${words.cancel}</a>
    </form>`
  return sendPage(reply, { language, title: words.sure(count), body })
}

const hidden = (fields: Readonly<Record<string, string>>): readonly Html[] =>
  Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)

function notThere(reply: FastifyReply, language: Language, text = failureTexts[language].noQueue): FastifyReply {
  return sendNotice(reply.code(404), { language, title: failureTexts[language].title, text })
}
