import { bilingual, type Language } from '@ponte/contracts'
import { SHOWN_OF_CAUSE, maySee, type User, operators } from '@ponte/operations'
import { type CauseRecord, createCauseRecords, LONGEST_NOTE } from '@ponte/state'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { hiddenFields, type Html, html, trustedHtml } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { moment } from '../../ui/moment.ts'
import { sendNotice } from '../../ui/page.ts'
import type { Cause } from './causes.ts'
import { type FailurePart, partFields, readParts } from './parts.ts'
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

/** What people noted about one part of a cause: what fails in one queue. */
export interface CareOfPart {
  readonly part: FailurePart
  readonly record: CauseRecord
}

/** What operators noted about causes, by code. */
export async function readCares(
  { redis }: Pick<BoardDeps, 'redis'>,
  causes: readonly Cause[],
): Promise<ReadonlyMap<string, readonly CareOfPart[]>> {
  const read = causes.map(async ({ code, queues }) => {
    const cares = queues.map(async ({ queueRef }) => {
      const records = createCauseRecords(redis, queueRef.tenant.name)
      return { part: { queueRef, code }, record: await records.read({ queue: queueRef.kind, code }) }
    })
    return [code, await Promise.all(cares)] as const
  })
  return new Map(await Promise.all(read))
}

/** Stands for several assignees. No account can be called so: a login ends a name at its colon. */
const DIFFERENT = ':different'

interface CareView {
  readonly language: Language
  /** Who can be asked to take care of a cause. */
  readonly accounts: readonly User[]
}

/** What people noted, and the form that changes it for all parts of the cause. */
export function renderCare(cares: readonly CareOfPart[], { language, accounts }: CareView): Html {
  const words = texts[language]
  const assignee = common(cares, ({ assignee: one }) => one?.to) ?? DIFFERENT
  const note = common(cares, ({ note: one }) => one?.text)
  const isMuted = cares.every(({ record }) => record.mute !== undefined)
  const { code } = cares[0]?.part ?? { code: '' }
  const mine = accounts.filter(
    account => account.role === 'operator' && cares.every(({ part }) => maySee(account, part.queueRef.tenant.name)),
  )
  // What is shown may be something that can be chosen no longer.
  const choices = new Map([
    [assignee, assignee === DIFFERENT ? words.different : assignee],
    ['', words.nobody],
  ])
  for (const { name } of mine) choices.set(name, name)
  return html`${renderNoted(cares, language)}
    <details class="care">
      <summary>${words.care}</summary>
      <form method="post" action="/failures/care">
        ${partFields(cares.map(({ part }) => part))}
        ${hiddenFields({ shownAssignee: assignee, shownNote: note ?? '', ...(isMuted && { shownMute: 'yes' }) })}
        <label for="assignee-${code}">${words.assignee}</label>
        <select id="assignee-${code}" name="assignee">
          ${[...choices].map(
            ([value, text]) =>
              html`<option value="${value}" ${trustedHtml(value === assignee ? 'selected' : '')}>${text}</option>`,
          )}
        </select>
        <label for="note-${code}">${words.note}</label>
        <input
          id="note-${code}"
          name="note"
          maxlength="${LONGEST_NOTE}"
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
const common = (cares: readonly CareOfPart[], of: (record: CauseRecord) => string | undefined): string | undefined => {
  const [value = '', ...others] = new Set(cares.map(({ record }) => of(record) ?? ''))
  return others.length === 0 ? value : undefined
}

/** A line for each thing that was noted. The tenant is named where a cause has several. */
function renderNoted(cares: readonly CareOfPart[], language: Language): readonly Html[] {
  const words = texts[language]
  const lines = cares.flatMap(({ part, record: { assignee, note, mute } }) => {
    const facts = [
      ...(assignee === undefined ? [] : [words.assigned(assignee.to)]),
      ...(mute === undefined ? [] : [words.mutedBy(mute.by)]),
    ]
    if (facts.length === 0 && note === undefined) return []
    const tenant = cares.length > 1 ? html`<strong>${part.queueRef.tenant.name}</strong> ` : undefined
    const noted = note && html` “${note.text}” <span class="soft">${note.by}, ${moment(note.at, language)}</span>`
    return html`<p class="tight noted">${tenant}${facts.join(' · ')}${noted}</p>`
  })
  return [...new Map(lines.map(line => [line.markup, line])).values()]
}

const assignee = z.string().max(200).default('')
const note = z.string().trim().max(LONGEST_NOTE).default('')
const mute = z.literal('yes').optional()
/** What the person gave, and what the page had shown before. Only what differs is written: meanwhile others may have noted something. */
const form = z
  .object({ assignee, note, mute, shownAssignee: assignee, shownNote: note, shownMute: mute })
  .transform(given => ({
    ...(given.assignee !== given.shownAssignee && { assignee: given.assignee }),
    ...(given.note !== given.shownNote && { note: given.note }),
    ...(given.mute !== given.shownMute && { isMuted: given.mute !== undefined }),
  }))

/** `/failures/care`, for operators: who takes care of a cause, a note about it, and whether its alerts rest. */
export function addCauseCare(app: FastifyInstance, all: BoardDeps): void {
  app.get('/failures/care', async (_request, reply) => reply.redirect('/failures', 303))

  app.post('/failures/care', { config: { roles: operators } }, async (request, reply) => {
    const language = languageOf(request)
    const { user } = request
    const deps = depsFor(all, user)
    const given = form.safeParse(request.body).data
    const { parts } = await readParts(deps, request.body)
    const known = (given?.assignee ?? '') === '' || all.accounts.some(({ name }) => name === given?.assignee)
    if (user === undefined || given === undefined || !known || parts.length === 0) {
      const { title, noQueue: text } = failureTexts[language]
      return sendNotice(reply.code(404), { language, title, text })
    }
    const stamp = { by: user.name, at: Date.now() }
    for (const { queueRef, code, count, counts, choice } of parts) {
      const jobs = await all.failedJobs.newest(queueRef, counts, { ...choice, most: SHOWN_OF_CAUSE })
      const [newest] = jobs
      if (newest === undefined) continue
      const tenant = queueRef.tenant.name
      const records = createCauseRecords(all.redis, tenant)
      const of = { queue: queueRef.kind, code }
      const before = await records.read(of)
      const write = async (name: keyof CauseRecord, value: CauseRecord[keyof CauseRecord], detail?: string) => {
        const action = value === undefined ? `un${name}` : name
        await all.audit.write({
          ...{ user: user.name, action, tenant, queue: queueRef.kind, code, outcome: 'done' },
          ...(detail !== undefined && { detail }),
        })
        await records.change(of, name, { value, failedAt: newest.failedAt })
      }
      const { assignee, note, isMuted } = given
      if (assignee !== undefined && assignee !== (before.assignee?.to ?? ''))
        await write('assignee', assignee === '' ? undefined : { to: assignee, ...stamp }, assignee || undefined)
      if (note !== undefined && note !== (before.note?.text ?? ''))
        await write('note', note === '' ? undefined : { text: note, ...stamp })
      if (isMuted === false && before.mute !== undefined) await write('mute', undefined)
      if (isMuted === true && before.mute === undefined) {
        const shapes = await all.vendorAnswers.shapesOf({ queue: queueRef.queue, jobs }, user)
        await write('mute', { ...stamp, count, shapes: [...shapes] })
      }
    }
    return reply.redirect('/failures', 303)
  })
}
