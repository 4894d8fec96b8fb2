import { bilingual, type Language } from '@ponte/contracts'
import { formatMoment, type Tenant } from '@ponte/runtime'
import { createTenantMode, KEEP_SHADOW_MS, type ModeRecord, neededCommand, type RedisClient } from '@ponte/state'

/** The mode of a tenant, and what people must know beside it. */
export interface ModeState extends ModeRecord {
  /** How many events of Ponte's a way back left undone, for a person to send or drop. */
  readonly rest?: number | undefined
  /** What the tenants file of the reader says. */
  readonly modeOfFile?: ModeRecord['mode'] | undefined
}

/** The mode that a tenant's jobs run in. Before any process has told Redis, the tenants file decides. */
export const modeInUse = ({ since, mode }: ModeRecord, modeOfFile: ModeRecord['mode']): ModeRecord['mode'] =>
  since === 0 ? modeOfFile : mode

export const isInShadow = async (redis: RedisClient, tenant: Tenant): Promise<boolean> =>
  modeInUse(await createTenantMode(redis, tenant.name).read(), tenant.settings.mode) === 'shadow'

/** `shadowNeeded`, `switchNeeded`: of a `NeededCommand`. */
export const modeTexts = bilingual({
  shadow: {
    en: (since: string) => `Shadow since ${since}: nothing is written`,
    pt: since => `Modo sombra desde ${since}: nada é gravado`,
  },
  shadowToBegin: { en: 'Shadow: nothing is written', pt: 'Modo sombra: nada é gravado' },
  draining: {
    en: (since: string) => `Back into the shadow since ${since}: what came before is still done`,
    pt: since => `De volta ao modo sombra desde ${since}: o que chegou antes ainda é feito`,
  },
  rest: {
    en: (rest: number | string) => `${rest} undone outside the queues, until ponte shadow --rest send or drop`,
    pt: rest => `${rest} por fazer fora das filas, até ponte shadow --rest send ou drop`,
  },
  shadowNeeded: {
    en: 'The tenants file says shadow, so no job is started: ponte shadow is the way back',
    pt: 'O arquivo de tenants diz shadow, por isso nenhum job é iniciado: o ponte shadow é o caminho de volta',
  },
  switchNeeded: {
    en: 'The tenants file says live, so no job is started: first ponte switch with a new time',
    pt: 'O arquivo de tenants diz live, por isso nenhum job é iniciado: primeiro ponte switch com um novo horário',
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

export type NeededCommand = 'shadowNeeded' | 'switchNeeded'

/** The command without which no job of the tenant is started. */
export function commandNeeded({ modeOfFile, ...record }: ModeState): NeededCommand | undefined {
  const command = neededCommand(record, modeOfFile ?? record.mode)
  return command && `${command}Needed`
}

/** Until when a tenant that went live without a switch can still be switched. Undefined where there is nothing to switch. */
export function switchableUntil({ mode, offAt, shadowEndedAt }: ModeRecord, now: number): number | undefined {
  if (mode === 'shadow' || offAt !== undefined || shadowEndedAt === undefined) return undefined
  const until = shadowEndedAt + KEEP_SHADOW_MS
  return now < until ? until : undefined
}

/** What people must know of the mode of a tenant, without a final stop. Undefined for a tenant that is simply live. */
export function modeWords(
  record: ModeState,
  { language, now, timeZone }: { readonly language: Language; readonly now: number; readonly timeZone: string },
): string | undefined {
  const words = modeTexts[language]
  const { mode, shadowSince = record.since, rest = 0 } = record
  const at = (moment: number): string => formatMoment(moment, language, timeZone)
  const until = switchableUntil(record, now)
  const ofShadow = (): string =>
    shadowSince === 0 ? words.shadowToBegin : words[record.isDraining === true ? 'draining' : 'shadow'](at(shadowSince))
  const state =
    mode === 'shadow'
      ? ofShadow()
      : record.isGoingLive === true
        ? words.goingLive
        : until !== undefined && words.notSwitched(at(until))
  const needed = commandNeeded(record)
  const held = needed !== undefined && words[needed]
  const all = [state, held, rest > 0 && words.rest(rest)].filter(each => each !== false)
  return all.length === 0 ? undefined : all.join('. ')
}
