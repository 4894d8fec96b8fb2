import { events, textIn, isLeadEvent, isFailureCode, type Language, textsOfFailure, bilingual } from '@ponte/contracts'
import {
  type Edit,
  type Editing,
  type EditRefusal,
  editOf,
  keepEdit,
  openEdit,
  operators,
  eventRefOf,
  type Values,
  type EditedEvent,
  readEdited,
} from '@ponte/operations'
import { z } from 'zod'
import { eventAddress } from '../../ui/addresses.ts'
import { html, type Html, inlineCode, trustedHtml } from '../../ui/html.ts'
import {
  action,
  type PageRequest,
  type PageView,
  noFilters,
  type FormOutcome,
  page,
  type RenderedPage,
} from '../../ui/board-page.ts'
import { fieldLabel, queueLabel, commonTexts, eventName } from '../../ui/common-texts.ts'
import { renderTable } from '../../ui/page.ts'
import { requestedAction } from '../../auth/requested-action.ts'
import { renderRaw } from '../../ui/parts/failure-parts.ts'
import { moment } from '../../ui/moment.ts'

/** The words of *edit and retry*. */
const editTexts = bilingual({
  intro: {
    en: "Correct the event's data. Before anything is sent you will see before and after.",
    pt: 'Corrija os dados do evento. Antes de enviar, você verá o antes e o depois.',
  },
  named: { en: 'The failure is about this field.', pt: 'A falha é sobre este campo.' },
  preview: { en: 'Review', pt: 'Revisar' },
  check: { en: 'Review the correction', pt: 'Revisar a correção' },
  field: { en: 'Field', pt: 'Campo' },
  before: { en: 'Before', pt: 'Antes' },
  after: { en: 'After', pt: 'Depois' },
  sent: { en: 'What will be sent', pt: 'O que será enviado' },
  does: { en: (what: string) => `Ponte ${what}.`, pt: what => `O Ponte ${what}.` },
  sentLead: {
    en: 'If the person is in TOTVS CRM already, only what changed is sent. The user in brackets is looked up when it is sent.',
    pt: 'Se a pessoa já está no TOTVS CRM, só o que mudou é enviado. O usuário entre parênteses é procurado na hora do envio.',
  },
  sentTooLong: {
    en: 'The body is too long to show here what will be sent. Ponte reads it when it is retried.',
    pt: 'O corpo é longo demais para mostrar aqui o que será enviado. O Ponte o lê ao reenviar.',
  },
  kept: {
    en: 'The original data is kept for 30 days. The audit trail says who corrected it and when.',
    pt: 'Os dados originais ficam guardados por 30 dias. A auditoria registra quem corrigiu e quando.',
  },
  original: { en: 'See the original data beside the current data', pt: 'Ver os dados originais ao lado dos atuais' },
  originalColumn: { en: 'Original', pt: 'Original' },
  current: { en: 'Current', pt: 'Atual' },
  changes: { en: 'Corrections', pt: 'Correções' },
  fields: { en: 'Fields', pt: 'Campos' },
  noOriginal: {
    en: 'Nobody corrected this event, or more than 30 days have passed since the last correction.',
    pt: 'Ninguém corrigiu este evento, ou passaram-se mais de 30 dias desde a última correção.',
  },
  confirm: { en: 'Confirm and retry', pt: 'Confirmar e reenviar' },
  again: { en: 'Back to the form', pt: 'Voltar e corrigir' },
  back: { en: '← Event', pt: '← Evento' },
  refusals: {
    en: {
      gone: 'Nothing was edited: the event is no longer in the queue. Somebody removed it, or 30 days have passed.',
      notFailed: 'Nothing was edited: the event is no longer failed. Somebody retried it.',
      noText: 'This event cannot be edited: it has no text that can be changed.',
      changed: 'Nothing was edited: somebody else edited the event while you reviewed it. Start again from the event.',
    },
    pt: {
      gone: 'Nada foi corrigido: o evento não está mais na fila. Alguém o removeu, ou passaram-se 30 dias.',
      notFailed: 'Nada foi corrigido: o evento não está mais com falha. Alguém o reenviou.',
      noText: 'Este evento não pode ser corrigido: não tem nenhum texto que possa ser editado.',
      changed:
        'Nada foi corrigido: outra pessoa corrigiu o evento enquanto você revisava. Comece outra vez pelo evento.',
    },
  },
})

