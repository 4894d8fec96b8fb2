import type { Texts } from '@ponte/contracts'

/** In milliseconds. All running processes use a changed tenants file, or a changed file of a secret, within this time. */
export const COUNTS_WITHIN_MS = 10_000

const seconds = `${COUNTS_WITHIN_MS / 1000} s`

/** When a changed tenants file is used, for commands; documents have the same sentence (test/documents). */
export const changedFileUsed: Texts = {
  en: `Running processes use it within ${seconds}, without a restart.`,
  pt: `Os processos em execução passam a usá-lo em até ${seconds}, sem reiniciar.`,
}
