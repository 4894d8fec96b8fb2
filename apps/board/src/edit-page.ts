import { createHash } from 'node:crypto'
import type { Job } from 'bullmq'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type BoardParts, findPlace, jobParameters, type Place } from './board-parts.ts'
import { causeCode } from './causes.ts'
import type { Who } from './credentials.ts'
import { applyEdit, type Edit, type Editable, readEditable, type Values } from './edited-data.ts'
import { eventAddress } from './event-page.ts'
import { fieldLabel, editTexts } from './edit-texts.ts'
import { retryInFull } from './full-retry-adapter.ts'
import { type Html, html, trustedHtml } from './html.ts'
import { recordOnJob } from './job-actions.ts'
import { type Language, preferredLanguage } from './language.ts'
import { sendNotice, sendPage } from './page.ts'

const form = z.record(z.string().max(100), z.string()).catch({})

interface Editing {
  readonly place: Place
  readonly job: Job
  readonly editable: Editable
  readonly language: Language
  readonly who: Who
}

/** `/jobs/…/edit`, for operators: correct the data of a failed event, see old beside new and what would be sent, and retry it. */
export function addEditPage(app: FastifyInstance, parts: BoardParts): void {
  const options = { config: { operatorOnly: true } }

  app.get('/jobs/:tenant/:kind/:job/edit', options, async (request, reply) => {
    const editing = await open(parts, request)
    if (editing === undefined) return refuse(reply, request)
    const { who, place, job } = editing
    await parts.audit.write({
      ...{ who: who.user, action: 'open', outcome: 'done', tenant: place.tenant.name },
      ...{ queue: place.kind, jobId: job.id },
    })
    return sendForm(reply, editing, editing.editable.values)
  })

  /** Back from the preview, with what was typed. */
  app.post('/jobs/:tenant/:kind/:job/edit', options, async (request, reply) => {
    const editing = await open(parts, request)
    return editing === undefined ? refuse(reply, request) : sendForm(reply, editing, form.parse(request.body))
  })

  app.post('/jobs/:tenant/:kind/:job/preview', options, async (request, reply) => {
    const editing = await open(parts, request)
    if (editing === undefined) return refuse(reply, request)
    const given = form.parse(request.body)
    const edit = editOf(editing, given)
    if (edit === undefined) return refuse(reply, request)
    return edit.data === undefined
      ? sendForm(reply.code(422), editing, given, edit.problems)
      : sendPreview(reply, editing, edit)
  })

  app.post('/jobs/:tenant/:kind/:job/apply', options, async (request, reply) => {
    const editing = await open(parts, request)
    if (editing === undefined) return refuse(reply, request)
    const { place, job, language, who } = editing
    const given = form.parse(request.body)
    const edit = editOf(editing, given)
    if (given['seen'] !== digestOf(job)) {
      const { title, changed } = editTexts[language]
      return sendNotice(reply.code(409), { language, title, text: changed })
    }
    if (edit?.data === undefined) return sendForm(reply.code(422), editing, given, edit?.problems)
    const code = causeCode(job.failedReason ?? '')
    await job.updateData(edit.data)
    try {
      await retryInFull(job).retry('failed')
    } catch {
      return refuse(reply, request)
    }
    const fields = edit.changes.map(({ field }) => field)
    await recordOnJob(parts, { who, place, job, code, action: 'edit', fields, entry: { kind: 'retried' } })
    return reply.redirect(eventAddress(place, job), 303)
  })
}

/** The failed job that the address names, if a person may edit it. */
async function open(parts: BoardParts, request: FastifyRequest): Promise<Editing | undefined> {
  const place = findPlace(parts, request.params)
  const { job: id } = jobParameters.parse(request.params)
  const job = await place?.queue.getJob(id)
  if (place === undefined || job === undefined || request.who === undefined) return undefined
  if (!(await job.isFailed())) return undefined
  const editable = readEditable({ name: job.name, kind: place.kind, data: job.data })
  const language = preferredLanguage(request.headers['accept-language'])
  return editable && { place, job, editable, language, who: request.who }
}

const editOf = ({ place, job, who }: Editing, given: Values): Edit | undefined =>
  applyEdit({ name: job.name, kind: place.kind, data: job.data }, given, {
    tenant: place.tenant,
    by: who.user,
    at: new Date().toISOString(),
  })

