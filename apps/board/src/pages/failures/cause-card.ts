import { failureSentence, isFailureCode, type ReasonCode, failures, systemNames } from '@ponte/contracts'
import type { User } from '../../auth/credentials.ts'
import { type BoardDeps, queueNameOf } from '../../board-deps.ts'
import { commonTexts, queueLabel } from '../../ui/common-texts.ts'
import { hiddenFields, type Html, html } from '../../ui/html.ts'
import { inLanguage } from '../../ui/in-language.ts'
import type { Language } from '../../ui/language.ts'
import { ago } from '../../ui/moment.ts'
import { whatToDo } from '../error-codes/documents.ts'
import { type Cause, MOST_CHARACTERS, type VendorMessage } from './reader.ts'
import { failureTexts } from './texts.ts'
import { queueAddress } from '../../bull-board/addresses.ts'

export interface CauseView {
  readonly deps: BoardDeps
  readonly language: Language
  readonly user: User | undefined
  readonly now: number
}

/** A cause with what the other system answered, masked. */
export interface ShownCause extends Cause {
  readonly vendorMessages: readonly VendorMessage[]
}

export const codeSentence = (code: ReasonCode, language: Language): string =>
  isFailureCode(code) ? failureSentence(code, language) : failureTexts[language].other

/** One card of the failures page: what happened, how often and since when, what to do, and the button that retries all. */
export function renderCause(
  { queueRef, code, count, first, last, details, pending, vendorMessages }: ShownCause,
  { deps, language, user, now }: CauseView,
): Html {
  const words = failureTexts[language]
  const common = commonTexts[language]
  const { name } = queueRef.tenant
  const id = `cause-${name}-${queueRef.kind}-${code}`
  const remedy = isFailureCode(code) ? whatToDo(deps.documents, code, language) : undefined
  const times =
    count === 1 ? ago(last, language, now) : words.between(ago(first, language, now), ago(last, language, now))
  const retry =
    user?.role === 'operator'
      ? html`<form method="post" action="/failures/retry">
          ${hiddenFields({ tenant: name, kind: queueRef.kind, code })}
          <button type="submit" aria-describedby="${id}">${words.retryAll(count)}</button>
        </form>`
      : undefined
  return html`<section class="card" aria-labelledby="${id}">
    <h2 id="${id}"><code>${code}</code></h2>
    <p class="tight">${codeSentence(code, language)}</p>
    ${details.map(detail => html`<p class="tight"><code>${inLanguage(detail, language).slice(0, MOST_CHARACTERS)}</code></p>`)}
    ${vendorMessages.length === 0 ? undefined : renderVendorMessages(vendorMessages, code, language)}
    <p class="tight soft">
      <strong>${words.count(count)}</strong>${pending === 0 ? '' : ` (${words.pending(pending)})`} · ${words.tenant}
      <strong>${name}</strong> · ${words.queue} ${queueLabel(queueRef.kind, language)} · ${times}
    </p>
    ${
      remedy &&
      html`<details open>
        <summary>${common.whatToDo}</summary>
        <div>${remedy}</div>
      </details>`
    }
    <div class="actions">
      ${retry} <a href="/failures/${name}/${queueRef.kind}/${code}">${words.show}</a>
      <a href="${queueAddress(queueNameOf(queueRef), { status: 'failed' })}">${common.viewInQueue}</a>
      ${isFailureCode(code) ? html`<a href="/error-codes/${code}">${words.about}</a>` : undefined}
    </div>
  </section>`
}

function renderVendorMessages(messages: readonly VendorMessage[], code: ReasonCode, language: Language): Html {
  const system = isFailureCode(code) ? failures[code].system : undefined
  return html`<p class="tight">${failureTexts[language].response(system && systemNames[system])}</p>
    <ul class="tight">
      ${messages.map(({ text, times }) => html`<li><q>${text}</q>${times === 1 ? '' : ` (${times}×)`}</li>`)}
    </ul>`
}
