import { isFailureCode, type Language, textsOfFailure } from '@ponte/contracts'
import {
  type Cause,
  causeTitle,
  type Failure,
  findQueue,
  isEditable,
  type OperationsDeps,
  pageBudget,
  readJob,
  SHOWN_OF_CAUSE,
  type User,
} from '@ponte/operations'
import { formatCount, commonTexts, queueLabel } from '../../ui/common-texts.ts'
import { renderRaw, asHeading, partFields, renderTenants } from '../../ui/parts/failure-parts.ts'
import { buttonForm, type Html, html, inlineCode } from '../../ui/html.ts'
import { ago } from '../../ui/moment.ts'
import type { FailureFilters } from '../../filters/page-filters.ts'
import { failureTexts } from './texts.ts'

/** To retry more events than this, a person first unfolds what that does, or confirms it. */
export const ASK_ABOVE = 50

export interface CauseView {
  readonly language: Language
  readonly user: User
  readonly filters: FailureFilters
  readonly now: number
  /** From `readEdits`. */
  readonly edits: readonly string[]
}

/** Where the only event of a cause can be edited, for those of which it can. */
export async function readEdits(deps: OperationsDeps, causes: readonly Cause[]): Promise<readonly string[]> {
  const budget = pageBudget()
  const read = causes.map(async ({ count, queues: [own] }) => {
    const queueRef = own && findQueue(deps, { tenant: own.tenant, kind: own.queue })
    if (count !== 1 || own?.newest === undefined || queueRef === undefined) return []
    const job = await readJob(deps.redis, queueRef.queue, own.newest.id, budget).catch(() => undefined)
    return job !== undefined && isEditable(own.queue, job) ? [editAddress(own, own.newest)] : []
  })
  return (await Promise.all(read)).flat()
}

const editAddress = ({ tenant, queue }: Failure, { id }: { readonly id: string }): string =>
  `/jobs/${tenant}/${queue}/${encodeURIComponent(id)}/edit`

/** A card of the failures page: whose, what happened, how often, what to do, and the buttons that retry it. `care`: what people noted. */
export function renderCause(cause: Cause, view: CauseView, care?: Html): Html {
  const { code, count, last, pending } = cause
  const { language, user, now } = view
  const id = `cause-${code}`
  const { title, raw, answers } = causeTitle(cause, language)
  const remedy = isFailureCode(code) ? textsOfFailure(code, language).solution : undefined
  return html`<section class="card cause" aria-labelledby="${id}">
    <p class="whose">
      ${renderTenants(cause, view)}
      <span class="soft">${ago(last, language, now)}</span>
      ${isFailureCode(code) ? html`<a class="code" href="/error-codes/${code}">${code}</a>` : undefined}
    </p>
    <h2 id="${id}">${asHeading(title)}</h2>
    ${answers.length === 0 ? undefined : renderAnswers(answers)}
    ${remedy && html`<p class="remedy">${inlineCode(remedy)}</p>`} ${renderRaw(raw, language)}
    ${pending === 0 ? undefined : html`<p class="tight soft">${pendingText(cause, language)}</p>`}
    ${user.role === 'operator' ? html`<div class="actions">${renderButtons(cause, count, view)}</div>` : undefined}
    ${care}
  </section>`
}

/** Rounds are looked for among the newest events of each queue. */
const pendingText = ({ queues, pending }: Cause, language: Language): string => {
  const words = failureTexts[language]
  const isWhole = queues.every(({ count }) => count <= SHOWN_OF_CAUSE)
  return isWhole ? words.pending(formatCount(pending, language)) : words.pendingOfMany
}

const renderAnswers = (answers: ReturnType<typeof causeTitle>['answers']): Html =>
  html`<ul class="tight">
    ${answers.map(({ title, times }) => html`<li>${title}${times === 1 ? '' : ` (${times}×)`}</li>`)}
  </ul>`

function renderButtons(cause: Cause, count: number, view: CauseView): readonly Html[] {
  const words = failureTexts[view.language]
  const { queues } = cause
  const retryAll = renderRetry(cause, queues, words.retryAll(formatCount(count, view.language), count === 1), view)
  if (count === 1) return [retryAll, ...queues.flatMap(own => editLink(own, view) ?? [])]
  const tryOne = buttonForm('/failures/try', queues.length === 1 ? words.tryOne : words.tryOnePerTenant, {
    fields: partFields(queues, view.filters),
  })
  const each = queues.map(own =>
    renderRetry(cause, [own], words.retryOf(formatCount(own.count, view.language), nameOf(own, cause, view)), view),
  )
  const several = queues.length > 1 ? each : []
  if (count > ASK_ABOVE) {
    const summary = words.retryAll(formatCount(count, view.language), false)
    return [
      tryOne,
      html`<details class="retry">
        <summary>${summary}…</summary>
        <p class="tight">${words.sureText}</p>
        <div class="actions">${retryAll} ${several}</div>
      </details>`,
    ]
  }
  if (several.length === 0) return [tryOne, retryAll]
  return [
    tryOne,
    retryAll,
    html`<details class="retry">
      <summary>${words.byTenant}</summary>
      <div class="actions">${several}</div>
    </details>`,
  ]
}

/** The only event of a cause is corrected from here. */
function editLink(own: Failure, { language, edits }: CauseView): Html | undefined {
  const address = own.newest && editAddress(own, own.newest)
  if (address === undefined || !edits.includes(address)) return undefined
  return html`<a href="${address}">${commonTexts[language].edit}</a>`
}

const nameOf = ({ tenant, queue }: Failure, { queues }: Cause, { language }: CauseView): string =>
  queues.filter(each => each.tenant === tenant).length > 1 ? `${tenant} (${queueLabel(queue, language)})` : tenant

const renderRetry = (cause: Cause, queues: readonly Failure[], text: string, { filters }: CauseView): Html =>
  html`<form method="post" action="/failures/retry">
    ${partFields(queues, filters)} <input type="hidden" name="confirmed" value="yes" />
    <button class="quiet" type="submit" aria-describedby="cause-${cause.code}">${text}</button>
  </form>`
