import { bilingual, type Language } from '@ponte/contracts'
import { formatDuration } from '@ponte/runtime'
import type { ReconcileRecord } from '@ponte/state'

const texts = bilingual({
  reconciled: { en: (span: string) => `Reconciled ${span} ago`, pt: span => `Reconciliado há ${span}` },
  nothing: { en: 'nothing was missing', pt: 'não faltava nada' },
  missing: {
    en: (missing: number) => `${missing} ${missing === 1 ? 'was' : 'were'} missing`,
    pt: missing => `${missing === 1 ? 'faltava' : 'faltavam'} ${missing}`,
  },
  sent: {
    en: (missing: number, sent: number) => (sent === missing ? 'sent' : `${sent} sent`),
    pt: (missing, sent) => `${sent === missing ? '' : `${sent} `}${sent === 1 ? 'enviado' : 'enviados'}`,
  },
  unclear: {
    en: 'not everything could be compared: `ponte reconcile` says why',
    pt: 'nem tudo pôde ser comparado: `ponte reconcile` diz por quê',
  },
})

/** What the last reconcile found, in one line without a final stop: the same on the board and at the command line. */
export function reconcileWords(
  { at, missing, sent, needsPerson }: ReconcileRecord,
  language: Language,
  now: number,
): string {
  const words = texts[language]
  const found = missing === 0 ? [words.nothing] : [words.missing(missing), words.sent(missing, sent)]
  const parts = needsPerson ? [...(missing === 0 ? [] : found), words.unclear] : found
  return `${words.reconciled(formatDuration(Math.max(0, now - at), language))}: ${parts.join(', ')}`
}
