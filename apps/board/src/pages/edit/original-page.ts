import type { Language } from '@ponte/contracts'
import { type EditedEvent, operators, readEdited } from '@ponte/operations'
import { editTexts, renderChange } from './texts.ts'
import { type Html, html } from '../../ui/html.ts'
import { noFilters, page } from '../../ui/board-page.ts'
import { moment } from '../../ui/moment.ts'
import { commonTexts, fieldLabel, queueLabel } from '../../ui/common-texts.ts'
import { renderTable } from '../../ui/page.ts'
import { eventName } from '../../ui/event-name.ts'
import { requestedAction } from '../../auth/requested-action.ts'

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
