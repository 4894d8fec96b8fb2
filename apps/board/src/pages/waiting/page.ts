import { destinations, eventOfJob } from '@ponte/contracts'
import { queueKinds, type Queues, type Tenant } from '@ponte/runtime'
import { createTimelines, type Fingerprint, blocks, readOpenBreakers, type OpenBreaker, timelineId } from '@ponte/state'
import type { Job } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import type { Redis } from 'ioredis'
import type { QueueRef } from '../../board-deps.ts'
import { maySee, type User } from '../../auth/credentials.ts'
import { formatDuration } from '../../ui/duration.ts'
import { eventAddress } from '../event/page.ts'
import { type Html, html } from '../../ui/html.ts'
import { inLanguage } from '../../ui/in-language.ts'
import { type Language, preferredLanguage } from '../../ui/language.ts'
import { textMask } from '../../masking/masking.ts'
import { moment } from '../../ui/moment.ts'
import { sendPage, renderTable } from '../../ui/page.ts'
import {
  countStalled,
  type QueueSnapshot,
  readQueueSnapshot,
  runsAt,
  SAMPLE,
  STUCK_AFTER_MS,
} from '../../queues/queue-snapshot.ts'
import { pageBudget, readJobsOf } from '../../queues/read-jobs.ts'
import { readQueueCondition, type QueueState } from '../../queues/queue-status.ts'
import { waitingTexts } from './texts.ts'
import { maskedContact } from '../../queues/masked-contact.ts'

const MOST_PUT_OFF = 5

const systems = { 'totvs-crm': 'TOTVS CRM', 'rd-station': 'RD Station' } as const

