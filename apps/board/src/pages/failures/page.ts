import { isFailureCode, type ReasonCode, WITHOUT_CODE } from '@ponte/contracts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { User } from '../../auth/credentials.ts'
import {
  allQueues,
  type BoardDeps,
  depsFor,
  findQueue,
  queueNameOf,
  queueParameters,
  type QueueRef,
} from '../../board-deps.ts'
import { retryAll } from '../../queues/job-actions.ts'
import { hiddenFields, html } from '../../ui/html.ts'
import { type Language, languageOf } from '../../ui/language.ts'
import { sendNotice, sendPage } from '../../ui/page.ts'
import { renderCause, type ShownCause } from './cause-card.ts'
import { type Cause, groupCauses, readPendingRounds, readVendorMessages } from './reader.ts'
import { failureTexts } from './texts.ts'

/** Retrying more than this at once asks first. */
const ASK_ABOVE = 50

const reasonCode = z.string().refine((text): text is ReasonCode => text === WITHOUT_CODE || isFailureCode(text))
export const causeParameters = queueParameters.extend({ code: reasonCode })
const number = z.coerce.number().int().min(0).optional().catch(undefined)
const overviewQuery = z.object({ code: reasonCode.optional(), retried: number, skipped: number })
const retryForm = causeParameters.extend({ confirmed: z.literal('yes').optional() })

/** `/failures`: failed events by cause, what to do, and one button that retries all of a cause. */
export function addFailuresPage(app: FastifyInstance, every: BoardDeps): void {
  app.get('/failures', async (request, reply) => {
    const deps = depsFor(every, request.user)
    const language = languageOf(request)
    const words = failureTexts[language]
    const query = overviewQuery.safeParse(request.query).data
    if (query === undefined) return sendNotThere(reply, language, words.noCode)
    const { code, retried, skipped } = query
    const read = await Promise.all(allQueues(deps).map(queueRef => readCauses(deps, queueRef, request.user)))
    const all = read.flatMap(each => each.causes).toSorted((one, other) => other.count - one.count)
    const causes = code === undefined ? all : all.filter(cause => cause.code === code)
    const unreadable = read.filter(({ readable }) => !readable)
    const now = Date.now()
    const done = retried === undefined ? undefined : words.retried(retried, skipped ?? 0)
    const body = html`<h1>${words.title}</h1>
      <p class="soft">${words.intro[request.user?.role ?? 'viewer']}</p>
      ${done && html`<p class="notice done" role="status">${done}</p>`}
      ${unreadable.map(({ queueRef }) => html`<p class="notice" role="alert">${words.unreadable(queueNameOf(queueRef))}</p>`)}
      ${read.flatMap(({ queueRef, whole }) => (whole ? [] : html`<p class="notice warning">${words.capped(queueNameOf(queueRef))}</p>`))}
      ${code === undefined ? undefined : html`<p>${words.only(code)} <a href="/failures">${words.all}</a></p>`}
      ${causes.length > 0 ? html`<h2>${words.count(sum(causes))}</h2>` : undefined}
      ${causes.length + unreadable.length === 0 ? html`<p class="notice done">${words.none}</p>` : undefined}
      ${causes.map(cause => renderCause(cause, { deps, language, user: request.user, now }))}`
    return sendPage(reply, { language, title: words.title, body })
  })

  // After a reload, or a login in between, a browser asks for the address of the form.
  app.get('/failures/retry', async (_request, reply) => reply.redirect('/failures', 303))

  app.post('/failures/retry', async (request, reply) => {
    const deps = depsFor(every, request.user)
    const language = languageOf(request)
    const form = retryForm.safeParse(request.body).data
    const queueRef = findQueue(deps, form)
    if (form === undefined || queueRef === undefined || request.user === undefined) return sendNotThere(reply, language)
    const { code } = form
    const jobs = (await deps.failedJobs.read(queueRef)).jobs.filter(job => job.code === code)
    if (jobs.length > ASK_ABOVE && form.confirmed !== 'yes')
      return ask(reply, { queueRef, code, count: jobs.length, language })
    const ids = jobs.map(({ id }) => id).toReversed()
    const { retried, skipped } = await retryAll(deps, { user: request.user, queueRef, code, ids })
    return reply.redirect(`/failures?retried=${retried}&skipped=${skipped}`, 303)
  })
}

interface ReadQueue {
  readonly queueRef: QueueRef
  /** False when Redis did not answer. */
  readonly readable: boolean
  /** False when the queue has more failures than are counted. */
  readonly whole: boolean
  readonly causes: readonly ShownCause[]
}

async function readCauses(
  { redis, failedJobs }: BoardDeps,
  queueRef: QueueRef,
  user: User | undefined,
): Promise<ReadQueue> {
  try {
    const { jobs, whole } = await failedJobs.read(queueRef)
    const causes = groupCauses(queueRef, jobs, await readPendingRounds(redis, queueRef, jobs), user)
    const shown = await Promise.all(
      causes.map(async cause => {
        const own = jobs.filter(({ code }) => code === cause.code)
        return { ...cause, vendorMessages: await readVendorMessages(redis, queueRef, { jobs: own, user }) }
      }),
    )
    return { queueRef, readable: true, whole, causes: shown }
  } catch {
    return { queueRef, readable: false, whole: true, causes: [] }
  }
}

const sum = (causes: readonly Cause[]): number => causes.reduce((total, { count }) => total + count, 0)

interface Question {
  readonly queueRef: QueueRef
  readonly code: ReasonCode
  readonly count: number
  readonly language: Language
}

function ask(reply: FastifyReply, { queueRef, code, count, language }: Question): FastifyReply {
  const words = failureTexts[language]
  const body = html`<h1>${words.sure(count)}</h1>
    <p><code>${code}</code> · ${queueNameOf(queueRef)}</p>
    <p>${words.sureText}</p>
    <form class="actions" method="post" action="/failures/retry">
      ${hiddenFields({ tenant: queueRef.tenant.name, kind: queueRef.kind, code, confirmed: 'yes' })}
      <button type="submit">${words.retryAll(count)}</button> <a href="/failures">${words.cancel}</a>
    </form>`
  return sendPage(reply, { language, title: words.sure(count), body })
}

export function sendNotThere(
  reply: FastifyReply,
  language: Language,
  text: string = failureTexts[language].noQueue,
): FastifyReply {
  return sendNotice(reply.code(404), { language, title: failureTexts[language].title, text })
}
