import { type Texts, type Language, bilingual } from '@ponte/contracts'
import {
  MAX_PARSED,
  findQueue,
  readJobId,
  operators,
  createPreviewReader,
  type PreparedPreview,
  type PreviewObstacle,
  type Previews,
  eventRefOf,
  createOneByOne,
} from '@ponte/operations'
import { toDelivery } from '@ponte/webhooks'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { requestedAction } from '../../auth/requested-action.ts'
import type { BoardDeps } from '../../board-deps.ts'
import { tenantChoices } from '../../filters/filters.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { type Html, html, inlineCode, renderOptions } from '../../ui/html.ts'
import { action, type PageRequest, noFilters, page, type PageView, type RenderedPage } from '../../ui/board-page.ts'
import { eventAddress } from '../../ui/addresses.ts'
import { type DeliveryPreview, type PreviewFact, previewInWords, type RowInWords } from '@ponte/registration'
import { renderTable } from '../../ui/page.ts'

const previewTexts = bilingual({
  intro: {
    en: 'Shows what would become of a lead, field by field, by the rules as they are now. It reads TOTVS CRM and sends nothing.',
    pt: 'Mostra o que seria feito de um lead, campo a campo, pelas regras como são agora. Lê o TOTVS CRM e não envia nada.',
  },
  body: { en: 'Body of a webhook of RD Station', pt: 'Corpo de um webhook do RD Station' },
  bodyHint: {
    en: 'JSON with "leads" or with "event_type" and "contact"; up to 64 KiB. It is not kept.',
    pt: 'JSON com "leads" ou com "event_type" e "contact"; até 64 KiB. Não é guardado.',
  },
  submit: { en: 'Show the preview', pt: 'Ver a prévia' },
  another: { en: 'Another preview', pt: 'Outra prévia' },
  back: { en: '← Event', pt: '← Evento' },
  gone: {
    en: 'The event is no longer in the queue: only its timeline is left.',
    pt: 'O evento não está mais na fila: só a linha do tempo dele existe.',
  },
  notALead: { en: 'Only leads have a preview.', pt: 'Só leads têm prévia.' },
  tooLong: {
    en: 'The body has more than 64 KiB: it is too long for a preview. Use `ponte preview`.',
    pt: 'O corpo tem mais de 64 KiB: é longo demais para uma prévia. Use `ponte preview`.',
  },
  empty: {
    en: 'Paste the body of a webhook and choose the tenant.',
    pt: 'Cole o corpo de um webhook e escolha a empresa.',
  },
  nothing: { en: 'The body holds nothing.', pt: 'O corpo não contém nada.' },
  more: {
    en: (count: number) =>
      count === 1 ? '1 more part of the body is not shown.' : `${count} more parts of the body are not shown.`,
    pt: count =>
      count === 1 ? 'Mais 1 parte do corpo não é mostrada.' : `Mais ${count} partes do corpo não são mostradas.`,
  },
  part: {
    en: (number: number, count: number) => `Part ${number} of ${count}`,
    pt: (number, count) => `Parte ${number} de ${count}`,
  },
  target: { en: 'Target', pt: 'Destino' },
  source: { en: 'From', pt: 'De onde' },
  value: { en: 'Would be written', pt: 'Seria escrito' },
  current: { en: 'In TOTVS CRM', pt: 'No TOTVS CRM' },
  outcome: { en: 'What happens', pt: 'O que acontece' },
})

/** In characters. A value may be as long as a body. */
const MAX_SHOWN = 300

/** One part of a delivery, for an operator: it shows the person. Several parts have headings of their own. */
function renderPreview(preview: DeliveryPreview, language: Language, { isOnly }: { readonly isOnly: boolean }): Html {
  const { title, issues, warnings, facts, rows, withoutValue, notes } = previewInWords(preview, language)
  const outcome = preview.kind === 'lead' ? preview.outcome : preview.kind
  if (preview.kind === 'quarantined')
    return html`${notice(kinds[outcome], title)} ${renderList(issues.map(clip))}
      <p>
        <a href="/error-codes/${preview.code}"><code>${preview.code}</code></a>
      </p>`
  return html`${notice(kinds[outcome], title)} ${warnings.map(each => notice('warning', each))}
  ${facts.length === 0 ? undefined : renderFacts(facts)} ${rows.length === 0 ? undefined : renderRows(rows, language)}
  ${withoutValue && html`<p class="soft">${withoutValue.label}: ${withoutValue.texts.join(', ')}</p>`}
  ${notes && html`${isOnly ? html`<h2>${notes.label}</h2>` : html`<h3>${notes.label}</h3>`} ${renderList(notes.texts)}`}`
}

