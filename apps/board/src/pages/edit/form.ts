import { failures, isFailureCode, type Language, textIn } from '@ponte/contracts'
import { type Edit, type Editing, eventRefOf, type Values } from '@ponte/operations'
import { eventAddress } from '../../ui/addresses.ts'
import { commonTexts, fieldLabel, queueLabel } from '../../ui/common-texts.ts'
import { eventName } from '../../ui/event-name.ts'
import { renderRaw } from '../../ui/failure-raw.ts'
import { type Html, html, inlineCode, trustedHtml } from '../../ui/html.ts'
import { editTexts } from './texts.ts'

export const addressOf = ({ queueRef, job }: Editing): string =>
  `/jobs/${queueRef.tenant.name}/${queueRef.kind}/${encodeURIComponent(job.id ?? '')}`

/** The form with these values, the reason of the failure above it, and the problems that the values have. */
export function renderForm(editing: Editing, values: Values, problems: Edit['problems'] = []): { readonly body: Html } {
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
    ${isFailureCode(code) ? html`<p class="tight">${inlineCode(textIn(failures[code].solution, language))}</p>` : undefined}
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
