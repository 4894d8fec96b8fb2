import type { QueueKind } from '@ponte/runtime'
import type { Language } from './language.ts'

export { queueLabel } from '@ponte/runtime'

/** Words that are on several pages, so that one thing has one name on all of them. */
export const commonTexts = {
  'pt-BR': {
    tenant: 'Empresa',
    event: 'Evento',
    contact: 'Contato',
    source: 'Origem',
    status: 'Situação',
    when: 'Quando',
    user: 'Quem',
    retry: 'Reenviar',
    edit: 'Corrigir e reenviar',
    viewInQueue: 'Ver na fila',
    whatToDo: 'O que fazer',
    newer: '← Mais novos',
    older: 'Mais antigos →',
    toFailures: '← Falhas',
  },
  en: {
    tenant: 'Tenant',
    event: 'Event',
    contact: 'Contact',
    source: 'Source',
    status: 'Status',
    when: 'When',
    user: 'User',
    retry: 'Retry',
    edit: 'Edit and retry',
    viewInQueue: 'View in queue',
    whatToDo: 'What to do',
    newer: '← Newer',
    older: 'Older →',
    toFailures: '← Failures',
  },
} as const satisfies Record<Language, unknown>

/** A delivery in quarantine has a source and may name many people; an event is about one contact. */
export const contactLabel = (kind: QueueKind, language: Language): string =>
  kind === 'quarantine' ? commonTexts[language].source : commonTexts[language].contact
