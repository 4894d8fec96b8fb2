import type { Language } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'
import type { AuditRecord } from '@ponte/state'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { BoardDeps } from '../../board-deps.ts'
import { maySee, type User } from '../../auth/credentials.ts'
import { UNKNOWN_USER } from '../../auth/guard.ts'
import { type Html, html } from '../../ui/html.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { languageOf } from '../../ui/language.ts'
import { resendAddress } from '../resends/address.ts'
import { actionText, auditTexts } from './texts.ts'
import { moment } from '../../ui/moment.ts'
import { sendPage, renderTable } from '../../ui/page.ts'
import { queueAddress } from '../../bull-board/addresses.ts'

const PAGE_SIZE = 100
const query = z.object({
  before: z
    .string()
    .regex(/^\d{1,15}-\d{1,10}$/)
    .optional(),
})

/** `/audit`, for operators: who did what and when. */
export function addAuditPage(app: FastifyInstance, { audit }: BoardDeps): void {
  app.get('/audit', { config: { operatorOnly: true } }, async (request, reply) => {
    const language = languageOf(request)
    const words = auditTexts[language]
    const common = commonTexts[language]
    const { before } = query.catch({}).parse(request.query)
    const read = await audit.read({ before, count: PAGE_SIZE })
    const last = read.length >= PAGE_SIZE ? read.at(-1) : undefined
    const records = read.filter(record => isShownTo(request.user, record))
    const table = renderTable(
      [common.when, common.user, words.action, words.where],
      records.map(record => renderEntry(record, language)),
    )
    const body = html`<h1>${words.title}</h1>
      <p class="soft">${words.intro}</p>
      ${records.length === 0 ? html`<p>${words.none}</p>` : table}
      ${last && html`<p><a href="/audit?before=${last.id}">${common.older}</a></p>`}`
    return sendPage(reply, { language, title: words.title, body })
  })
}

/** A user who may see only some tenants sees what was done to those, and their own actions that name no tenant. */
const isShownTo = (user: User | undefined, record: AuditRecord): boolean =>
  user?.tenants === undefined || (record.tenant === undefined ? record.user === user.name : maySee(user, record.tenant))

function renderEntry(entry: AuditRecord, language: Language): Html {
  const { at, user, action, outcome, tenant, queue, jobId, code, resend } = entry
  const words = auditTexts[language]
  const common = commonTexts[language]
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
  return html`<tr>
    <td data-label="${common.when}">${moment(at, language)}</td>
    <td data-label="${common.user}">${user === UNKNOWN_USER ? words.unknownUser : user}</td>
    <td data-label="${words.action}">
      <span
        >${what} ${code && html`<a href="/error-codes/${code}"><code>${code}</code></a>`} ${original}
        ${resend && html`<a href="${resendAddress(resend)}">${words.outcome}</a>`}</span
      >
    </td>
    <td data-label="${words.where}">${isQueue ? link : name || '–'}</td>
  </tr>`
}
