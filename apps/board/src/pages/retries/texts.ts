import { bilingual } from '@ponte/contracts'

export const retryTexts = bilingual({
  intro: {
    en: 'What became of events that were retried together.',
    pt: 'O que aconteceu com os eventos que foram reenviados juntos.',
  },
  none: {
    en: 'Nobody has retried events yet. The buttons are on Failures.',
    pt: 'Ninguém reenviou eventos ainda. Os botões ficam em Falhas.',
  },
  trial: { en: 'Test', pt: 'Teste' },
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
  fixed: { en: 'The test passed.', pt: 'O teste passou.' },
  partlyFixed: { en: 'These causes passed the test:', pt: 'Estas causas passaram no teste:' },
  retryOthers: {
    en: (count: string, isOne: boolean) => (isOne ? 'Retry the other one' : `Retry the other ${count}`),
    pt: (count, isOne) => (isOne ? 'Reenviar o outro' : `Reenviar os outros ${count}`),
  },
  all: { en: 'All retries', pt: 'Todos os reenvios' },
})
