import { bilingual, type Language, type Texts } from '@ponte/contracts'
import { counted } from '@ponte/runtime'
import { wordOf } from '../../ui/language.ts'

export const eventTexts = bilingual({
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
  notFailed: {
    en: 'The event is no longer failed: somebody may have retried it.',
    pt: 'O evento não está mais com falha: alguém pode tê-lo reenviado.',
  },
})

const states: Readonly<Record<string, Texts>> = {
  failed: { en: 'failed', pt: 'falhou' },
  completed: { en: 'done', pt: 'concluído' },
  active: { en: 'running', pt: 'em execução' },
  waiting: { en: 'in the queue', pt: 'na fila' },
  prioritized: { en: 'in the queue', pt: 'na fila' },
  delayed: { en: 'delayed', pt: 'adiado' },
}

/** A state of a job in BullMQ, in words. */
export const stateText = (state: string, language: Language): string => wordOf(states, state, language)

/** For a failed round of a mark that another round followed. */
export const failedRound: Texts = { en: 'Failed; another round followed', pt: 'Falhou; houve outra rodada' }
