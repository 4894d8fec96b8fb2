import type { Language } from '@ponte/contracts'
import { createEdits, type EditRecord } from '@ponte/state'
import type { FastifyInstance } from 'fastify'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { findQueue, readJobId, type QueueRef, operators } from '@ponte/operations'
import { editRecordOf } from './edited-data.ts'
import { editTexts, fieldLabel, renderChange } from './texts.ts'
import { type Html, html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { moment } from '../../ui/moment.ts'
import { commonTexts, queueLabel } from '../../ui/common-texts.ts'
import { sendNotice, sendPage, renderTable } from '../../ui/page.ts'
import { eventName } from '../../ui/event-name.ts'
import { requestedAction } from '../../auth/requested-action.ts'

/** `/jobs/…/original`, for operators: the data of an edited event as they came, beside what they are now. Also when its job is gone. */
export function addOriginalPage(app: FastifyInstance, all: BoardDeps): void {
  app.get('/jobs/:tenant/:kind/:job/original', { config: { roles: operators } }, async (request, reply) => {
    const deps = depsFor(all, request.user)
    const language = languageOf(request)
    const words = editTexts[language]
    const job = readJobId(request.params)
    const queueRef = findQueue(deps, request.params)
    const record = queueRef && (await readRecord(deps, queueRef, job))
    if (queueRef === undefined || record === undefined || request.user === undefined)
      return sendNotice(reply.code(404), { language, title: words.originalTitle, text: words.noOriginal })
    await deps.audit.write({ ...requestedAction(request), user: request.user.name, outcome: 'done' })
    const body = html`<h1>${words.originalTitle}</h1>
      <p class="soft">
        ${eventName(record.event, language)} · ${queueRef.tenant.name} · ${queueLabel(queueRef.kind, language)} · ${job}
      </p>
      ${renderData(record, language)}
      <h2>${words.changes}</h2>
      ${renderChanges(record, language)}`
    return sendPage(reply, { language, title: words.originalTitle, body })
  })
}

/** The record of an edit ends after 30 days. A job that failed again later still has its original. */
async function readRecord({ redis }: BoardDeps, queueRef: QueueRef, jobId: string): Promise<EditRecord | undefined> {
  const record = await createEdits(redis, queueRef.tenant.name).read(queueRef.kind, jobId)
  if (record !== undefined) return record
  const job = await queueRef.queue.getJob(jobId)
  return job && editRecordOf({ name: job.name, kind: queueRef.kind, data: job.data })
}

function renderData({ original, current }: EditRecord, language: Language): Html {
  const words = editTexts[language]
  const rows = [...new Set([...Object.keys(original), ...Object.keys(current)])].map(field => {
    const [before, now] = [original, current].map(data => textOf(data[field]))
    const texts = before === now ? [before || '–', now || '–'] : renderChange(before, now)
    return [fieldLabel(field, language), ...texts]
  })
  return renderTable([words.field, words.originalColumn, words.current], rows, { hasRowHeads: true })
}

/** Of text, unless a job was not written by Ponte. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

function renderChanges({ changes }: EditRecord, language: Language): Html {
  const words = editTexts[language]
  const { when, user } = commonTexts[language]
  const rows = changes.map(({ at, by, fields }) => [
    moment(Date.parse(at), language),
    by,
    fields.map(field => fieldLabel(field, language)).join(', '),
  ])
  return renderTable([when, user, words.fields], rows)
}
