import { codeSentence, isJobName, type Language } from '@ponte/contracts'
import { queueName } from '@ponte/runtime'
import { type Cause, causesOf, readFailures } from '@ponte/operations'
import { unreadableText } from '../../ui/common-texts.ts'
import { eventChoices, tenantChoices } from '../../filters/filters.ts'
import { buttonForm, type Html, html } from '../../ui/html.ts'
import { page } from '../../ui/board-page.ts'
import { retryFailures, tryFailures } from './actions.ts'
import { careForFailures, renderCare } from './care.ts'
import { readEdits, renderCause } from './cause-card.ts'
import { choiceOf, type FailureFilters, failureFilters } from '../../filters/page-filters.ts'
import { partFields } from '../../ui/parts/failure-parts.ts'
import { failureTexts } from './texts.ts'

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
