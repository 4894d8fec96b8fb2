import { bilingual } from '@ponte/contracts'

export const failureTexts = bilingual({
  none: {
    en: 'No failures. Everything that arrived was delivered or is in its queue.',
    pt: 'Nenhuma falha. Tudo o que chegou foi entregue ou está na fila.',
  },
  noneOfThese: { en: 'No failures with these filters.', pt: 'Nenhuma falha com esses filtros.' },
  noLonger: {
    en: 'These events are no longer failed: somebody has retried or removed them.',
    pt: 'Esses eventos já não estão em falha: alguém os reenviou ou removeu.',
  },
  retryAll: {
    en: (count: string, isOne: boolean) => (isOne ? 'Retry' : `Retry all ${count}`),
    pt: (count, isOne) => (isOne ? 'Reenviar' : `Reenviar todos os ${count}`),
  },
  retryOf: {
    en: (count: string, tenant: string) => `Retry ${count} of ${tenant}`,
    pt: (count, tenant) => `Reenviar ${count} de ${tenant}`,
  },
  byTenant: { en: 'By tenant', pt: 'Por empresa' },
  tryOne: { en: 'Test one first', pt: 'Testar um primeiro' },
  tryOnePerTenant: { en: 'Test one per tenant', pt: 'Testar um por empresa' },
  tryEach: { en: 'Test one of each cause', pt: 'Testar um de cada causa' },
  retries: { en: 'Retries', pt: 'Reenvios' },
  failedAt: { en: 'Failed at', pt: 'Falhou em' },
  actions: { en: 'Actions', pt: 'Ações' },
  sure: { en: (count: string) => `Retry ${count} events?`, pt: count => `Reenviar ${count} eventos?` },
  sureText: {
    en: 'If the cause is not fixed, all of them will fail again.',
    pt: 'Se a causa não foi corrigida, todos falharão outra vez.',
  },
  cancel: { en: 'Cancel', pt: 'Cancelar' },
  noQueue: { en: 'There is no such queue.', pt: 'Esta fila não existe.' },
  noCode: { en: 'There is no such error code.', pt: 'Este código de erro não existe.' },
  pending: {
    en: (count: string) => `Ponte retries ${count} automatically`,
    pt: count => `o Ponte reenvia ${count} automaticamente`,
  },
  pendingOfMany: { en: 'Ponte retries some of them automatically', pt: 'o Ponte reenvia alguns automaticamente' },
})
