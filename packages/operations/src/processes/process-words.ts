import { bilingual, type Language } from '@ponte/contracts'
import { USUAL_RESTART } from '@ponte/runtime'
import type { ProcessKind } from '@ponte/state'
import type { BridgeState } from '../bridge/read-bridge.ts'

interface Credential {
  readonly setting: string
  readonly tenants: string
  readonly processes: string
  readonly lines: string
}

const texts = bilingual({
  fileRefused: {
    en: (processes: string) =>
      `The tenants file has a mistake. Its change is not used by ${processes}. Work goes on with the file as it was before. A process that is restarted now does not start.`,
    pt: processes =>
      `O arquivo de tenants tem um erro. A mudança ainda não vale para ${processes}. O trabalho segue com o arquivo como era antes. Um processo reiniciado agora não inicia.`,
  },
  oldCredential: {
    en: (what: Credential) =>
      `${what.setting} of ${what.tenants} was changed. The new value is not used yet by ${what.processes}. Restart: ${what.lines}`,
    pt: what =>
      `${what.setting} de ${what.tenants} mudou. O novo valor ainda não vale para ${what.processes}. Reinicie: ${what.lines}`,
  },
  differentCredentials: {
    en: (what: Credential) =>
      `Running processes use different values of ${what.setting} of ${what.tenants}: ${what.processes}. Restart: ${what.lines}`,
    pt: what =>
      `Processos em execução usam valores diferentes de ${what.setting} de ${what.tenants}: ${what.processes}. Reinicie: ${what.lines}`,
  },
  /** It holds its terminal: a second one finds the addresses in use. */
  again: {
    en: (line: string) => `Ctrl+C in its terminal, then \`${line}\``,
    pt: line => `Ctrl+C no terminal dele, depois \`${line}\``,
  },
  more: { en: (count: number) => `${count} more`, pt: count => `mais ${count}` },
  kinds: {
    en: { ingress: 'the ingress', worker: 'the workers', board: 'the board' },
    pt: { ingress: 'o serviço de entrada (ingress)', worker: 'os workers', board: 'o painel' },
  },
})

/** That processes of these kinds do not take the tenants file, in whole sentences. */
export const refusedFileWords = (refused: BridgeState['refusedFile'], language: Language): string =>
  texts[language].fileRefused(
    kindList(
      refused.map(({ process }) => process),
      language,
    ),
  )

/** More names would hide what to do. */
const MAX_NAMED = 5

/** That a changed credential is not used yet, and the line that ends it. No final stop follows the line. */
export function oldCredentialWords(
  { setting, processes, isNewestKnown, restart, at }: BridgeState['oldCredentials'][number],
  language: Language,
): string {
  const words = texts[language]
  const others = at.length - MAX_NAMED
  const named = [...at.slice(0, MAX_NAMED), ...(others > 0 ? [words.more(others)] : [])]
  return (isNewestKnown ? words.oldCredential : words.differentCredentials)({
    setting,
    tenants: list(named, language),
    processes: kindList(processes, language),
    lines: list(
      restart.map(line => (line === USUAL_RESTART ? words.again(line) : `\`${line}\``)),
      language,
    ),
  })
}

const kindList = (kinds: readonly ProcessKind[], language: Language): string =>
  list(
    kinds.map(kind => texts[language].kinds[kind]),
    language,
  )

const list = (parts: readonly string[], language: Language): string =>
  new Intl.ListFormat(language, { type: 'conjunction' }).format(parts)
