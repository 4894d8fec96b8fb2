import type { FastifyInstance, FastifyReply } from 'fastify'
import { codeSentence, isJobName, type Language } from '@ponte/contracts'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { queueNameOf } from '@ponte/operations'
import { eventChoices, tenantChoices } from '../../ui/filters.ts'
import { buttonForm, type Html, html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { sendNotice, sendPage } from '../../ui/page.ts'
import { renderCause } from './cause-card.ts'
import { readCares, renderCare } from './care.ts'
import { type Cause, readCauses } from './causes.ts'
import { type FailureFilters, failureFilters } from './filters.ts'
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
    const { causes, unreadable } = await readCauses(deps, user, filters, now)
    const isFiltered = failureFilters.isFiltered(filters)
    const form = failureFilters.form(filters, language, {
      tenant: tenantChoices(deps.tenants),
      code: causes.map(({ code }) => ({ value: code, text: codeSentence(code, language) })),
      event: eventChoices(eventsOf(causes), language),
    })
    const cares = user?.role === 'operator' ? await readCares(deps, causes) : undefined
    const view = { language, user, filters, now }
    const body = html`<div class="heading">
        <h1>${words.title}</h1>
        ${user?.role === 'operator' && causes.length > 1 ? renderTryEach(causes, view) : undefined}
        <a href="/retries">${words.retries}</a>
      </div>
      ${causes.length === 0 && !isFiltered ? undefined : form}
      ${unreadable.map(queueRef => html`<p class="notice" role="alert">${words.unreadable(queueNameOf(queueRef))}</p>`)}
      ${causes.length + unreadable.length === 0 ? html`<p class="notice done">${isFiltered ? words.noneOfThese : words.none}</p>` : undefined}
      ${causes.map(cause => {
        const own = cares?.get(cause.code)
        return renderCause(cause, view, own && renderCare(own, { language, accounts: all.accounts }))
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
  const parts = causes.flatMap(({ code, queues }) => queues.map(({ queueRef }) => ({ queueRef, code })))
  return buttonForm('/failures/try', failureTexts[language].tryEach, { fields: partFields(parts, filters) })
}

export function sendNotThere(
  reply: FastifyReply,
  language: Language,
  text: string = failureTexts[language].noQueue,
): FastifyReply {
  return sendNotice(reply.code(404), { language, title: failureTexts[language].title, text })
}