const kinds = {
  sent: 'done',
  skipped: 'warning',
  failed: 'bad',
  quarantined: 'bad',
  ignored: 'warning',
} as const

const notice = (kind: 'done' | 'warning' | 'bad', text: string): Html =>
  html`<p class="notice ${kind}" role="status">${text}</p>`

const renderList = (texts: readonly string[]): Html =>
  html`<ul>
    ${texts.map(text => html`<li>${text}</li>`)}
  </ul>`

const renderFacts = (facts: readonly PreviewFact[]): Html =>
  html`<dl class="long">
    ${facts.map(({ label, texts, why = '', conditions = [] }) => {
      const soft = [...conditions, ...(why === '' ? [] : [why])].map(
        text => html`<span class="soft">${clip(text)}</span>`,
      )
      return html`<dt>${label}</dt>
        <dd>
          ${[...texts.map(clip), ...soft].map((line, index) => html`${index === 0 ? undefined : html`<br />`}${line}`)}
        </dd>`
    })}
  </dl>`

const classes: Readonly<Record<RowInWords['outcome'], string>> = {
  written: 'good',
  cut: 'warn',
  same: 'soft',
  kept: 'warn',
  'left-out': 'bad',
  overruled: 'soft',
  'no-value': 'soft',
  'not-opened': 'soft',
  unknown: 'warn',
}

function renderRows(rows: readonly RowInWords[], language: Language): Html {
  const words = previewTexts[language]
  const cell = (content: string | Html, look = ''): Html => html`<span class="value ${look}">${content}</span>`
  const line = (text: string | undefined): Html | undefined => (text === undefined ? undefined : html`${text}<br />`)
  const lines = rows.map(({ target, outcome, rule, place, given, value = '–', current = '–', result }) => {
    const named = rule && html`<br /><span class="soft">${rule}</span>`
    return [
      cell(html`<code>${target}</code>${named}`),
      cell(html`${line(given && clip(given))}<span class="soft">${place}</span>`),
      cell(clip(value)),
      cell(clip(current)),
      cell(result, classes[outcome]),
    ]
  })
  return renderTable([words.target, words.source, words.value, words.current, words.outcome], lines)
}

const clip = (text: string): string => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text)

const form = z.object({ tenant: z.string().catch(''), body: z.string().catch('') })

/** `/preview`, for operators: what would become of the leads of a pasted body, or of an event whose job is kept. Sends nothing. */
export const previewPage = page({
  path: '/preview',
  roles: operators,
  title: { en: 'Preview', pt: 'Prévia' },
  menu: {},
  filters: noFilters,
  read: () => undefined,
  render: (_document, asked) => renderPage(asked),
  actions: [addPreviews],
})