export interface WaitingPageOptions {
  readonly tenants: readonly Tenant[]
  readonly queues: Queues
  readonly redis: Redis
  readonly fingerprint: Fingerprint
  /** An event that waits for longer than this is worth a look, in milliseconds. Default: a minute. */
  readonly stuckAfterMs?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** How the page is told: in which language, when, and what counts as too long. */
interface Telling {
  readonly language: Language
  readonly now: number
  readonly limitMs: number
  readonly user: User | undefined
}

/** `/stuck`: what waits too long, what rests and until when, what nobody works on. SPEC §6. */
export function addWaitingPage(app: FastifyInstance, options: WaitingPageOptions): void {
  const { tenants, queues, redis, stuckAfterMs = STUCK_AFTER_MS, now = Date.now } = options
  app.get('/stuck', async (request, reply) => {
    const visible = tenants.filter(({ name }) => maySee(request.user, name))
    const language = preferredLanguage(request.headers['accept-language'])
    const { title, intro } = waitingTexts[language]
    const telling = { language, now: now(), limitMs: stuckAfterMs, user: request.user }
    const sections = await Promise.all(
      visible.map(async tenant => {
        const rests = await readOpenBreakers(redis, tenant.name).catch(() => [])
        const own = queues.of(tenant.name)
        const found = await Promise.all(
          queueKinds.map(async kind => {
            const queueRef = own && { tenant, kind, queue: own[kind] }
            const state = queueRef && (await readQueueState(redis, queueRef, telling).catch(() => undefined))
            const putOff = queueRef && (await readPutOff(options, queueRef).catch(() => []))
            return queueRef && { queueRef, state, putOff: putOff ?? [] }
          }),
        )
        return renderTenant({ name: tenant.name, rests, queues: found.filter(each => each !== undefined) }, telling)
      }),
    )
    return sendPage(reply, {
      language,
      title,
      body: html`<h1>${title}</h1>
        <p class="soft">${intro(formatDuration(stuckAfterMs, language))}</p>
        ${sections}`,
    })
  })
}

async function readQueueState(redis: Redis, { queue }: QueueRef, { now, limitMs }: Telling): Promise<QueueState> {
  const [snapshot, stalled, workers] = await Promise.all([
    readQueueSnapshot(redis, queue, { now, limitMs }),
    countStalled(redis, queue),
    queue.getWorkers().catch(() => undefined),
  ])
  // BullMQ stands in one entry without an address where CLIENT LIST is forbidden.
  const known = workers?.every(worker => worker['addr'] !== undefined) === true
  return { snapshot, stalled, workers: known ? workers.length : undefined }
}

/** A delayed event of which a worker said why it put it off. */
interface PutOff {
  readonly job: Job
  /** Milliseconds since 1970. */
  readonly until: number
  /** A sentence of Ponte's. */
  readonly why: string
}

/** The next few. What rests with a whole system is told above, and a round of a mark by its event. */
async function readPutOff(
  { redis, fingerprint }: Pick<WaitingPageOptions, 'redis' | 'fingerprint'>,
  { tenant, queue }: QueueRef,
): Promise<readonly PutOff[]> {
  const stories = createTimelines(redis, tenant.name, fingerprint)
  const part = { states: ['delayed'], start: 0, end: MOST_PUT_OFF - 1, oldest: true } as const
  const jobs = await readJobsOf(redis, queue, part, pageBudget())
  const found = await Promise.all(
    jobs.map(async job => {
      if (job.id === undefined) return undefined
      const [until, entries] = await Promise.all([
        runsAt(redis, queue, job.id),
        stories.read(timelineId(eventOfJob(job).key)),
      ])
      const last = entries.findLast(entry => entry.kind === 'run' && entry.jobId === job.id)
      const why = last?.kind === 'run' && last.outcome === 'postponed' ? last.summary : undefined
      return until === undefined || why === undefined ? undefined : { job, until, why }
    }),
  )
  return found.filter(each => each !== undefined)
}

interface SeenQueue {
  readonly queueRef: QueueRef
  /** Undefined when Redis did not answer. */
  readonly state: QueueState | undefined
  readonly putOff: readonly PutOff[]
}

interface SeenTenant {
  readonly name: string
  readonly rests: readonly OpenBreaker[]
  readonly queues: readonly SeenQueue[]
}

function renderTenant({ name, rests, queues }: SeenTenant, telling: Telling): Html {
  const { queue, state, waiting, delayed, active, failed, workers } = waitingTexts[telling.language]
  const heads = [queue, state, waiting, delayed, active, failed, workers]
  return html`<section>
    <h2>${name}</h2>
    ${rests.map(rest => renderRest(rest, telling))}
    ${renderTable(
      heads,
      queues.map(seen => renderRow(seen, rests, telling)),
    )}
    ${queues.flatMap(seen => [renderLongest(seen, telling), renderPutOff(seen, telling)].filter(part => part !== undefined))}
  </section>`
}

function renderRest(resting: OpenBreaker, { language, now }: Telling): Html {
  const { system, code, since, until } = resting
  const { rest, reasons, remaining, probing } = waitingTexts[language]
  const isLogin = system === 'totvs-crm' && resting.reason === 'revoked'
  const reason = resting.kind === 'write' ? 'refuses' : isLogin ? 'refusesLogin' : resting.reason
  const queues = destinations.filter(destination => blocks(resting, destination)).join(', ')
  const left = until - now
  return html`<p class="notice rest">
    ${rest(systems[system], reasons[reason], formatDuration(now - since, language))}
    ${left > 0 ? remaining(queues, formatDuration(left, language)) : probing}
    <a href="/failures/${code}"><code>${code}</code></a>
  </p>`
}

function renderRow({ queueRef, state }: SeenQueue, rests: readonly OpenBreaker[], telling: Telling): Html {
  const { language, limitMs } = telling
  const words = waitingTexts[language]
  const link = html`<a href="/queue/${encodeURIComponent(`${queueRef.tenant.name}.${queueRef.kind}`)}"
    >${queueRef.kind}</a
  >`
  if (state === undefined) {
    return html`<tr>
      <td data-label="${words.queue}">${link}</td>
      <td data-label="${words.state}" class="bad">${words.unreadable}</td>
      <td></td>
      <td></td>
      <td></td>
      <td></td>
      <td></td>
    </tr>`
  }
  const { snapshot, workers } = state
  const age = (ms: number | undefined) => (ms === undefined ? undefined : formatDuration(ms, language))
  const { verdict, tone } = readQueueCondition(queueRef.kind, state, { rests, limitMs })
  const cell = (label: string, value: string | number): Html =>
    html`<td class="number" data-label="${label}">${value}</td>`
  const count = (name: string): number => snapshot.counts[name] ?? 0
  const failures = count('failed')
  const detail = {
    backlog: words.backlog(snapshot.startable, formatDuration(snapshot.oldestWaitingMs ?? 0, language)),
    failures: html`<a href="/causes">${words.failures(failures)}</a>`,
  }
  return html`<tr>
    <td data-label="${words.queue}">${link}</td>
    <td data-label="${words.state}">
      <span
        ><span class="${tone}">${words.verdicts[verdict]}</span>
        ${verdict === 'backlog' || verdict === 'failures' ? detail[verdict] : undefined}</span
      >
    </td>
    ${cell(words.waiting, `${words.since(snapshot.startable, age(snapshot.oldestWaitingMs))}${tooLong(snapshot, telling)}`)}
    ${cell(words.delayed, words.since(count('delayed') - snapshot.overdue, age(snapshot.oldestDelayedMs)))}
    ${cell(words.active, words.since(count('active'), age(snapshot.longestActiveMs)))}
    <td class="number" data-label="${words.failed}">${failures === 0 ? 0 : html`<a href="/causes">${failures}</a>`}</td>
    ${cell(words.workers, workers ?? words.unknown)}
  </tr>`
}

function tooLong({ waitingTooLong: count }: QueueSnapshot, { language, limitMs }: Telling): string {
  if (count === 0) return ''
  return `, ${waitingTexts[language].tooLong(count < SAMPLE ? `${count}` : `${count}+`, formatDuration(limitMs, language))}`
}

/** The events that have waited longest beyond the limit, to be opened one by one. */
function renderLongest({ queueRef, state }: SeenQueue, { language, limitMs, user }: Telling): Html | undefined {
  const words = waitingTexts[language]
  const { longest = [] } = state?.snapshot ?? {}
  if (longest.length === 0) return undefined
  const items = longest.map(
    ({ job, waitedMs }) =>
      html`<li>
        <a href="${eventAddress(queueRef, job)}">${job.name}</a> ${maskedContact(job, language, user)} ·
        ${words.waits(formatDuration(waitedMs, language))}
      </li>`,
  )
  return html`<h3>${words.longest(queueRef.kind, formatDuration(limitMs, language))}</h3>
    <ul>
      ${items}
    </ul>`
}

/** The events that were put off, with the reason. */
function renderPutOff({ queueRef, putOff }: SeenQueue, { language, user }: Telling): Html | undefined {
  if (putOff.length === 0) return undefined
  const words = waitingTexts[language]
  return html`<h3>${words.putOff(queueRef.kind)}</h3>
    <ul>
      ${putOff.map(
        ({ job, until, why }) =>
          html`<li>
            <a href="${eventAddress(queueRef, job)}">${job.name}</a> ${maskedContact(job, language, user)} ·
            ${words.until} ${moment(until, language)}: ${textMask(user)(inLanguage(why, language))}
          </li>`,
      )}
    </ul>`
}