/** Shows whether somebody else changed the data between the preview and the confirmation. */
const digestOf = ({ data }: Job): string => createHash('sha256').update(JSON.stringify(data)).digest('hex')

function refuse(reply: FastifyReply, request: FastifyRequest): FastifyReply {
  const language = preferredLanguage(request.headers['accept-language'])
  const { title, notEditable } = editTexts[language]
  return sendNotice(reply.code(409), { language, title, text: notEditable })
}

const addressOf = ({ place, job }: Editing): string =>
  `/jobs/${place.tenant.name}/${place.kind}/${encodeURIComponent(job.id ?? '')}`

function sendForm(
  reply: FastifyReply,
  editing: Editing,
  values: Values,
  problems: Edit['problems'] = [],
): FastifyReply {
  const { place, job, editable, language } = editing
  const words = editTexts[language]
  const general = problems.filter(({ field }) => field === undefined)
  const body = html`<p><a href="${eventAddress(place, job)}">${words.back}</a></p>
    <h1>${words.title}</h1>
    <p class="soft">${job.name} · ${place.tenant.name}.${place.kind}</p>
    <p class="notice">${job.failedReason}</p>
    <p>${words.intro}</p>
    ${general.map(({ text }) => html`<p class="notice" role="alert">${text[language]}</p>`)}
    <form method="post" action="${addressOf(editing)}/preview" autocomplete="off">
      <div class="fields">
        ${editable.fields.map(field => renderField(field, values[field] ?? '', problems, language))}
      </div>
      <div class="actions"><button type="submit">${words.preview}</button></div>
    </form>`
  return sendPage(reply, { language, title: words.title, body })
}

function renderField(field: string, value: string, problems: Edit['problems'], language: Language): Html {
  const problem = problems.find(each => each.field === field)
  const mark = trustedHtml(problem ? `aria-invalid="true" aria-describedby="problem-${field}"` : '')
  const input =
    field === 'body'
      ? html`<textarea id="${field}" name="${field}" spellcheck="false" ${mark}>${value}</textarea>`
      : html`<input id="${field}" name="${field}" type="text" maxlength="2000" value="${value}" ${mark} />`
  return html`<div>
    <label for="${field}">${fieldLabel(field, language)}</label>
    ${input} ${problem && html`<p class="hint bad" id="problem-${field}">${problem.text[language]}</p>`}
  </div>`
}

function sendPreview(reply: FastifyReply, editing: Editing, edit: Edit): FastifyReply {
  const { place, job, editable, language } = editing
  const words = editTexts[language]
  const changed = new Map(edit.changes.map(change => [change.field, change.after]))
  const now = (field: string): string => changed.get(field) ?? editable.values[field] ?? ''
  const rows = edit.changes.map(
    ({ field, before, after }) =>
      html`<tr>
        <th scope="row">${fieldLabel(field, language)}</th>
        <td data-label="${words.before}"><del>${before || '–'}</del></td>
        <td data-label="${words.after}"><ins>${after || '–'}</ins></td>
      </tr>`,
  )
  const heads = [words.field, words.before, words.after]
  const address = addressOf(editing)
  const body = html`<h1>${words.check}</h1>
    <p class="soft">${job.name} · ${place.tenant.name}.${place.kind}</p>
    <table>
      <thead>
        <tr>
          ${heads.map(head => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
    <h2>${words.sent}</h2>
    <p class="soft">
      ${job.name === 'lead.registered' || place.kind === 'quarantine' ? words.sentLead : words.sentMark}
    </p>
    ${edit.preview.map(text => html`<pre>${text}</pre>`)}
    <p class="soft">${words.kept}</p>
    <form class="actions" method="post" action="${address}/apply">
      <input type="hidden" name="seen" value="${digestOf(job)}" />
      ${editable.fields.map(field => html`<input type="hidden" name="${field}" value="${now(field)}" />`)}
      <button type="submit">${words.confirm}</button>
      <button class="quiet" type="submit" formaction="${address}/edit">${words.again}</button>
    </form>`
  return sendPage(reply, { language, title: words.check, body })
}
