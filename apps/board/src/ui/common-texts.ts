import { bilingual, type Language } from '@ponte/contracts'
import { counted, type QueueKind } from '@ponte/runtime'

export { queueLabel } from '@ponte/runtime'

/** Words that are on several pages, so that one thing has one name on all of them. */
export const commonTexts = bilingual({
  tenant: { en: 'Tenant', pt: 'Empresa' },
  event: { en: 'Event', pt: 'Evento' },
  contact: { en: 'Contact', pt: 'Contato' },
  source: { en: 'Source', pt: 'Origem' },
  status: { en: 'Status', pt: 'Situação' },
  when: { en: 'When', pt: 'Quando' },
  user: { en: 'User', pt: 'Quem' },
  retry: { en: 'Retry', pt: 'Reenviar' },
  edit: { en: 'Edit and retry', pt: 'Corrigir e reenviar' },
  viewInQueue: { en: 'View in queue', pt: 'Ver na fila' },
  whatToDo: { en: 'What to do', pt: 'O que fazer' },
  search: { en: 'Search', pt: 'Buscar' },
  newest: { en: '← Newest', pt: '← Os mais novos' },
  newer: { en: '← Newer', pt: '← Mais novos' },
  older: { en: 'Older →', pt: 'Mais antigos →' },
  toEvents: { en: '← Events', pt: '← Eventos' },
  toFailures: { en: '← Failures', pt: '← Falhas' },
  checkNow: { en: 'Check now', pt: 'Verificar agora' },
  noTenant: {
    en: 'No tenant to show. Tenants are in the tenants file.',
    pt: 'Nenhuma empresa para mostrar. As empresas estão no arquivo de tenants.',
  },
  events: {
    en: (count: number) => counted('en', count, 'event', 'events'),
    pt: count => counted('pt-BR', count, 'evento', 'eventos'),
  },
})

/** A delivery in quarantine has a source and may name many people; an event is about one contact. */
export const contactLabel = (kind: QueueKind, language: Language): string =>
  kind === 'quarantine' ? commonTexts[language].source : commonTexts[language].contact
