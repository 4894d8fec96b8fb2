import { createHash } from 'node:crypto'
import { codeOfReason, events, textIn, isLeadEvent } from '@ponte/contracts'
import { retryInFull } from '@ponte/runtime'
import { createEdits } from '@ponte/state'
import type { Job } from 'bullmq'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { findQueue, readJobId, type QueueRef, readReasons, beginAction, operators } from '@ponte/operations'
import { readEditable, type Values } from './editable.ts'
import { applyEdit, type Edit, editRecordOf } from './edited-data.ts'
import { eventAddress } from '../../ui/addresses.ts'
import { addressOf, type Editing, sendForm } from './form.ts'
import { fieldLabel, editTexts, renderChange } from './texts.ts'
import { html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { queueLabel } from '../../ui/common-texts.ts'
import { sendNotice, sendPage, renderTable } from '../../ui/page.ts'
import { eventName } from '../../ui/event-name.ts'
import { requestedAction } from '../../auth/requested-action.ts'

const form = z.record(z.string().max(100), z.string()).catch({})

/** `/jobs/…/edit`, for operators: correct the data of a failed event, see old beside new and what would be sent, and retry it. */
export function addEditPage(app: FastifyInstance, all: BoardDeps): void {
  const options = { config: { roles: operators } }

  app.get('/jobs/:tenant/:kind/:job/edit', options, async (request, reply) => {
    const editing = await open(depsFor(all, request.user), request)
    if (typeof editing === 'string') return refuse(reply, request, editing)
    const { user } = editing
    await all.audit.write({ ...requestedAction(request), user: user.name, outcome: 'done' })
    return sendForm(reply, editing, editing.editable.values)
  })

  /** The way back from the preview keeps what was typed. */
  app.post('/jobs/:tenant/:kind/:job/edit', options, async (request, reply) => {
    const editing = await open(depsFor(all, request.user), request)
    if (typeof editing === 'string') return refuse(reply, request, editing)
    return sendForm(reply, editing, form.parse(request.body))
  })

  app.post('/jobs/:tenant/:kind/:job/preview', options, async (request, reply) => {
    const editing = await open(depsFor(all, request.user), request)
    if (typeof editing === 'string') return refuse(reply, request, editing)
    const given = form.parse(request.body)
    const edit = editOf(editing, given)
    if (edit === undefined) return refuse(reply, request, 'noText')
    return edit.data === undefined
      ? sendForm(reply.code(422), editing, given, edit.problems)
      : sendPreview(reply, editing, edit)
  })

  app.post('/jobs/:tenant/:kind/:job/apply', options, async (request, reply) => {
    const editing = await open(depsFor(all, request.user), request)
    if (typeof editing === 'string') return refuse(reply, request, editing)
    const { queueRef, job } = editing
    const given = form.parse(request.body)
    const edit = editOf(editing, given)
    if (given['seen'] !== digestOf(job)) return refuse(reply, request, 'changed')
    if (edit?.data === undefined) return sendForm(reply.code(422), editing, given, edit?.problems)
    const outcome = await keep(all, editing, { ...edit, data: edit.data })
    return outcome === 'kept' ? reply.redirect(eventAddress(queueRef, job), 303) : refuse(reply, request, outcome)
  })
}

/** Why the event cannot be corrected, or was not. */
type EditRefusal = 'gone' | 'notFailed' | 'noText' | 'changed'

/** Puts the corrected data into the job, retries it and records both. Does nothing if somebody else was first. */
async function keep(
  deps: BoardDeps,
  { queueRef, job, user }: Editing,
  { data, changes }: Edit & { readonly data: object },
): Promise<'kept' | EditRefusal> {
  const { queue, kind } = queueRef
  const { id: jobId = '', data: before } = job
  const code = codeOfReason(job.failedReason)
  const fields = changes.map(({ field }) => field)
  const edits = createEdits(deps.redis, queueRef.tenant.name)
  const exchange = (from: unknown, to: unknown): Promise<boolean> =>
    edits.exchange({
      queue: kind,
      jobId,
      before: from,
      after: to,
      keys: { failed: queue.toKey('failed'), job: queue.toKey(jobId) },
      record: editRecordOf({ name: job.name, kind, data: to }),
    })
  if (!(await exchange(before, data))) return (await refusalOf(queueRef, jobId)) ?? 'changed'

  let end: Awaited<ReturnType<typeof beginAction>> | undefined
  let isRetried: boolean
  try {
    end = await beginAction(deps, { user, queueRef, job, code, action: 'edit', fields })
    isRetried = await retryInFull(job)
  } catch (error) {
    // Redis failed. Undo and record as much as Redis still takes.
    await exchange(data, before).catch(() => false)
    await end?.('failed').catch(() => undefined)
    throw error
  }
  if (!isRetried && (await queue.getJob(jobId)) === undefined) {
    await end('failed')
    return 'gone'
  }
  // If somebody else retried it in between, it runs with the corrected data. So the edit is kept, and the retry is recorded as theirs.
  job.data = data
  await end('done', isRetried ? ['edited', 'retried'] : ['edited'])
  return 'kept'
}

/** Why a job can no longer be edited, if so. */
async function refusalOf({ queue }: QueueRef, jobId: string): Promise<'gone' | 'notFailed' | undefined> {
  const state = await queue.getJobState(jobId)
  if (state === 'failed') return undefined
  return state === 'unknown' ? 'gone' : 'notFailed'
}

/** The failed job that the address names, if a person may edit it. */
async function open(deps: BoardDeps, request: FastifyRequest): Promise<Editing | EditRefusal> {
  const queueRef = findQueue(deps, request.params)
  const job = await queueRef?.queue.getJob(readJobId(request.params))
  if (queueRef === undefined || job === undefined || request.user === undefined) return 'gone'
  const refusal = await refusalOf(queueRef, job.id ?? '')
  if (refusal !== undefined) return refusal
  const editable = readEditable({ name: job.name, kind: queueRef.kind, data: job.data })
  if (editable === undefined) return 'noText'
  const { user } = request
  const language = languageOf(request)
  const reasons = await readReasons(deps, queueRef, [job], { language, user })
  return { queueRef, job, editable, reason: reasons.get(job.id ?? ''), language, user }
}

const editOf = ({ queueRef, job, user, language }: Editing, given: Values): Edit | undefined =>
  applyEdit({ name: job.name, kind: queueRef.kind, data: job.data }, given, {
    tenant: queueRef.tenant,
    by: user.name,
    at: new Date().toISOString(),
    language,
  })

/** Shows whether somebody else changed the data between the preview and the confirmation. */
const digestOf = ({ data }: Job): string => createHash('sha256').update(JSON.stringify(data)).digest('hex')

function refuse(reply: FastifyReply, request: FastifyRequest, refusal: EditRefusal): FastifyReply {
  const language = languageOf(request)
  const { title, refusals } = editTexts[language]
  return sendNotice(reply.code(refusal === 'gone' ? 404 : 409), { language, title, text: refusals[refusal] })
}

function sendPreview(reply: FastifyReply, editing: Editing, edit: Edit): FastifyReply {
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
      <input type="hidden" name="seen" value="${digestOf(job)}" />
      ${editable.fields.map(field => html`<input type="hidden" name="${field}" value="${now(field)}" />`)}
      <button type="submit">${words.confirm}</button>
      <button class="quiet" type="submit" formaction="${address}/edit">${words.again}</button>
    </form>`
  return sendPage(reply, { language, title: words.check, body })
}
