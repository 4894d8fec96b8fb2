import type { TimelineRun } from '@ponte/state'
import type { PendingRound } from '../../queues/pending-round.ts'
import { type Html, html } from '../../ui/html.ts'
import { inLanguage } from '../../ui/in-language.ts'
import type { Language, Texts } from '../../ui/language.ts'
import { moment } from '../../ui/moment.ts'
import type { EventStatus } from './event-status.ts'

export const eventTexts = {
  'pt-BR': {
    title: 'Histórico do evento',
    key: 'Chave',
    showContact: 'Mostrar por inteiro',
    timeline: 'O que aconteceu',
    received: 'Recebido',
    fromDelivery: 'da entrega que estava em quarentena,',
    derived: 'gerou',
    duplicate: 'Recebido outra vez: duplicado, sem alteração',
    retriedBy: (user: string) => `Reenviado por ${user}`,
    removedBy: (user: string) => `Removido da fila por ${user}`,
    editedBy: (user: string) => `Corrigido por ${user}:`,
    times: (times: number) => `(${times} vezes seguidas)`,
    gone: 'O evento não está mais na fila. O histórico fica guardado por 30 dias.',
    unknown: 'Evento não encontrado ou com mais de 30 dias.',
    notFailed: 'O evento não está mais com falha: alguém pode tê-lo reenviado.',
    states: {
      failed: 'com falha',
      completed: 'concluído',
      active: 'em execução',
      waiting: 'na fila',
      prioritized: 'na fila',
      delayed: 'adiado',
    } as Readonly<Record<string, string>>,
  },
  en: {
    title: 'Event history',
    key: 'Key',
    showContact: 'Show in full',
    timeline: 'What happened',
    received: 'Received',
    fromDelivery: 'from the delivery that was in quarantine,',
    derived: 'produced',
    duplicate: 'Received again: a duplicate, no change',
    retriedBy: (user: string) => `Retried by ${user}`,
    removedBy: (user: string) => `Removed from the queue by ${user}`,
    editedBy: (user: string) => `Edited by ${user}:`,
    times: (times: number) => `(${times} times in a row)`,
    gone: 'The event is no longer in the queue. Its history is kept for 30 days.',
    unknown: 'Event not found (kept 30 days).',
    notFailed: 'The event is no longer failed: somebody may have retried it.',
    states: {
      failed: 'failed',
      completed: 'completed',
      active: 'running',
      waiting: 'in the queue',
      prioritized: 'in the queue',
      delayed: 'delayed',
    } as Readonly<Record<string, string>>,
  },
} satisfies Record<Language, unknown>

const outcomes: Readonly<Record<string, Texts>> = {
  done: { 'pt-BR': 'Concluído', en: 'Done' },
  skipped: { 'pt-BR': 'Sem alteração', en: 'No change' },
  retrying: { 'pt-BR': 'Falhou; nova tentativa em breve', en: 'Failed; next attempt soon' },
  delayed: { 'pt-BR': 'Adiado, sem gastar tentativa', en: 'Delayed, no attempt spent' },
  failed: { 'pt-BR': 'Falha definitiva', en: 'Failed permanently' },
} satisfies Record<TimelineRun['outcome'], Texts>

export const outcomeText = (outcome: TimelineRun['outcome'], language: Language): string =>
  outcomes[outcome]?.[language] ?? outcome

/** Green and red say that something was done or went wrong; that nothing changed is neither. */
const tones: Readonly<Record<string, string>> = {
  done: 'good',
  failed: 'bad',
  round: 'warn',
  retrying: 'warn',
  delayed: 'warn',
} satisfies Partial<Record<TimelineRun['outcome'] | EventStatus['kind'], string>>
const tone = (kind: string): string => tones[kind] ?? 'soft'

export const outcomeTone = (outcome: TimelineRun['outcome']): string => tone(outcome)
export const statusTone = ({ kind }: EventStatus): string => tone(kind)

/** Of a round of a mark that another one followed. */
export const failedRound: Texts = { 'pt-BR': 'Falhou; houve outra rodada', en: 'Failed; another round followed' }

const statuses: Record<'queued' | 'running' | 'removed' | 'gone' | 'delayed', Texts> = {
  queued: { 'pt-BR': 'Na fila', en: 'In the queue' },
  running: { 'pt-BR': 'Em execução', en: 'Running' },
  removed: { 'pt-BR': 'Removido da fila', en: 'Removed from the queue' },
  gone: { 'pt-BR': 'Não está mais na fila', en: 'No longer in the queue' },
  delayed: { 'pt-BR': 'Adiado', en: 'Delayed' },
}
const until: Texts = { 'pt-BR': 'até', en: 'until' }

/** The status of an event, for its page and for lists. */
export function renderEventStatus(status: EventStatus, language: Language): Html {
  if (status.kind === 'round') return renderRound(status, language)
  if (status.kind === 'done' || status.kind === 'skipped' || status.kind === 'failed')
    return html`${outcomeText(status.kind, language)}`
  if (status.kind !== 'delayed') return html`${statuses[status.kind][language]}`
  const time = status.until === undefined ? undefined : html` ${until[language]} ${moment(status.until, language)}`
  const reason = status.reason === undefined ? '' : `: ${inLanguage(status.reason, language)}`
  return html`${statuses.delayed[language]}${time}${reason}`
}

/** Of a mark whose last round failed and that Ponte retries by itself. Before the first round that a person asked for, none of them has. */
export function renderRound({ round, rounds, nextAt }: PendingRound, language: Language): Html {
  if (round === 0)
    return language === 'en'
      ? html`Asked for again; first round at ${moment(nextAt, language)}`
      : html`Pedido de novo; primeira rodada em ${moment(nextAt, language)}`
  return language === 'en'
    ? html`Round ${round} of ${rounds} failed; next at ${moment(nextAt, language)}`
    : html`Rodada ${round} de ${rounds} falhou; próxima em ${moment(nextAt, language)}`
}
