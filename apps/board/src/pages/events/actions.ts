import { codeOfReason, eventOfJob, type Language } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'
import { createTimelines, timelineId } from '@ponte/state'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { pageBudget, type RetryQueue } from '@ponte/operations'
import { retryAddress } from '../../ui/addresses.ts'
import { languageOf } from '../../ui/language.ts'
import { sendNotice } from '../../ui/page.ts'
import { readSelection } from '../../ui/selection.ts'
import { failedJobsOf, readLiveJobs } from '../event/event-status.ts'
import { readEvent, type ReadEvent } from '../search/group-events.ts'
import { eventListTexts } from './texts.ts'

const named = z.object({ kind: z.enum(queueKinds).optional(), job: z.string().max(200).optional() }).catch({})

/** `/events/retry`: starts the failed ones of the events that a list has selected. */
export function addEventActions(app: FastifyInstance, all: BoardDeps): void {
  for (const path of ['/events/retry', '/events/export', '/events/export-all']) {
    // After a reload, or a login in between, a browser asks for the form's address by GET.
    app.get(path, async (_request, reply) => reply.redirect('/events', 303))
  }

  app.post('/events/retry', async (request, reply) => {
    const language = languageOf(request)
    const { user } = request
    const events = await readSelected(depsFor(all, user), request.body)
    const queues = toRetry(events)
    if (user === undefined || queues.length === 0) return refuse(reply, language, events)
    return reply.redirect(retryAddress(await all.retries.start(user, 'all', queues)), 303)
  })
}

/** Says that nothing of what is selected can be used. */
export function refuse(reply: FastifyReply, language: Language, events: readonly ReadEvent[]): FastifyReply {
  const { title, back, nothingSelected, nothingFailed } = eventListTexts[language]
  const text = events.length === 0 ? nothingSelected : nothingFailed
  return sendNotice(reply.code(409), { language, title, text, link: { href: '/events', text: back } })
}

/** The selected events of tenants that the user may see, as they are now. */
export async function readSelected(deps: BoardDeps, body: unknown): Promise<readonly ReadEvent[]> {
  const budget = pageBudget()
  const events: ReadEvent[] = []
  for (const address of readSelection(body)) {
    const url = URL.parse(address, 'http://board.invalid')
    const [, tenant = '', id = ''] = /^\/events\/([^/]+)\/([\w-]+)$/.exec(url?.pathname ?? '') ?? []
    if (url === null || !deps.tenants.some(({ name }) => name === tenant)) continue
    const { kind, job } = named.parse(Object.fromEntries(url.searchParams))
    const entries = await createTimelines(deps.redis, tenant, deps.fingerprint).peek(id)
    const at = kind === undefined || job === undefined ? [] : [{ kind, id: job }]
    const found = await readLiveJobs(deps, tenant, at, budget)
    // An address that names a job of another event names none.
    const live = found.filter(each => timelineId(eventOfJob(each.job).key) === id)
    const first = entries.find(entry => entry.kind === 'received')
    const [own] = live
    const event = first?.event ?? own?.job.name
    if (event === undefined) continue
    const received = first?.at ?? (own === undefined ? 0 : Date.parse(eventOfJob(own.job).receivedAt))
    events.push(await readEvent(deps, { address, event, at: received, tenant, entries, live }, budget))
  }
  return events
}

/** The failed jobs of these events by queue and cause, oldest first. */
function toRetry(events: readonly ReadEvent[]): readonly RetryQueue[] {
  const failed = events.flatMap(({ live }) => failedJobsOf(live).slice(0, 1))
  const oldestFirst = failed.toSorted((one, other) => (one.job.finishedOn ?? 0) - (other.job.finishedOn ?? 0))
  const parts = Map.groupBy(
    oldestFirst,
    ({ queueRef, job }) => `${queueRef.queue.name} ${codeOfReason(job.failedReason)}`,
  )
  return [...parts.values()].flatMap(jobs => {
    const [first] = jobs
    if (first === undefined) return []
    const ids = [...new Set(jobs.flatMap(({ job }) => job.id ?? []))]
    return { queueRef: first.queueRef, code: codeOfReason(first.job.failedReason), ids }
  })
}
