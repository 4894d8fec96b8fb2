import { events, type Language, textIn, isLeadEvent } from '@ponte/contracts'
import {
  type Edit,
  type Editing,
  type EditRefusal,
  editOf,
  keepEdit,
  openEdit,
  operators,
  eventRefOf,
} from '@ponte/operations'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { BoardDeps } from '../../board-deps.ts'
import { eventAddress } from '../../ui/addresses.ts'
import { addressOf, renderForm } from './form.ts'
import { fieldLabel, editTexts, renderChange } from './texts.ts'
import { html } from '../../ui/html.ts'
import { type Asked, askedBy, noFilters, page, type Rendered, sendRendered } from '../../ui/board-page.ts'
import { languageOf } from '../../ui/language.ts'
import { queueLabel } from '../../ui/common-texts.ts'
import { renderNotice, renderTable } from '../../ui/page.ts'
import { eventName } from '../../ui/event-name.ts'
import { requestedAction } from '../../auth/requested-action.ts'

const form = z.record(z.string().max(100), z.string()).catch({})

/** `/jobs/…/edit`, for operators: correct the data of a failed event, see old beside new and what would be sent, and retry it. */
export const editPage = page({
  path: '/jobs/:tenant/:kind/:job/edit',
  roles: operators,
  filters: noFilters,
  async read(asked) {
    const editing = await open(asked)
    if (typeof editing !== 'string')
      await asked.deps.audit.write({ ...requestedAction(asked.request), user: editing.user.name, outcome: 'done' })
    return editing
  },
  render: (editing, { language }) =>
    typeof editing === 'string' ? renderRefusal(editing, language) : renderForm(editing, editing.editable.values),
  actions: [addEditForms],
})

const open = ({ deps, request, user, language }: Asked<undefined>) => openEdit(deps, request.params, { user, language })

function addEditForms(app: FastifyInstance, all: BoardDeps): void {
  const options = { config: { roles: operators } }
  const begin = (request: FastifyRequest) => open(askedBy(request, all, noFilters))

  /** The way back from the preview keeps what was typed. */
  app.post('/jobs/:tenant/:kind/:job/edit', options, async (request, reply) => {
    const editing = await begin(request)
    if (typeof editing === 'string') return refuse(reply, request, editing)
    return sendRendered(reply, renderForm(editing, form.parse(request.body)))
  })

  app.post('/jobs/:tenant/:kind/:job/preview', options, async (request, reply) => {
    const editing = await begin(request)
    if (typeof editing === 'string') return refuse(reply, request, editing)
    const given = form.parse(request.body)
    const edit = editOf(editing, given)
    if (edit === undefined) return refuse(reply, request, 'noText')
    return edit.data === undefined
      ? sendRendered(reply, { status: 422, ...renderForm(editing, given, edit.problems) })
      : sendRendered(reply, renderPreview(editing, edit))
  })

  app.post('/jobs/:tenant/:kind/:job/apply', options, async (request, reply) => {
    const editing = await begin(request)
    if (typeof editing === 'string') return refuse(reply, request, editing)
    const { queueRef, job } = editing
    const given = form.parse(request.body)
    const edit = editOf(editing, given)
    if (given['seen'] !== editing.digest) return refuse(reply, request, 'changed')
    if (edit?.data === undefined)
      return sendRendered(reply, { status: 422, ...renderForm(editing, given, edit?.problems) })
    const outcome = await keepEdit(all, editing, { ...edit, data: edit.data })
    return outcome === 'kept'
      ? reply.redirect(eventAddress(eventRefOf(queueRef, job)), 303)
      : refuse(reply, request, outcome)
  })
}

function renderRefusal(refusal: EditRefusal, language: Language): Rendered {
  const { title, refusals } = editTexts[language]
  return { status: refusal === 'gone' ? 404 : 409, title, body: renderNotice({ title, text: refusals[refusal] }) }
}

const refuse = (reply: FastifyReply, request: FastifyRequest, refusal: EditRefusal): FastifyReply =>
  sendRendered(reply, renderRefusal(refusal, languageOf(request)))

function renderPreview(editing: Editing, edit: Edit): Rendered {
  const { queueRef, job, editable, language } = editing
  const words = editTexts[language]
  const changed = new Map(edit.changes.map(change => [change.field, change.after]))
  const now = (field: string): string => changed.get(field) ?? editable.values[field] ?? ''
  const rows = edit.changes.map(({ field, before, after }) => [
    fieldLabel(field, language),
    ...renderChange(before, after),
  ])
  const heads = [words.field, words.before, words.after]
  const does = new Set(edit.events.map(name => words.does(textIn(events[name].does, language))))
  if (edit.events.some(isLeadEvent)) does.add(words.sentLead)
  const address = addressOf(editing)
  const body = html`<h1>${words.check}</h1>
    <p class="soft">
      ${eventName(job.name, language)} · ${queueRef.tenant.name} · ${queueLabel(queueRef.kind, language)}
    </p>
    ${renderTable(heads, rows, { hasRowHeads: true })}
    <h2>${words.sent}</h2>
    ${[...does].map(text => html`<p class="soft">${text}</p>`)}
    ${edit.preview === undefined ? html`<p class="notice">${words.sentTooLong}</p>` : edit.preview.map(text => html`<pre>${text}</pre>`)}
    <p class="soft">${words.kept}</p>
    <form class="actions" method="post" action="${address}/apply">
      <input type="hidden" name="seen" value="${editing.digest}" />
      ${editable.fields.map(field => html`<input type="hidden" name="${field}" value="${now(field)}" />`)}
      <button type="submit">${words.confirm}</button>
      <button class="quiet" type="submit" formaction="${address}/edit">${words.again}</button>
    </form>`
  return { title: words.check, body }
}
