import type { ReasonCode } from '@ponte/contracts'
import type { BridgeState, FailedJob } from '@ponte/report'
import { sparkline } from '../../charts/sparkline.ts'
import { allQueues, type BoardDeps, type QueueRef } from '../../board-deps.ts'
import { filteredAddress } from '../../ui/filters.ts'
import { type Html, html } from '../../ui/html.ts'
import { ago } from '../../ui/moment.ts'
import { formatCount } from '../../ui/shell.ts'
import { codeSentence } from '../failures/cause-card.ts'
import type { OverviewView } from './page.ts'
import { overviewTexts } from './texts.ts'

const HOURS = 24
const HOUR_MS = 3_600_000
/** The others are on the page of failures. */
const MOST_SHOWN = 5

/** What has failed for one reason. */
export interface TopCause {
  readonly code: ReasonCode
  readonly count: number
  /** With how many of them each queue has. */
  readonly queues: readonly { readonly queueRef: QueueRef; readonly jobs: readonly FailedJob[] }[]
  /** Milliseconds since 1970. */
  readonly last: number
  /** How many failed in each of the last 24 hours, oldest first. */
  readonly hours: readonly number[]
}

/** What has failed, by cause, the most frequent first. Rejects when Redis does not answer. */
export async function readTopCauses(deps: BoardDeps, now: number): Promise<readonly TopCause[]> {
  const read = await Promise.all(
    allQueues(deps).map(async queueRef => ({ queueRef, jobs: (await deps.failedJobs.read(queueRef)).jobs })),
  )
  const parts = read.flatMap(({ queueRef, jobs }) =>
    [...Map.groupBy(jobs, ({ code }) => code)].map(([code, own]) => ({ code, queueRef, jobs: own })),
  )
  return [...Map.groupBy(parts, ({ code }) => code)]
    .map(([code, queues]) => {
      const jobs = queues.flatMap(each => each.jobs)
      const last = jobs.reduce((latest, { failedAt }) => Math.max(latest, failedAt), 0)
      return { code, queues, count: jobs.length, last, hours: hoursOf(jobs, now) }
    })
    .toSorted((one, other) => other.count - one.count)
}

function hoursOf(jobs: readonly FailedJob[], now: number): readonly number[] {
  const hours = Array.from({ length: HOURS }, () => 0)
  for (const { failedAt } of jobs) {
    const index = HOURS - 1 - Math.max(0, Math.floor((now - failedAt) / HOUR_MS))
    if (index >= 0) hours[index] = (hours[index] ?? 0) + 1
  }
  return hours
}

/** The causes of most failures, each with its tenants, when they came, and where they are retried. */
export function renderCauses({ failed }: BridgeState, view: OverviewView): Html | undefined {
  const { language, causes, filters } = view
  const words = overviewTexts[language]
  if (failed === 0 || causes.length === 0) return undefined
  const others = causes.length - MOST_SHOWN
  return html`<section class="card what-failed" aria-labelledby="what-failed">
    <h2 id="what-failed">${words.whatFailed}</h2>
    <ul class="rows">
      ${causes.slice(0, MOST_SHOWN).map(cause => renderCause(cause, view))}
    </ul>
    ${
      others > 0
        ? html`<p>
            <a href="${filteredAddress('/failures', { tenant: filters.tenant })}">${words.otherCauses(others)}</a>
          </p>`
        : undefined
    }
  </section>`
}

function renderCause({ code, count, queues, last, hours }: TopCause, view: OverviewView): Html {
  const { language, user, now, filters } = view
  const words = overviewTexts[language]
  const tenants = [...new Set(queues.map(({ queueRef }) => queueRef.tenant.name))]
  const recent = hours.reduce((sum, each) => sum + each, 0)
  const href = filteredAddress('/failures', { tenant: filters.tenant, code })
  return html`<li>
    <strong class="count">${formatCount(count, language)}</strong>
    <span class="what"
      ><strong>${codeSentence(code, language)}</strong>
      <span class="soft">${tenants.join(', ')} · ${ago(last, language, now)}</span></span
    >
    ${sparkline(hours, { label: words.inADay(recent) })}
    <a
      class="button"
      href="${href}"
      aria-label="${user?.role === 'operator' ? words.fix : words.see}: ${codeSentence(code, language)}"
      >${user?.role === 'operator' ? words.fix : words.see}</a
    >
  </li>`
}
