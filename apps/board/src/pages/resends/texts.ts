import { bilingual } from '@ponte/contracts'

const one = (count: number, single: string, several: string): ((text: string) => string) => {
  const words = count === 1 ? single : several
  return text => `${text} ${words}`
}

export const resendTexts = bilingual({
  title: { en: 'Retries', pt: 'Reenvios' },
  intro: {
    en: 'What became of events that were retried together.',
    pt: 'O que aconteceu com os eventos que foram reenviados juntos.',
  },
  none: {
    en: 'Nobody has retried events yet. The buttons are on Failures.',
    pt: 'Ninguém reenviou eventos ainda. Os botões ficam em Falhas.',
  },
  asked: { en: (count: number) => one(count, 'event', 'events'), pt: count => one(count, 'evento', 'eventos') },
  trial: { en: 'Try', pt: 'Teste' },
  outcomes: {
    en: {
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
    pt: {
      done: count => one(count, 'entregue', 'entregues'),
      read: count => one(count, 'lido e posto na fila', 'lidos e postos na fila'),
      skipped: count => one(count, 'sem alteração', 'sem alteração'),
      failed: count => one(count, 'falhou de novo', 'falharam de novo'),
      underWay: count => one(count, 'em andamento', 'em andamento'),
      left: count => one(count, 'já não estava em falha', 'já não estavam em falha'),
      gone: count => one(count, 'removido da fila', 'removidos da fila'),
      toSend: count => one(count, 'a reenviar', 'a reenviar'),
      unsent: count => one(count, 'não reenviado', 'não reenviados'),
    },
  },
  progress: { en: 'Events that have ended', pt: 'Eventos concluídos' },
  stopped: {
    en: 'This stopped before its end. What was not retried is still in Failures.',
    pt: 'O reenvio parou antes do fim. O que não foi reenviado continua em Falhas.',
  },
  waits: {
    en: 'What is under way continues by itself; this page updates.',
    pt: 'O que está em andamento segue sozinho; esta página se atualiza.',
  },
  toWaiting: { en: 'See why they wait', pt: 'Ver por que esperam' },
  why: { en: 'Why they failed again', pt: 'Por que falharam de novo' },
  cause: { en: 'Cause', pt: 'Causa' },
  result: { en: 'Result', pt: 'Resultado' },
  any: { en: 'all failures of the queue', pt: 'todas as falhas da fila' },
  several: { en: (count: number) => `${count} causes`, pt: count => `${count} causas` },
  unknown: {
    en: 'There is no such record, it is older than 400 days, or it belongs to another tenant.',
    pt: 'Esse reenvio não existe, tem mais de 400 dias ou é de outra empresa.',
  },
  fixed: { en: 'The try passed.', pt: 'O teste passou.' },
  all: { en: 'All retries', pt: 'Todos os reenvios' },
})
