import type { QueueKind } from '@ponte/runtime'
import type { Language, Texts } from './language.ts'

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

const queueLabels: Readonly<Record<QueueKind, Texts>> = {
  'totvs-crm': { 'pt-BR': 'RD Station → TOTVS', en: 'RD Station → TOTVS' },
  'rd-station': { 'pt-BR': 'TOTVS → RD Station', en: 'TOTVS → RD Station' },
  quarantine: { 'pt-BR': 'quarentena', en: 'quarantine' },
}

/** What a queue of a tenant is called on a page: its direction. */
export const queueLabel = (kind: QueueKind, language: Language): string => queueLabels[kind][language]

/** A delivery in quarantine has a source and may name many people; an event is about one contact. */
export const contactLabel = (kind: QueueKind, language: Language): string =>
  kind === 'quarantine' ? commonTexts[language].source : commonTexts[language].contact
