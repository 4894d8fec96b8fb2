import type { Language } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'
import { UNKNOWN_USER } from '../../auth/credentials.ts'
import { type AuditDocument, operators, periods, periodStart, readAudit } from '@ponte/operations'
import { queueAddress, retryAddress } from '../../ui/addresses.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { z } from 'zod'
import {
  allTexts,
  createFilters,
  filterLooks,
  periodLook,
  placeIn,
  tenantChoices,
  tenantLook,
} from '../../filters/filters.ts'
import { html } from '../../ui/html.ts'
import { page } from '../../ui/board-page.ts'
import { moment, timeZone } from '../../ui/moment.ts'
import { type Cell, renderTable } from '../../ui/page.ts'
import { actionChoices, actionText, auditTexts, isAction } from './texts.ts'

/** All that is kept, where no period is named. The trail outlives users and tenants, so any name may be asked for. */
export const auditFilters = createFilters('/audit', () =>
  z.object({
    user: z
      .string()
      .max(500)
      .optional()
      .register(filterLooks, { label: { en: 'User', pt: 'Quem' }, all: { en: 'everybody', pt: 'todos' } }),
    action: z
      .string()
      .refine(isAction)
      .optional()
      .register(filterLooks, {
        label: { en: 'Action', pt: 'Ação' },
        all: allTexts.feminine,
        choices: actionChoices,
      }),
    tenant: z.string().max(500).optional().register(filterLooks, tenantLook),
    period: z
      .enum(periods)
      .optional()
      .register(filterLooks, { ...periodLook, all: { en: 'last 400 days', pt: 'últimos 400 dias' } }),
    before: placeIn(/^\d{1,15}-\d{1,10}$/),
  }),
)

/** `/audit`, for operators: who did what and when. */
export const auditPage = page({
  path: '/audit',
  roles: operators,
  title: { en: 'Audit', pt: 'Auditoria' },
  menu: {},
  filters: auditFilters,
  read: ({ deps: { audit }, filters: { period, ...filters }, user, now }) =>
    readAudit(audit, { ...filters, since: period && periodStart(period, { now, timeZone: timeZone() }) }, user),
  render({ records, next, users }, { deps: { tenants }, filters, language, title }) {
    const words = auditTexts[language]
    const common = commonTexts[language]
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
    const body = html`<h1>${title}</h1>
      <p class="soft">${words.intro}</p>
      ${auditFilters.form(filters, language, {
        user: users.map(value => ({ value, text: value === UNKNOWN_USER ? words.unknownUser : value })),
        tenant: tenantChoices(shown),
      })}
      ${records.length === 0 ? none : table}
      ${next && html`<p><a href="${auditFilters.address(filters, { before: next })}">${common.older}</a></p>`}`
    return { body }
  },
})

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
