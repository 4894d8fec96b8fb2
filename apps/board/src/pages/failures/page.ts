import { codeSentence, isJobName, type Language } from '@ponte/contracts'
import { queueName } from '@ponte/runtime'
import { type Cause, causesOf, readFailures, chosenToRetry, type RetryKind, sumCounts } from '@ponte/operations'
import { unreadableText, formatCount } from '../../ui/common-texts.ts'
import { eventChoices, tenantChoices } from '../../filters/filters.ts'
import { buttonForm, type Html, html, hiddenFields } from '../../ui/html.ts'
import { page, action, type Asked, type Outcome, type Rendered } from '../../ui/board-page.ts'
import { careForFailures, renderCare } from './care.ts'
import { readEdits, renderCause, ASK_ABOVE } from './cause-card.ts'
import { choiceOf, type FailureFilters, failureFilters } from '../../filters/page-filters.ts'
import { partFields, type NamedFailures, partOf, readParts, renderParts } from '../../ui/parts/failure-parts.ts'
import { failureTexts } from './texts.ts'
import { z } from 'zod'
import { retryAddress } from '../../ui/addresses.ts'

type AskedFailures = Asked<FailureFilters>

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
  { deps, user, language, title }: AskedFailures,
): Promise<Outcome> {
  const { noQueue, noLonger } = failureTexts[language]
  if (parts.length === 0) return { status: 404, text: noQueue }
  const found = parts.filter(({ count }) => count > 0)
  const queues = found.length === 0 ? [] : await chosenToRetry(deps, kind, found)
  if (queues.length === 0) return { status: 409, text: noLonger, link: { href: '/failures', text: title } }
  return retryAddress(await deps.retries.start(user, kind, queues))
}

function renderQuestion(parts: NamedFailures, { filters, language }: AskedFailures): Rendered {
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
  render({ causes, unreadable, edits }, { deps: { tenants, accounts }, filters, language, title, user, now }) {
    const words = failureTexts[language]
    const unknown = unreadableText(
      unreadable.map(({ tenant, queue }) => queueName(tenant, queue)),
      language,
    )
    const isFiltered = failureFilters.isFiltered(filters)
    const form = failureFilters.form(filters, language, {
      tenant: tenantChoices(tenants),
      code: causes.map(({ code }) => ({ value: code, text: codeSentence(code, language) })),
      event: eventChoices(eventsOf(causes), language),
    })
    const view = { language, user, filters, now, edits }
    const body = html`<div class="heading">
        <h1>${title}</h1>
        ${user.role === 'operator' && causes.length > 1 ? renderTryEach(causes, view) : undefined}
        <a href="/retries">${words.retries}</a>
      </div>
      ${causes.length === 0 && !isFiltered ? undefined : form}
      ${unknown && html`<p class="notice" role="alert">${unknown}</p>`}
      ${causes.length + unreadable.length === 0 ? html`<p class="notice done">${isFiltered ? words.noneOfThese : words.none}</p>` : undefined}
      ${causes.map(cause => {
        const care = user.role === 'operator' ? renderCare(cause.queues, { language, accounts }) : undefined
        return renderCause(cause, view, care)
      })}`
    return { body, refreshes: true }
  },
  actions: [retryFailures, tryFailures, careForFailures],
})

const eventsOf = (causes: readonly Cause[]) =>
  [...new Set(causes.flatMap(({ queues }) => queues.flatMap(({ events }) => events)))].filter(isJobName)

/** The button that retries one event of each cause and tenant. What becomes of them shows which causes are fixed. */
function renderTryEach(
  causes: readonly Cause[],
  { language, filters }: { readonly language: Language; readonly filters: FailureFilters },
): Html {
  const parts = causes.flatMap(({ queues }) => queues)
  return buttonForm('/failures/try', failureTexts[language].tryEach, { fields: partFields(parts, filters) })
}
