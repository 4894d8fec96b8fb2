import { bilingual, type Language } from '@ponte/contracts'
import { type Failure, MAX_NOTE, maySee, noteCause, type User } from '@ponte/operations'
import { z } from 'zod'
import { failureFilters } from '../../filters/filters.ts'
import { action } from '../../ui/board-page.ts'
import { hiddenFields, type Html, html, renderOptions, trustedHtml } from '../../ui/html.ts'
import { moment } from '../../ui/moment.ts'
import { partFields, readParts } from '../../ui/parts/failure-parts.ts'
import { failureTexts } from './texts.ts'

const texts = bilingual({
  care: { en: 'Assign, note, mute', pt: 'Atribuir, anotar, silenciar' },
  assignee: { en: 'Assigned to', pt: 'Responsável' },
  nobody: { en: 'nobody', pt: 'ninguém' },
  different: { en: 'different ones', pt: 'diferentes' },
  note: { en: 'Note', pt: 'Anotação' },
  mute: { en: 'No alerts until it changes', pt: 'Sem alertas até que mude' },
  muteHint: {
    en: 'A change is: twice as many events have failed as the fewest since, or the other system answers something else.',
    pt: 'Mudar é: falhou o dobro do menor número desde então, ou o outro sistema responde outra coisa.',
  },
  save: { en: 'Save', pt: 'Salvar' },
  assigned: { en: (name: string) => `assigned to ${name}`, pt: name => `com ${name}` },
  mutedBy: { en: (name: string) => `alerts muted by ${name}`, pt: name => `alertas silenciados por ${name}` },
})

/** Stands for several assignees. No account can be called so: a login ends a name at its colon. */
const DIFFERENT = ':different'

/** What people noted, and the form that changes it for all parts of the cause. `accounts`: who can be asked to take care of it. */
export function renderCare(queues: readonly Failure[], language: Language, accounts: readonly User[]): Html {
  const words = texts[language]
  const assignee = common(queues, ({ assignee: one }) => one?.to) ?? DIFFERENT
  const note = common(queues, ({ note: one }) => one?.text)
  const isMuted = queues.every(({ record }) => record.mute !== undefined)
  const { code } = queues[0] ?? { code: '' }
  const mine = accounts.filter(
    account => account.role === 'operator' && queues.every(({ tenant }) => maySee(account, tenant)),
  )
  // What is shown may be something that can be chosen no longer.
  const choices = new Map([
    [assignee, assignee === DIFFERENT ? words.different : assignee],
    ['', words.nobody],
  ])
  for (const { name } of mine) choices.set(name, name)
  return html`${renderNoted(queues, language)}
    <details class="care">
      <summary>${words.care}</summary>
      <form method="post" action="/failures/care">
        ${partFields(queues)}
        ${hiddenFields({ shownAssignee: assignee, shownNote: note ?? '', ...(isMuted && { shownMute: 'yes' }) })}
        <label for="assignee-${code}">${words.assignee}</label>
        <select id="assignee-${code}" name="assignee">
          ${renderOptions(
            [...choices].map(([value, text]) => ({ value, text })),
            assignee,
          )}
        </select>
        <label for="note-${code}">${words.note}</label>
        <input
          id="note-${code}"
          name="note"
          maxlength="${MAX_NOTE}"
          value="${note ?? ''}"
          placeholder="${note === undefined ? words.different : ''}"
          autocomplete="off"
        />
        <label class="box">
          <input type="checkbox" name="mute" value="yes" ${trustedHtml(isMuted ? 'checked' : '')} /> ${words.mute}
        </label>
        <p class="hint">${words.muteHint}</p>
        <div class="actions"><button type="submit">${words.save}</button></div>
      </form>
    </details>`
}

/** What the parts have in common, '' for nothing. Undefined when they differ. */
const common = (
  queues: readonly Failure[],
  of: (record: Failure['record']) => string | undefined,
): string | undefined => {
  const [value = '', ...others] = new Set(queues.map(({ record }) => of(record) ?? ''))
  return others.length === 0 ? value : undefined
}

/** A line for each thing that was noted. The tenant is named where a cause has several. */
function renderNoted(queues: readonly Failure[], language: Language): readonly Html[] {
  const words = texts[language]
  const lines = queues.flatMap(({ tenant: name, record: { assignee, note, mute } }) => {
    const facts = [
      ...(assignee === undefined ? [] : [words.assigned(assignee.to)]),
      ...(mute === undefined ? [] : [words.mutedBy(mute.by)]),
    ]
    if (facts.length === 0 && note === undefined) return []
    const tenant = queues.length > 1 ? html`<strong>${name}</strong> ` : undefined
    const noted = note && html` “${note.text}” <span class="soft">${note.by}, ${moment(note.at, language)}</span>`
    return html`<p class="tight noted">${tenant}${facts.join(' · ')}${noted}</p>`
  })
  return [...new Map(lines.map(line => [line.markup, line])).values()]
}

const assignee = z.string().max(200).default('')
const note = z.string().trim().max(MAX_NOTE).default('')
const mute = z.literal('yes').optional()
/** What the person gave, and what the page had shown before. Only what differs is written: meanwhile others may have noted something. */
const form = z
  .object({ assignee, note, mute, shownAssignee: assignee, shownNote: note, shownMute: mute })
  .transform(given => ({
    ...(given.assignee !== given.shownAssignee && { assignee: given.assignee }),
    ...(given.note !== given.shownNote && { note: given.note }),
    ...(given.mute !== given.shownMute && { isMuted: given.mute !== undefined }),
  }))

/** `/failures/care`: who takes care of a cause, a note about it, and whether its alerts rest. */
export const careForFailures = action({
  path: '/failures/care',
  back: '/failures',
  filters: failureFilters,
  async run(asked) {
    const { deps, user, language, now, request } = asked
    const given = form.safeParse(request.body).data
    const parts = await readParts(asked)
    const isKnown = (given?.assignee ?? '') === '' || deps.accounts.some(({ name }) => name === given?.assignee)
    if (given === undefined || !isKnown || parts.length === 0)
      return { status: 404, text: failureTexts[language].noQueue }
    for (const part of parts) await noteCause(deps, user, part, given, now)
    return '/failures'
  },
})
