import { codeSentence, isJobName, type Language, isFailureCode, textsOfFailure } from '@ponte/contracts'
import { queueName } from '@ponte/runtime'
import {
  type Cause,
  causesOf,
  readFailures,
  chosenToRetry,
  type RetryKind,
  sumCounts,
  causeTitle,
  type Failure,
  findQueue,
  isEditable,
  type OperationsDeps,
  pageBudget,
  readJob,
  SHOWN_OF_CAUSE,
} from '@ponte/operations'
import { unreadableText, formatCount, commonTexts, queueLabel } from '../../ui/common-texts.ts'
import { eventChoices, tenantChoices, choiceOf, type FailureFilters, failureFilters } from '../../filters/filters.ts'
import { buttonForm, type Html, html, hiddenFields, inlineCode } from '../../ui/html.ts'
import {
  page,
  action,
  type PageRequest,
  type PageView,
  type FormOutcome,
  type RenderedPage,
} from '../../ui/board-page.ts'
import { careForFailures, renderCare } from './care.ts'
import {
  partFields,
  type NamedFailures,
  partOf,
  readParts,
  renderParts,
  renderRaw,
  asHeading,
  renderTenants,
} from '../../ui/parts/failure-parts.ts'
import { failureTexts } from './texts.ts'
import { z } from 'zod'
import { retryAddress } from '../../ui/addresses.ts'
import { ago } from '../../ui/moment.ts'

const confirmation = z.object({ confirmed: z.literal('yes') })
const of = { back: '/failures', filters: failureFilters }

/** Retries all that a form names. */
const retryFailures = action({
  ...{ ...of, path: '/failures/retry' },
  async run(asked) {
    const parts = await readParts(asked)
    const found = parts.filter(part => part.count > 0)
    const isAsked = sumCounts(found) > ASK_ABOVE && !confirmation.safeParse(asked.request.body).success
    return isAsked ? renderQuestion(found, asked) : await begin('all', parts, asked)
  },
})

/** Retries the newest of each that a form names. */
const tryFailures = action({
  ...{ ...of, path: '/failures/try' },
  run: async asked => await begin('trial', await readParts(asked), asked),
})

/** Starts the work and leads to the page that shows it. */
async function begin(
  kind: RetryKind,
  parts: NamedFailures,
  { deps, user, language, title }: PageRequest<FailureFilters>,
): Promise<FormOutcome> {
  const { noQueue, noLonger } = failureTexts[language]
  if (parts.length === 0) return { status: 404, text: noQueue }
  const found = parts.filter(({ count }) => count > 0)
  const queues = found.length === 0 ? [] : await chosenToRetry(deps, kind, found)
  if (queues.length === 0) return { status: 409, text: noLonger, link: { href: '/failures', text: title } }
  return retryAddress(await deps.retries.start(user, kind, queues))
}

function renderQuestion(parts: NamedFailures, { filters, language }: PageView<FailureFilters>): RenderedPage {
  const words = failureTexts[language]
  const count = formatCount(sumCounts(parts), language)
  const title = words.sure(count)
  const body = html`<h1>${title}</h1>
    <ul>
      ${renderParts(parts, language)}
    </ul>
    <p>${words.sureText}</p>
    <form class="actions" method="post" action="/failures/retry">
      ${partFields(parts.map(partOf), filters)} ${hiddenFields({ confirmed: 'yes' })}
      <button type="submit">${words.retryAll(count, false)}</button>
      <a href="/failures">${words.cancel}</a>
    </form>`
  return { title, body }
}

/** `/failures`: failed events by cause, what to do, and the buttons that retry them. */
export const failuresPage = page({
  path: '/failures',
  title: { en: 'Failures', pt: 'Falhas' },
  menu: { counts: 'failed' },
  filters: failureFilters,
  async read({ deps, filters, user, now }) {
    const { failures, unreadable } = await readFailures(deps, user, {
      tenant: filters.tenant,
      ...choiceOf(filters, now),
    })
    const causes = causesOf(failures)
    return { causes, unreadable, edits: user.role === 'operator' ? await readEdits(deps, causes) : [] }
  },
  render({ causes, unreadable, edits }, view) {
    const { deps, filters, language, title, user } = view
    const words = failureTexts[language]
    const unknown = unreadableText(
      unreadable.map(({ tenant, queue }) => queueName(tenant, queue)),
      language,
    )
    const isFiltered = failureFilters.isFiltered(filters)
    const form = failureFilters.form(filters, language, {
      tenant: tenantChoices(deps.tenants),
      code: causes.map(({ code }) => ({ value: code, text: codeSentence(code, language) })),
      event: eventChoices(eventsOf(causes), language),
    })
    const body = html`<div class="heading">
        <h1>${title}</h1>
        ${user.role === 'operator' && causes.length > 1 ? renderTryEach(causes, view) : undefined}
        <a href="/retries">${words.retries}</a>
      </div>
      ${causes.length === 0 && !isFiltered ? undefined : form}
      ${unknown && html`<p class="notice" role="alert">${unknown}</p>`}
      ${causes.length + unreadable.length === 0 ? html`<p class="notice done">${isFiltered ? words.noneOfThese : words.none}</p>` : undefined}
      ${causes.map(cause => {
        const care = user.role === 'operator' ? renderCare(cause.queues, language, deps.accounts) : undefined
        return renderCause(cause, { ...view, edits }, care)
      })}`
    return { body, refreshes: true }
  },
  actions: [retryFailures, tryFailures, careForFailures],
})

const eventsOf = (causes: readonly Cause[]) =>
  [...new Set(causes.flatMap(({ queues }) => queues.flatMap(({ events }) => events)))].filter(isJobName)

/** The button that retries one event of each cause and tenant. What becomes of them shows which causes are fixed. */
function renderTryEach(causes: readonly Cause[], { language, filters }: PageView<FailureFilters>): Html {
  const parts = causes.flatMap(({ queues }) => queues)
  return buttonForm('/failures/try', failureTexts[language].tryEach, { fields: partFields(parts, filters) })
}

/** To retry more events than this, a person first unfolds what that does, or confirms it. */
const ASK_ABOVE = 50

interface CauseView extends PageView<FailureFilters> {
  /** From `readEdits`. */
  readonly edits: readonly string[]
}

/** Where the only event of a cause can be edited, for those of which it can. */
async function readEdits(deps: OperationsDeps, causes: readonly Cause[]): Promise<readonly string[]> {
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
function renderCause(cause: Cause, view: CauseView, care?: Html): Html {
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
    renderRetry(
      cause,
      [own],
      words.retryOf(formatCount(own.count, view.language), causeNameOf(own, cause, view)),
      view,
    ),
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

const causeNameOf = ({ tenant, queue }: Failure, { queues }: Cause, { language }: CauseView): string =>
  queues.filter(each => each.tenant === tenant).length > 1 ? `${tenant} (${queueLabel(queue, language)})` : tenant

const renderRetry = (cause: Cause, queues: readonly Failure[], text: string, { filters }: CauseView): Html =>
  html`<form method="post" action="/failures/retry">
    ${partFields(queues, filters)} <input type="hidden" name="confirmed" value="yes" />
    <button class="quiet" type="submit" aria-describedby="cause-${cause.code}">${text}</button>
  </form>`
