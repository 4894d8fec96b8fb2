import type { Language } from '../../ui/language.ts'

const one = (count: number, single: string, several: string): ((text: string) => string) => {
  const words = count === 1 ? single : several
  return text => `${text} ${words}`
}

export const resendTexts = {
  'pt-BR': {
    title: 'Reenvios',
    intro: 'O que aconteceu com os eventos que foram reenviados juntos.',
    none: 'Ninguém reenviou eventos ainda. Os botões ficam em Falhas.',
    asked: (count: number) => one(count, 'evento', 'eventos'),
    trial: 'Teste',
    outcomes: {
      done: (count: number) => one(count, 'entregue', 'entregues'),
      read: (count: number) => one(count, 'lido e posto na fila', 'lidos e postos na fila'),
      skipped: (count: number) => one(count, 'sem alteração', 'sem alteração'),
      failed: (count: number) => one(count, 'falhou de novo', 'falharam de novo'),
      underWay: (count: number) => one(count, 'em andamento', 'em andamento'),
      left: (count: number) => one(count, 'já não estava em falha', 'já não estavam em falha'),
      gone: (count: number) => one(count, 'removido da fila', 'removidos da fila'),
      toSend: (count: number) => one(count, 'a reenviar', 'a reenviar'),
      unsent: (count: number) => one(count, 'não reenviado', 'não reenviados'),
    },
    progress: 'Eventos concluídos',
    stopped: 'O reenvio parou antes do fim. O que não foi reenviado continua em Falhas.',
    waits: 'O que está em andamento segue sozinho; esta página se atualiza.',
    toWaiting: 'Ver por que esperam',
    why: 'Por que falharam de novo',
    cause: 'Causa',
    result: 'Resultado',
    any: 'todas as falhas da fila',
    several: (count: number) => `${count} causas`,
    unknown: 'Esse reenvio não existe, tem mais de 400 dias ou é de outra empresa.',
    fixed: 'O teste passou.',
    all: 'Todos os reenvios',
  },
  en: {
    title: 'Retries',
    intro: 'What became of events that were retried together.',
    none: 'Nobody has retried events yet. The buttons are on Failures.',
    asked: (count: number) => one(count, 'event', 'events'),
    trial: 'Try',
    outcomes: {
      done: (count: number) => one(count, 'delivered', 'delivered'),
      read: (count: number) => one(count, 'read and queued', 'read and queued'),
      skipped: (count: number) => one(count, 'unchanged', 'unchanged'),
      failed: (count: number) => one(count, 'failed again', 'failed again'),
      underWay: (count: number) => one(count, 'under way', 'under way'),
      left: (count: number) => one(count, 'was no longer failed', 'were no longer failed'),
      gone: (count: number) => one(count, 'removed from the queue', 'removed from the queue'),
      toSend: (count: number) => one(count, 'to be retried', 'to be retried'),
      unsent: (count: number) => one(count, 'not retried', 'not retried'),
    },
    progress: 'Events that have ended',
    stopped: 'This stopped before its end. What was not retried is still in Failures.',
    waits: 'What is under way continues by itself; this page updates.',
    toWaiting: 'See why they wait',
    why: 'Why they failed again',
    cause: 'Cause',
    result: 'Result',
    any: 'all failures of the queue',
    several: (count: number) => `${count} causes`,
    unknown: 'There is no such record, it is older than 400 days, or it belongs to another tenant.',
    fixed: 'The try passed.',
    all: 'All retries',
  },
} satisfies Record<Language, unknown>
