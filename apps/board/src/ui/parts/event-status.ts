import {
  codeOfReason,
  failureSentence,
  isFailureCode,
  type Language,
  renderMessage,
  type StoredText,
  textIn,
  type Texts,
} from '@ponte/contracts'
import type { EndOfRun, EventDocument, EventStatus, PendingRound } from '@ponte/operations'
import { eventText } from '../common-texts.ts'
import { type Html, html } from '../html.ts'
import { wordOf } from '../language.ts'
import { moment } from '../moment.ts'

type Outcome = Exclude<EndOfRun['outcome'], 'round' | 'next-round'>

const outcomes: Readonly<Record<string, Texts>> = {
  done: { en: 'Done', pt: 'Concluído' },
  skipped: { en: 'No change', pt: 'Sem alteração' },
  retrying: { en: 'Failed; next attempt soon', pt: 'Falhou; nova tentativa em breve' },
  delayed: { en: 'Delayed, no attempt spent', pt: 'Adiado, sem gastar tentativa' },
  failed: { en: 'Failed', pt: 'Falhou' },
} satisfies Record<Outcome, Texts>

export const outcomeText = (outcome: Outcome, language: Language): string => wordOf(outcomes, outcome, language)

/** Green says that something was done, red that it went wrong. “No change” is neither. */
const tones: Readonly<Record<string, string>> = {
  done: 'good',
  failed: 'bad',
  round: 'warn',
  retrying: 'warn',
  delayed: 'warn',
} satisfies Partial<Record<Outcome | EventStatus['kind'], string>>
const tone = (kind: string): string => tones[kind] ?? 'soft'

export const outcomeTone = (outcome: Outcome): string => tone(outcome)
export const statusTone = ({ status, failed }: EventOutcome): string =>
  failed?.isFollowUp === true ? tone('failed') : tone(status.kind)

const statuses: Record<'queued' | 'running' | 'removed' | 'gone' | 'delayed' | 'failed', Texts> = {
  queued: { en: 'In the queue', pt: 'Na fila' },
  running: { en: 'Running', pt: 'Em execução' },
  removed: { en: 'Removed from the queue', pt: 'Removido da fila' },
  gone: { en: 'No longer in the queue', pt: 'Não está mais na fila' },
  delayed: { en: 'Delayed', pt: 'Adiado' },
  failed: { en: 'Failed: needs you', pt: 'Falhou: aguarda você' },
}
const until: Texts = { en: 'until', pt: 'até' }

/** Why an event waits, in a sentence. The code and what the other system answered stand in the timeline. */
export function delayReason(reason: StoredText, language: Language): string {
  const text = renderMessage(reason, language)
  const code = codeOfReason(text)
  return isFailureCode(code) ? failureSentence(code, language) : text
}

type EventOutcome = Pick<EventDocument, 'status' | 'failed'>

const followUpFailed: Readonly<Record<Language, (job: string) => string>> = {
  en: job => `${job} failed and needs you`,
  'pt-BR': job => `${job} falhou e aguarda você`,
}

/** The status of an event, for its page and for lists. A failed job that follows the event stands beside it. */
export function renderEventStatus({ status, failed }: EventOutcome, language: Language): Html {
  if (failed?.isFollowUp !== true) return renderStatus(status, language)
  return html`${renderStatus(status, language)} · ${followUpFailed[language](eventText(failed.event, language))}`
}

function renderStatus(status: EventStatus, language: Language): Html {
  if (status.kind === 'round') return renderRound(status, language)
  if (status.kind === 'done' || status.kind === 'skipped') return html`${outcomeText(status.kind, language)}`
  if (status.kind !== 'delayed') return html`${textIn(statuses[status.kind], language)}`
  const time =
    status.until === undefined ? undefined : html` ${textIn(until, language)} ${moment(status.until, language)}`
  const reason = status.reason === undefined ? '' : `: ${delayReason(status.reason, language)}`
  return html`${textIn(statuses.delayed, language)}${time}${reason}`
}

/** For a mark whose last round failed and that Ponte retries by itself. After a person asked for it again, no round has failed yet. */
export function renderRound({ round, rounds, nextAt }: PendingRound, language: Language): Html {
  if (round === 0)
    return language === 'en'
      ? html`Asked for again; first round at ${moment(nextAt, language)}`
      : html`Pedido de novo; primeira rodada em ${moment(nextAt, language)}`
  return language === 'en'
    ? html`Round ${round} of ${rounds} failed; next at ${moment(nextAt, language)}`
    : html`Rodada ${round} de ${rounds} falhou; próxima em ${moment(nextAt, language)}`
}
