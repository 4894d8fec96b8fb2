import { type Language, textIn } from '@ponte/contracts'
import type { QueueKind } from './queues.ts'

const labels = {
  'totvs-crm': { en: 'RD Station → TOTVS', pt: 'RD Station → TOTVS' },
  'rd-station': { en: 'TOTVS → RD Station', pt: 'TOTVS → RD Station' },
  quarantine: { en: 'quarantine', pt: 'quarentena' },
} as const satisfies Record<QueueKind, unknown>

/** What people call a queue of a tenant: its direction. */
export const queueLabel = (kind: QueueKind, language: Language): string => textIn(labels[kind], language)