/** What a field held, beside what it holds now. */
const renderChange = (before: string | undefined, now: string | undefined) => [
  html`<del>${before || '–'}</del>`,
  html`<ins>${now || '–'}</ins>`,
]

const addressOf = ({ queueRef, job }: Editing): string =>
  `/jobs/${queueRef.tenant.name}/${queueRef.kind}/${encodeURIComponent(job.id ?? '')}`

/** The form with these values, the reason of the failure above it, and the problems that the values have. */
function renderForm(editing: Editing, values: Values, problems: Edit['problems'] = []): { readonly body: Html } {
  const { queueRef, job, editable, named, language } = editing
  const words = editTexts[language]
  const general = problems.filter(({ field }) => field === undefined)
  const [focused = named] = problems.flatMap(({ field }) => field ?? [])
  const body = html`<p><a href="${eventAddress(eventRefOf(queueRef, job))}">${words.back}</a></p>
    <h1>${commonTexts[language].edit}</h1>
    <p class="soft">
      ${eventName(job.name, language)} · ${queueRef.tenant.name} · ${queueLabel(queueRef.kind, language)}
    </p>
    ${renderReason(editing)}
    <p>${words.intro}</p>
    ${job.data?.edited ? html`<p><a href="${addressOf(editing)}/original">${words.original}</a></p>` : undefined}
    ${general.map(({ text }) => html`<p class="notice" role="alert">${textIn(text, language)}</p>`)}
    <form method="post" action="${addressOf(editing)}/preview" autocomplete="off">
      <div class="fields">
        ${editable.fields.map(field => renderField(field, values[field] ?? '', { problems, focused, language }))}
      </div>
      <div class="actions"><button type="submit">${words.preview}</button></div>
    </form>`
  return { body }
}

/** Why the event failed, and what to do about it. The field that it names refers to it. */
function renderReason({ reason, language }: Editing): Html | undefined {
  if (reason === undefined) return undefined
  const { code, title, raw } = reason
  return html`<div class="notice">
    <p class="tight" id="reason"><strong>${title}</strong></p>
    ${isFailureCode(code) ? html`<p class="tight">${inlineCode(textsOfFailure(code, language).solution)}</p>` : undefined}
    ${renderRaw(raw, language)}
  </div>`
}

interface FieldView {
  readonly problems: Edit['problems']
  /** The first field with a problem, or else the one that the reason of the failure names. */
  readonly focused: string | undefined
  readonly language: Language
}

function renderField(field: string, value: string, { problems, focused, language }: FieldView): Html {
  const problem = problems.find(each => each.field === field)
  const isNamed = problem === undefined && field === focused
  const marks = [
    ...(problem ? ['aria-invalid="true"', `aria-describedby="problem-${field}"`] : []),
    ...(isNamed ? ['aria-describedby="reason"'] : []),
    ...(field === focused ? ['autofocus'] : []),
  ]
  const mark = trustedHtml(marks.join(' '))
  const input =
    field === 'body'
      ? html`<textarea id="${field}" name="${field}" spellcheck="false" ${mark}>${value}</textarea>`
      : html`<input id="${field}" name="${field}" type="text" maxlength="2000" value="${value}" ${mark} />`
  return html`<div>
    <label for="${field}">${fieldLabel(field, language)}</label>
    ${input} ${problem && html`<p class="hint bad" id="problem-${field}">${textIn(problem.text, language)}</p>`}
    ${isNamed ? html`<p class="hint warn">${editTexts[language].named}</p>` : undefined}
  </div>`
}

const form = z.record(z.string().max(100), z.string()).catch({})

type Begun = Exclude<Awaited<ReturnType<typeof open>>, string>

const open = ({ deps, request, user, language }: PageRequest) => openEdit(deps, request.params, { user, language })

