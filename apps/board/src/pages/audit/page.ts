import type { Language } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'
import type { FastifyInstance } from 'fastify'
import { UNKNOWN_USER } from '../../auth/credentials.ts'
import { type AuditDocument, operators, readAudit } from '@ponte/operations'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { queueAddress, retryAddress } from '../../ui/addresses.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { tenantChoices } from '../../ui/filters.ts'
import { html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { moment } from '../../ui/moment.ts'
import { type Cell, renderTable, sendPage } from '../../ui/page.ts'
import { auditFilters } from './filters.ts'
import { actionText, auditTexts } from './texts.ts'

/** `/audit`, for operators: who did what and when. */
export function addAuditPage(app: FastifyInstance, all: BoardDeps): void {
  app.get('/audit', { config: { roles: operators } }, async (request, reply) => {
    const language = languageOf(request)
    const words = auditTexts[language]
    const common = commonTexts[language]
    const { tenants } = depsFor(all, request.user)
    const filters = auditFilters.read(request.query, tenants)
    const { records, next, users } = await readAudit(all.audit, filters, { user: request.user, now: Date.now() })
    const table = renderTable(
      [common.when, common.user, words.action, words.where],
      records.map(record => renderEntry(record, language)),
    )
    // One that is not in the tenants file any more stays in the form while it is chosen.
    const shown =
      tenants.some(({ name }) => name === filters.tenant) || filters.tenant === undefined
        ? tenants
        : [...tenants, { name: filters.tenant }]
    const none = html`<p>${auditFilters.isFiltered(filters) ? words.noneOfThese : words.none}</p>`
    const body = html`<h1>${words.title}</h1>
      <p class="soft">${words.intro}</p>
      ${auditFilters.form(filters, language, {
        user: users.map(value => ({ value, text: value === UNKNOWN_USER ? words.unknownUser : value })),
        tenant: tenantChoices(shown),
      })}
      ${records.length === 0 ? none : table}
      ${next && html`<p><a href="${auditFilters.address(filters, { before: next })}">${common.older}</a></p>`}`
    return sendPage(reply, { language, title: words.title, body })
  })
}

function renderEntry(entry: AuditDocument['records'][number], language: Language): readonly Cell[] {
  const { at, user, action, outcome, tenant, queue, jobId, code, retry } = entry
  const words = auditTexts[language]
  const what = actionText(entry, language)
  const name = [tenant, queue].filter(Boolean).join('.')
  const isQueue = queueKinds.some(kind => kind === queue)
  const link = jobId
    ? html`<a href="${queueAddress(name, { jobId })}">${name} ${jobId}</a>`
    : html`<a href="${queueAddress(name)}">${name}</a>`
  const original =
    action === 'edit' && outcome === 'done' && jobId !== undefined
      ? html`<a href="/jobs/${tenant}/${queue}/${encodeURIComponent(jobId)}/original">${words.original}</a>`
      : undefined
  return [
    { content: moment(at, language), look: 'when' },
    user === UNKNOWN_USER ? words.unknownUser : user,
    html`<span
      >${what} ${code && html`<a href="/error-codes/${code}"><code>${code}</code></a>`} ${original}
      ${retry && html`<a href="${retryAddress(retry)}">${words.outcome}</a>`}</span
    >`,
    isQueue ? link : name || '–',
  ]
}
