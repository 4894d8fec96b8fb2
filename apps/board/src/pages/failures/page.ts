import type { FastifyInstance, FastifyReply } from 'fastify'
import { codeSentence, isJobName, type Language } from '@ponte/contracts'
import { queueName } from '@ponte/runtime'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { type Cause, causesOf, readFailures } from '@ponte/operations'
import { eventChoices, tenantChoices } from '../../ui/filters.ts'
import { buttonForm, type Html, html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { sendNotice, sendPage } from '../../ui/page.ts'
import { renderCause } from './cause-card.ts'
import { renderCare } from './care.ts'
import { choiceOf, type FailureFilters, failureFilters } from './filters.ts'
import { partFields } from './parts.ts'
import { failureTexts } from './texts.ts'

/** `/failures`: failed events by cause, what to do, and the buttons that retry them. */
export function addFailuresPage(app: FastifyInstance, all: BoardDeps): void {
  app.get('/failures', async (request, reply) => {
    const { user } = request
    const deps = { ...depsFor(all, user), failedJobs: request.failedJobs ?? all.failedJobs }
    const language = languageOf(request)
    const words = failureTexts[language]
    const filters = failureFilters.read(request.query, deps.tenants)
    const now = Date.now()
    const asked = { tenant: filters.tenant, ...choiceOf(filters, now) }
    const { failures, unreadable } = await readFailures(deps, user, asked)
    const causes = causesOf(failures)
    const isFiltered = failureFilters.isFiltered(filters)
    const form = failureFilters.form(filters, language, {
      tenant: tenantChoices(deps.tenants),
      code: causes.map(({ code }) => ({ value: code, text: codeSentence(code, language) })),
      event: eventChoices(eventsOf(causes), language),
    })
    const view = { language, user, filters, now }
    const body = html`<div class="heading">
        <h1>${words.title}</h1>
        ${user?.role === 'operator' && causes.length > 1 ? renderTryEach(causes, view) : undefined}
        <a href="/retries">${words.retries}</a>
      </div>
      ${causes.length === 0 && !isFiltered ? undefined : form}
      ${unreadable.map(({ tenant, queue }) => html`<p class="notice" role="alert">${words.unreadable(queueName(tenant, queue))}</p>`)}
      ${causes.length + unreadable.length === 0 ? html`<p class="notice done">${isFiltered ? words.noneOfThese : words.none}</p>` : undefined}
      ${causes.map(cause => {
        const care =
          user?.role === 'operator' ? renderCare(cause.queues, { language, accounts: all.accounts }) : undefined
        return renderCause(cause, view, care)
      })}`
    return sendPage(reply, { language, title: words.title, body, refreshes: true })
  })
}

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

export function sendNotThere(
  reply: FastifyReply,
  language: Language,
  text: string = failureTexts[language].noQueue,
): FastifyReply {
  return sendNotice(reply.code(404), { language, title: failureTexts[language].title, text })
}