/** A form about the event, which may be edited no longer. */
const editAction = (step: string, run: (editing: Begun, asked: PageRequest) => FormOutcome | Promise<FormOutcome>) =>
  action({
    ...{ path: `/jobs/:tenant/:kind/:job/${step}`, roles: operators, filters: noFilters },
    async run(asked) {
      const editing = await open(asked)
      return typeof editing === 'string' ? refusal(editing, asked) : await run(editing, asked)
    },
  })

/** The way back from the preview keeps what was typed. */
const editAgain = editAction('edit', (editing, { request }) => renderForm(editing, form.parse(request.body)))

const preview = editAction('preview', (editing, asked) => {
  const given = form.parse(asked.request.body)
  const edit = editOf(editing, given)
  if (edit === undefined) return refusal('noText', asked)
  return edit.data === undefined
    ? { status: 422, ...renderForm(editing, given, edit.problems) }
    : renderPreview(editing, edit)
})

const apply = editAction('apply', async (editing, asked) => {
  const { queueRef, job } = editing
  const given = form.parse(asked.request.body)
  const edit = editOf(editing, given)
  if (given['seen'] !== editing.digest) return refusal('changed', asked)
  if (edit?.data === undefined) return { status: 422, ...renderForm(editing, given, edit?.problems) }
  const outcome = await keepEdit(asked.deps, editing, { ...edit, data: edit.data })
  return outcome === 'kept' ? eventAddress(eventRefOf(queueRef, job)) : refusal(outcome, asked)
})

/** `/jobs/…/edit`, for operators: correct the data of a failed event, see old beside new and what would be sent, and retry it. */
export const editPage = page({
  path: '/jobs/:tenant/:kind/:job/edit',
  roles: operators,
  title: { en: 'Edit and retry', pt: 'Corrigir e reenviar' },
  filters: noFilters,
  async read(asked) {
    const editing = await open(asked)
    if (typeof editing !== 'string')
      await asked.deps.audit.write({ ...requestedAction(asked.request), user: editing.user.name, outcome: 'done' })
    return editing
  },
  render: (editing, asked) =>
    typeof editing === 'string' ? refusal(editing, asked) : renderForm(editing, editing.editable.values),
  actions: [editAgain, preview, apply],
})

const refusal = (why: EditRefusal, { language }: PageView): RenderedPage => ({
  ...{ status: why === 'gone' ? 404 : 409, text: editTexts[language].refusals[why] },
})

function renderPreview(editing: Editing, edit: Edit): RenderedPage {
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

/** `/jobs/…/original`, for operators: the data of an edited event as they came, beside what they are now. Also when its job is gone. */
export const originalPage = page({
  path: '/jobs/:tenant/:kind/:job/original',
  roles: operators,
  title: { en: 'Original and current', pt: 'Original e atual' },
  filters: noFilters,
  async read({ deps, user, request }) {
    const record = await readEdited(deps, request.params)
    if (record === undefined) return undefined
    await deps.audit.write({ ...requestedAction(request), user: user.name, outcome: 'done' })
    return record
  },
  render(record, { language, title }) {
    const words = editTexts[language]
    if (record === undefined) return { status: 404, text: words.noOriginal }
    const { tenant, kind } = record.queueRef
    const body = html`<h1>${title}</h1>
      <p class="soft">
        ${eventName(record.event, language)} · ${tenant.name} · ${queueLabel(kind, language)} · ${record.jobId}
      </p>
      ${renderData(record, language)}
      <h2>${words.changes}</h2>
      ${renderChanges(record, language)}`
    return { body }
  },
})

function renderData({ original, current }: EditedEvent, language: Language): Html {
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

function renderChanges({ changes }: EditedEvent, language: Language): Html {
  const words = editTexts[language]
  const { when, user } = commonTexts[language]
  const rows = changes.map(({ at, by, fields }) => [
    moment(Date.parse(at), language),
    by,
    fields.map(field => fieldLabel(field, language)).join(', '),
  ])
  return renderTable([when, user, words.fields], rows)
}
