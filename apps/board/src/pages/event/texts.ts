import {
  bilingual,
  codeOfReason,
  failureSentence,
  isFailureCode,
  type Language,
  renderMessage,
  type StoredText,
  textIn,
  type Texts,
} from '@ponte/contracts'
import { counted } from '@ponte/runtime'
import type { EndOfRun, EventDocument, EventStatus, PendingRound } from '@ponte/operations'
import { type Html, html } from '../../ui/html.ts'
import { wordOf } from '../../ui/language.ts'
import { eventText } from '../../ui/event-name.ts'
import { moment } from '../../ui/moment.ts'

type Outcome = Exclude<EndOfRun['outcome'], 'round' | 'next-round'>

export const eventTexts = bilingual({
  title: { en: 'Event history', pt: 'Histórico do evento' },
  key: { en: 'Key', pt: 'Chave' },
  showContact: { en: 'Show in full', pt: 'Mostrar por inteiro' },
  timeline: { en: 'What happened', pt: 'O que aconteceu' },
  received: { en: 'Received', pt: 'Recebido' },
  fromDelivery: { en: 'from the delivery that was in quarantine,', pt: 'da entrega que estava em quarentena,' },
  derived: { en: 'produced', pt: 'gerou' },
  duplicate: { en: 'Received again: a duplicate, no change', pt: 'Recebido outra vez: duplicado, sem alteração' },
  retriedBy: { en: (user: string) => `Retried by ${user}`, pt: user => `Reenviado por ${user}` },
  removedBy: { en: (user: string) => `Removed from the queue by ${user}`, pt: user => `Removido da fila por ${user}` },
  superseded: {
    en: 'Its failed job was removed: a later one stands for it',
    pt: 'O job com falha foi removido: outro, mais recente, o substitui',
  },
  editedBy: { en: (user: string) => `Edited by ${user}:`, pt: user => `Corrigido por ${user}:` },
  calls: {
    en: (calls: number) => counted('en', calls, 'technical line', 'technical lines'),
    pt: calls => counted('pt-BR', calls, 'linha técnica', 'linhas técnicas'),
  },
  times: { en: (times: number) => `(${times} times in a row)`, pt: times => `(${times} vezes seguidas)` },
  gone: {
    en: 'The event is no longer in the queue. Its history is kept for 30 days.',
    pt: 'O evento não está mais na fila. O histórico fica guardado por 30 dias.',
  },
  unknown: { en: 'Event not found (kept 30 days).', pt: 'Evento não encontrado ou com mais de 30 dias.' },
  followUpFailed: {
    en: (job: string) => `${job} failed and needs you`,
    pt: job => `${job} falhou e aguarda você`,
  },
  notFailed: {
    en: 'The event is no longer failed: somebody may have retried it.',
    pt: 'O evento não está mais com falha: alguém pode tê-lo reenviado.',
  },
})

const states: Readonly<Record<string, Texts>> = {
  failed: { en: 'failed', pt: 'falhou' },
  completed: { en: 'completed', pt: 'concluído' },
  active: { en: 'running', pt: 'em execução' },
  waiting: { en: 'in the queue', pt: 'na fila' },
  prioritized: { en: 'in the queue', pt: 'na fila' },
  delayed: { en: 'delayed', pt: 'adiado' },
}

/** A state of a job in BullMQ, in words. */
export const stateText = (state: string, language: Language): string => wordOf(states, state, language)

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

/** For a failed round of a mark that another round followed. */
export const failedRound: Texts = { en: 'Failed; another round followed', pt: 'Falhou; houve outra rodada' }

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

/** The status of an event, for its page and for lists. A failed job that follows the event stands beside it. */
export function renderEventStatus({ status, failed }: EventOutcome, language: Language): Html {
  if (failed?.isFollowUp !== true) return renderStatus(status, language)
  const job = eventText(failed.event, language)
  return html`${renderStatus(status, language)} · ${eventTexts[language].followUpFailed(job)}`
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
