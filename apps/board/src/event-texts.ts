import type { StoryRun } from '@ponte/state'
import type { Language } from './language.ts'

/** The words of the page of an event. */
export const eventTexts = {
  'pt-BR': {
    title: 'História do evento',
    event: 'Evento',
    key: 'Chave',
    who: 'De quem',
    story: 'O que aconteceu',
    received: 'Recebido',
    fromDelivery: 'da entrega que estava em quarentena,',
    became: 'virou',
    duplicate: 'Recebido de novo: repetição, nada a fazer',
    retriedBy: (who: string) => `${who} mandou tentar de novo`,
    removedBy: (who: string) => `${who} removeu da fila`,
    editedBy: (who: string) => `${who} corrigiu:`,
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
    story: 'What happened',
    received: 'Received',
    fromDelivery: 'from the delivery that was in quarantine,',
    became: 'became',
    duplicate: 'Received again: a repeat, nothing to do',
    retriedBy: (who: string) => `${who} had it retried`,
    removedBy: (who: string) => `${who} removed it from the queue`,
    editedBy: (who: string) => `${who} corrected:`,
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

const outcomes: Record<StoryRun['outcome'], Record<Language, string>> = {
  done: { 'pt-BR': 'Feito', en: 'Done' },
  skipped: { 'pt-BR': 'Nada a fazer', en: 'Nothing to do' },
  retrying: { 'pt-BR': 'Falhou; nova tentativa em breve', en: 'Failed; will be tried again' },
  postponed: { 'pt-BR': 'Adiado, sem gastar tentativa', en: 'Postponed, no attempt spent' },
  failed: { 'pt-BR': 'Falhou de vez', en: 'Failed for good' },
}

export const outcomeText = (outcome: StoryRun['outcome'], language: Language): string => outcomes[outcome][language]
