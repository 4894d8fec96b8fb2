import {
  eventOfJob,
  type FailureCode,
  failureTitle,
  isFailureCode,
  type Language,
  renderDetail,
  renderMessage,
  textIn,
  isMarkEvent,
} from '@ponte/contracts'
import { textMask, type User, type FailureReason } from '@ponte/operations'
import { type TimelineEntry, timelineId, type TimelineRun } from '@ponte/state'
import { fieldLabel } from '../edit/texts.ts'
import { eventName, eventText } from '../../ui/event-name.ts'
import { renderRaw } from '../../ui/failure-raw.ts'
import { type Html, html } from '../../ui/html.ts'
import { moment } from '../../ui/moment.ts'
import { timelineAddress } from '../../ui/addresses.ts'
import { type EventStatus, isOwnRun, type LiveJob } from './event-status.ts'
import { eventTexts, failedRound, outcomeText, outcomeTone, renderRound } from './texts.ts'

export interface LoggedJob extends LiveJob {
  /** Lines of its log. */
  readonly lines: readonly string[]
  /** Why it has failed. */
  readonly reason?: FailureReason | undefined
}

export interface EventView {
  /** The id of the timeline. */
  readonly id: string
  readonly tenant: string
  readonly entries: readonly TimelineEntry[]
  readonly live: readonly LoggedJob[]
  readonly status: EventStatus
  readonly language: Language
  readonly user: User | undefined
  /** The contact in full, for an operator who asked. */
  readonly contact?: string
  /** Masks the texts of the timeline. */
  readonly masked: (text: string) => string
}

interface Moment {
  readonly at: number
  readonly what: Html
  /** A call of another system, or its answer: for those who look into it. */
  readonly isTechnical?: boolean
}

/** Entries of the timeline and lines of the jobs' logs, in the order of their times. Calls that follow each other are folded into one. */
export function momentsOf(view: EventView): readonly Moment[] {
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
      const what = html`<code>${masked(renderMessage(text, language))}</code>`
      return Number.isNaN(at) ? [] : [{ at, what, isTechnical: TECHNICAL.test(text) }]
    })
  })
  // What a run did comes before how it ended, so lines of the same moment are put first.
  return foldCalls(
    [...unrecorded, ...logged, ...recorded].toSorted((one, other) => one.at - other.at),
    language,
  )
}

/** `rd-station POST /platform/events → 400 …`, and what the other system answered: `RD_REJECTED: …`. */
const TECHNICAL = /^(?:(?:rd-station|totvs-crm) [A-Z]+ \/|[A-Z][A-Z_]+: )/

function foldCalls(moments: readonly Moment[], language: Language): readonly Moment[] {
  const groups: Moment[][] = []
  for (const each of moments) {
    const last = groups.at(-1)
    if (each.isTechnical === true && last?.[0]?.isTechnical === true) last.push(each)
    else groups.push([each])
  }
  return groups.flatMap(group => {
    const [first] = group
    if (first?.isTechnical !== true) return group
    const what = html`<details>
      <summary>${eventTexts[language].calls(group.length)}</summary>
      <ol class="timeline">
        ${group.map(({ at, what: line }) => html`<li>${moment(at, language)} ${line}</li>`)}
      </ol>
    </details>`
    return { at: first.at, what }
  })
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
  if (entry.kind === 'superseded') return html`<strong>${words.superseded}</strong>`
  if (entry.kind === 'edited')
    return html`<strong>${words.editedBy(entry.by)}</strong>
      ${entry.fields.map(field => fieldLabel(field, language)).join(', ')}`
  const { code, summary, outcome, times, derivedEvents = [] } = entry
  const known = code !== undefined && isFailureCode(code) ? code : undefined
  const first = view.entries.find(each => each.kind === 'received')
  const other =
    first === undefined || first.event === entry.event ? undefined : html`${eventName(entry.event, language)} `
  return html`${other}<strong class="${outcomeTone(outcome)}">${renderOutcome(entry, view)}</strong>
    ${times === undefined ? undefined : words.times(times)}
    ${known === undefined ? view.masked(renderMessage(summary ?? [], language)) : renderWhy(known, entry, view)}
    ${derivedEvents.map(({ event, key }) => html`<br />${words.derived} ${timelineLink(key, `${eventText(event, language)} ${key}`)}`)}`
}

/** Why a run did not succeed, with its facts folded away. The last run of a failed job says it as the card of the job does. */
function renderWhy(code: FailureCode, run: TimelineRun, { entries, live, masked, language }: EventView): Html {
  const details = [masked(renderDetail(run.summary ?? [], language))]
  const { title, raw } = failureTitle({ code, answer: run.answer, details }, language)
  const isLast = run === entries.findLast(entry => entry.kind === 'run' && entry.jobId === run.jobId)
  const reason = isLast ? live.find(({ job }) => job.id === run.jobId)?.reason : undefined
  return html`<a href="/error-codes/${code}"><code>${code}</code></a> ${reason?.code === code ? reason.title : title}
    ${renderRaw(raw, language)}`
}

/** A mark has failed permanently only when no other round followed and none is planned. */
function renderOutcome(run: TimelineRun, { entries, status, language }: EventView): Html {
  if (run.outcome === 'failed' && isMarkEvent(run.event)) {
    const own = entries.filter(isOwnRun)
    const next = own[own.indexOf(run) + 1]
    if (next === undefined && status.kind === 'round') return renderRound(status, language)
    if (next !== undefined && next.jobId !== run.jobId) return html`${textIn(failedRound, language)}`
  }
  return html`${outcomeText(run.outcome, language)}`
}