function addPreviews(app: FastifyInstance, all: BoardDeps, title: Texts): void {
  const reader = createPreviewReader(all)
  const oneByOne = createOneByOne()
  const of = { roles: operators, filters: noFilters }

  const ofBody = action({
    ...{ ...of, path: '/preview' },
    async run(asked) {
      const { deps, language, request } = asked
      const given = form.catch({ tenant: '', body: '' }).parse(request.body)
      const tenant = deps.tenants.find(({ name }) => name === given.tenant)
      const { empty: problem, tooLong, another } = previewTexts[language]
      if (given.body.trim() === '' || tenant === undefined)
        return { status: 422, ...renderPage(asked, { problem, given }) }
      const bytes = Buffer.from(given.body, 'utf8')
      if (bytes.length > MAX_PARSED) return { status: 413, ...renderPage(asked, { problem: tooLong, given }) }
      const prepared = reader.ofDelivery(tenant, toDelivery(bytes, new Date().toISOString()))
      const link = { href: '/preview', text: another }
      return await begin(prepared, asked, { tenant: tenant.name, link, again: renderForm(asked, given) })
    },
  })

  const ofJob = action({
    ...{ ...of, method: 'GET', path: '/preview/:tenant/:kind/:job' },
    async run(asked) {
      const { deps, language, request } = asked
      const queueRef = findQueue(deps, request.params)
      const job = await queueRef?.queue.getJob(readJobId(request.params))
      const { gone: text, back } = previewTexts[language]
      if (queueRef === undefined || job === undefined) return { status: 404, text }
      const { tenant, kind } = queueRef
      const prepared = reader.ofJob(tenant, { kind, name: job.name, data: job.data })
      const link = { href: eventAddress(eventRefOf(queueRef, job)), text: back }
      return await begin(prepared, asked, { tenant: tenant.name, link })
    },
  })
  for (const add of [ofBody, ofJob]) void add(app, all, title)

  /** Makes the preview once its persons are counted and recorded. */
  async function begin(
    prepared: PreparedPreview | PreviewObstacle,
    asked: PageRequest,
    { tenant, link, again }: Result,
  ): Promise<RenderedPage> {
    const { deps, language, user, request, reply } = asked
    const { tooLong, notALead } = previewTexts[language]
    if (typeof prepared === 'string') return { status: 422, text: prepared === 'too-long' ? tooLong : notALead, link }
    const { persons, run } = prepared
    await deps.lookups.begin({ user, action: { ...requestedAction(request), tenant }, persons, reply })
    return renderResult(await oneByOne(run), asked, { tenant, link, again })
  }
}

interface Given {
  readonly tenant: string
  readonly body: string
}

interface Refused {
  readonly problem: string
  /** What was pasted stays in the form. */
  readonly given: Given
}

function renderPage(asked: PageView, refused?: Refused): { readonly body: Html } {
  const words = previewTexts[asked.language]
  const body = html`<h1>${asked.title}</h1>
    <p>${words.intro}</p>
    ${refused && html`<p class="notice" role="alert">${inlineCode(refused.problem)}</p>`}
    ${renderForm(asked, refused?.given)}`
  return { body }
}

function renderForm({ deps: { tenants }, language }: PageView, given?: Given): Html {
  const words = previewTexts[language]
  const [only, ...others] = tenants
  return html`<form method="post" action="/preview" autocomplete="off">
    ${
      only !== undefined && others.length === 0
        ? html`<input type="hidden" name="tenant" value="${only.name}" />`
        : html`<label for="tenant">${commonTexts[language].tenant}</label>
            <select id="tenant" name="tenant" required>
              ${renderOptions(tenantChoices(tenants), given?.tenant)}
            </select>`
    }
    <label for="body">${words.body}</label>
    <textarea id="body" name="body" required spellcheck="false" aria-describedby="body-hint">
${given?.body ?? ''}</textarea>
    <p class="hint" id="body-hint">${words.bodyHint}</p>
    <div class="actions"><button type="submit">${words.submit}</button></div>
  </form>`
}

interface Result {
  readonly tenant: string
  readonly link: { readonly href: string; readonly text: string }
  /** The form with the body that was pasted: whoever sees a mistake in it corrects it here. */
  readonly again?: Html | undefined
}

function renderResult(
  { shown, more }: Previews,
  { language, title }: PageView,
  { tenant, link, again }: Result,
): RenderedPage {
  const words = previewTexts[language]
  const parts = shown.map(
    (part, index) =>
      html`<section>
        ${shown.length + more > 1 ? html`<h2>${words.part(index + 1, shown.length + more)}</h2>` : undefined}
        ${renderPreview(part, language, { isOnly: shown.length + more === 1 })}
      </section>`,
  )
  const body = html`<p><a href="${link.href}">${link.text}</a></p>
    <h1>${title}</h1>
    <p class="soft">${tenant} · ${words.intro}</p>
    ${shown.length === 0 ? html`<p class="notice warning">${words.nothing}</p>` : parts}
    ${more > 0 ? html`<p class="notice warning">${words.more(more)}</p>` : undefined}
    ${
      again &&
      html`<h2>${words.another}</h2>
        ${again}`
    }`
  return { body }
}
