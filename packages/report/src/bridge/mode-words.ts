import { bilingual, type Language } from '@ponte/contracts'
import { formatMoment } from '@ponte/runtime'
import { KEEP_SHADOW_MS, type ModeRecord } from '@ponte/state'

const texts = bilingual({
  shadow: {
    en: (since: string) => `Shadow since ${since}: nothing is written`,
    pt: since => `Modo sombra desde ${since}: nada é gravado`,
  },
  goingLive: {
    en: 'Going live: what came since the package was switched off is enqueued',
    pt: 'Saindo do modo sombra: o que chegou desde que o pacote foi desligado entra na fila',
  },
  notSwitched: {
    en: (until: string) =>
      `Went live without ponte switch: what came after the package was switched off was not done. ponte switch still does it, until ${until}`,
    pt: until =>
      `Saiu do modo sombra sem ponte switch: o que chegou depois que o pacote foi desligado não foi feito. O ponte switch ainda o faz, até ${until}`,
  },
})

/** Until when a tenant that went live without a switch can still be switched. Undefined where there is nothing to switch. */
export function switchableUntil({ mode, offAt, shadowEndedAt }: ModeRecord, now: number): number | undefined {
  if (mode === 'shadow' || offAt !== undefined || shadowEndedAt === undefined) return undefined
  const until = shadowEndedAt + KEEP_SHADOW_MS
  return now < until ? until : undefined
}

/** What people must know of the mode of a tenant, without a final stop. Undefined for a tenant that is simply live. */
export function modeWords(
  record: ModeRecord,
  { language, now, timeZone }: { readonly language: Language; readonly now: number; readonly timeZone: string },
): string | undefined {
  const words = texts[language]
  const { mode, shadowSince = record.since, isGoingLive } = record
  if (mode === 'shadow') return words.shadow(formatMoment(shadowSince, language, timeZone))
  if (isGoingLive === true) return words.goingLive
  const until = switchableUntil(record, now)
  return until === undefined ? undefined : words.notSwitched(formatMoment(until, language, timeZone))
}
