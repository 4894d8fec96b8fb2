import { bilingual, type Language } from '@ponte/contracts'
import { COUNTS_WITHIN_MS, USUAL_RESTART } from '@ponte/runtime'
import {
  type CredentialFingerprints,
  type ProcessKind,
  processKinds,
  type ProcessUse,
  readProcesses,
  type RedisClient,
} from '@ponte/state'
import type { OldCredential, RefusedFile, TenantDocument } from '../documents.ts'

/** What is wrong with what running processes use of a tenant. */
export type ProcessConcerns = Pick<TenantDocument, 'refusedFileBy' | 'oldCredentials'>

export interface ProcessDeps {
  /**
   * The credentials that who asks has read, by tenant, and the `keyCheck` of their fingerprints. Undefined when they are not known, or one
   * of their files was changed within the last `COUNTS_WITHIN_MS`: then the processes are compared with each other.
   */
  readonly own?: { readonly key: string; readonly credentials: ReadonlyMap<string, CredentialFingerprints> } | undefined
  readonly restart?: string | undefined
}

export interface ProcessReading {
  /** The earliest of each kind: processes of a kind read the same file. */
  readonly refusedFile: RefusedFile[]
  /** What is wrong with what running processes use, for each tenant that it concerns. */
  readonly concerns: ReadonlyMap<string, ProcessConcerns>
  /** The tenants of which a running process has a credential that could be compared. Of others nothing is known. */
  readonly compared: ReadonlySet<string>
}

/** What running processes use. Rejects when Redis does not answer. */
export async function readProcessConcerns(
  redis: RedisClient,
  tenants: readonly string[],
  { own, restart = USUAL_RESTART, now }: ProcessDeps & { readonly now: number },
): Promise<ProcessReading> {
  const processes = await readProcesses(redis, tenants)
  const concerns = new Map<string, ProcessConcerns>()
  const compared = new Set<string>()
  for (const tenant of tenants) {
    const serving = processes.filter(each => each.tenants.has(tenant))
    const credentials = compare(tenant, serving)
    const refusedFileBy = refusedBy(serving).map(({ process }) => process)
    const oldCredentials = credentials.filter(each => each.processes.length > 0)
    if (refusedFileBy.length + oldCredentials.length > 0) concerns.set(tenant, { refusedFileBy, oldCredentials })
    if (credentials.length > 0) compared.add(tenant)
  }
  return { refusedFile: refusedBy(processes), concerns, compared }

  /**
   * The credentials that can be compared, with the processes that use another value, if any. A process that refuses the file is not to be
   * restarted, so its credentials are of no concern before that is over.
   */
  function compare(tenant: string, serving: readonly ProcessUse[]): OldCredential[] {
    // Fingerprints of another key say nothing.
    const used = serving.filter(({ refused, key }) => refused === undefined && (own === undefined || own.key === key))
    const areChanging = used.some(({ file }) => now - file.readAt < COUNTS_WITHIN_MS)
    const values = Map.groupBy(
      used.flatMap(({ kind, key, tenants: all }) =>
        [...(all.get(tenant) ?? [])].map(([setting, fingerprint]) => ({ kind, setting, fingerprint, key })),
      ),
      ({ setting, key }) => `${setting} ${key}`,
    )
    return [...values.values()].flatMap(found => {
      const setting = found[0]?.setting ?? ''
      const newest = own?.credentials.get(tenant)?.get(setting)
      if (newest === undefined && (areChanging || found.length === 1)) return []
      const areSame = new Set(found.map(({ fingerprint }) => fingerprint)).size === 1
      const old = found.filter(({ fingerprint }) => (newest === undefined ? !areSame : fingerprint !== newest))
      const kinds = processKinds.filter(kind => old.some(each => each.kind === kind))
      const lines = kinds.map(kind => restart.replaceAll('{process}', kind))
      return { setting, processes: kinds, isNewestKnown: newest !== undefined, restart: [...new Set(lines)] }
    })
  }
}

const refusedBy = (processes: readonly ProcessUse[]): RefusedFile[] =>
  processKinds.flatMap(process =>
    processes
      .flatMap(({ kind, refused }) =>
        kind === process && refused ? { process, ...refused, problems: [...refused.problems] } : [],
      )
      .toSorted((one, other) => one.since - other.since)
      .slice(0, 1),
  )

/** A credential that is old at several tenants is one line. */
export function joinOld(
  tenants: readonly Pick<TenantDocument, 'tenant' | 'oldCredentials'>[],
): (OldCredential & { readonly at: readonly string[] })[] {
  const all = tenants.flatMap(({ tenant, oldCredentials }) => oldCredentials.map(old => ({ tenant, old })))
  const same = Map.groupBy(all, ({ old }) => JSON.stringify(old))
  return [...same.values()].flatMap(each =>
    each.slice(0, 1).map(({ old }) => ({ ...old, at: each.map(({ tenant }) => tenant) })),
  )
}

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
export const refusedFileWords = (refused: readonly RefusedFile[], language: Language): string =>
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
  { setting, processes, isNewestKnown, restart, at }: OldCredential & { readonly at: readonly string[] },
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
