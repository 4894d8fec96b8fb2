import type { TimelineRun } from '@ponte/state'
import type { EventStatus } from './event-status.ts'
import { type Html, html } from '../../ui/html.ts'
import { inLanguage } from '../../ui/in-language.ts'
import type { Language, Texts } from '../../ui/language.ts'
import { moment } from '../../ui/moment.ts'
import type { PendingRound } from '../../queues/pending-round.ts'

/** The words of the page of an event. */
export const eventTexts = {
  'pt-BR': {
    title: 'História do evento',
    event: 'Evento',
    key: 'Chave',
    who: 'De quem',
    state: 'Situação',
    story: 'O que aconteceu',
    received: 'Recebido',
    fromDelivery: 'da entrega que estava em quarentena,',
    became: 'virou',
    duplicate: 'Recebido de novo: repetição, nada a fazer',
    retriedBy: (user: string) => `${user} mandou tentar de novo`,
    removedBy: (user: string) => `${user} removeu da fila`,
    editedBy: (user: string) => `${user} corrigiu:`,
    times: (times: number) => `(${times} vezes seguidas)`,
    gone: 'O evento não está mais na fila; isto é o que o Ponte lembra dele.',
    unknown: 'O Ponte não lembra esse evento: nunca chegou, ou passaram-se mais de 30 dias.',
    notFailed: 'O evento já não está com falha: alguém pode tê-lo mandado tentar de novo.',
    back: '← Causas',
    retry: 'Tentar de novo',
    edit: 'Corrigir e reenviar',
    whatToDo: 'O que fazer',
    onBoard: 'Abrir no painel',
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
    title: 'Story of the event',
    event: 'Event',
    key: 'Key',
    who: 'Of whom',
    state: 'State',
    story: 'What happened',
    received: 'Received',
    fromDelivery: 'from the delivery that was in quarantine,',
    became: 'became',
    duplicate: 'Received again: a repeat, nothing to do',
    retriedBy: (user: string) => `${user} had it retried`,
    removedBy: (user: string) => `${user} removed it from the queue`,
    editedBy: (user: string) => `${user} corrected:`,
    times: (times: number) => `(${times} times in a row)`,
    gone: 'The event is no longer in the queue; this is what Ponte remembers of it.',
    unknown: 'Ponte remembers no such event: it never came, or more than 30 days have passed.',
    notFailed: 'The event is no longer failed: somebody may have had it retried.',
    back: '← Causes',
    retry: 'Retry',
    edit: 'Edit and retry',
    whatToDo: 'What to do',
    onBoard: 'Open on the board',
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

const outcomes: Record<TimelineRun['outcome'], Texts> = {
  done: { 'pt-BR': 'Feito', en: 'Done' },
  skipped: { 'pt-BR': 'Nada a fazer', en: 'Nothing to do' },
  retrying: { 'pt-BR': 'Falhou; nova tentativa em breve', en: 'Failed; will be tried again' },
  postponed: { 'pt-BR': 'Adiado, sem gastar tentativa', en: 'Postponed, no attempt spent' },
  failed: { 'pt-BR': 'Falhou de vez', en: 'Failed for good' },
}

export const outcomeText = (outcome: TimelineRun['outcome'], language: Language): string => outcomes[outcome][language]

/** Of a round of a mark that another one followed. */
export const failedRound: Texts = { 'pt-BR': 'Falhou; houve outra rodada', en: 'Failed; another round followed' }

const fates: Record<'queued' | 'running' | 'removed' | 'gone' | 'delayed', Texts> = {
  queued: { 'pt-BR': 'Na fila', en: 'In the queue' },
  running: { 'pt-BR': 'Em execução', en: 'Running' },
  removed: { 'pt-BR': 'Removido da fila', en: 'Removed from the queue' },
  gone: { 'pt-BR': 'Não está mais na fila', en: 'No longer in the queue' },
  delayed: { 'pt-BR': 'Adiado', en: 'Delayed' },
}
const until: Texts = { 'pt-BR': 'até', en: 'until' }

/** What has become of an event, for its page and for lists. */
export function renderEventStatus(status: EventStatus, language: Language): Html {
  if (status.kind === 'round') return renderRound(status, language)
  if (status.kind === 'done' || status.kind === 'skipped' || status.kind === 'failed')
    return html`${outcomeText(status.kind, language)}`
  if (status.kind !== 'delayed') return html`${fates[status.kind][language]}`
  const time = status.until === undefined ? undefined : html` ${until[language]} ${moment(status.until, language)}`
  const why = status.why === undefined ? '' : `: ${inLanguage(status.why, language)}`
  return html`${fates.delayed[language]}${time}${why}`
}

/** Of a mark whose last try failed and that Ponte tries again by itself. */
export const renderRound = ({ round, rounds, nextAt }: PendingRound, language: Language): Html =>
  language === 'en'
    ? html`Round ${round} of ${rounds} failed, the next at ${moment(nextAt, language)}`
    : html`Falhou a rodada ${round} de ${rounds}, a próxima em ${moment(nextAt, language)}`
