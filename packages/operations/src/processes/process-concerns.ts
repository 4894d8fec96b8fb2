import { COUNTS_WITHIN_MS, USUAL_RESTART } from '@ponte/runtime'
import {
  type CredentialFingerprints,
  type ProcessKind,
  processKinds,
  type ProcessUse,
  type RedisClient,
  readProcesses,
  type RefusedChange,
} from '@ponte/state'

/** Processes of a kind go on with the tenants file as it was before its last change. `since`: milliseconds since 1970. */
export interface RefusedFile extends RefusedChange {
  readonly process: ProcessKind
}

/** Running processes of these kinds use another value of a setting than others, or than who asks. */
export interface OldCredential {
  /** `totvsCrm.password`. */
  readonly setting: string
  readonly processes: readonly ProcessKind[]
  /** False: they use different values, and who asks does not know which is the newest. */
  readonly isNewestKnown: boolean
  /** The lines that end it, one for each kind. */
  readonly restart: readonly string[]
}

export interface ProcessConcerns {
  readonly refusedFile: readonly RefusedFile[]
  readonly oldCredentials: readonly OldCredential[]
}

export interface ProcessDeps {
  /**
   * The credentials that who asks has read, by tenant, and the `keyCheck` of their fingerprints. Undefined when they are not known, or one
   * of their files was changed within the last `COUNTS_WITHIN_MS`: then the processes are compared with each other.
   */
  readonly own?: { readonly key: string; readonly credentials: ReadonlyMap<string, CredentialFingerprints> } | undefined
  /** PONTE_RESTART. */
  readonly restart?: string | undefined
}

export interface ProcessReading {
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
    const refusedFile = refusedBy(serving)
    const oldCredentials = credentials.filter(each => each.processes.length > 0)
    if (refusedFile.length + oldCredentials.length > 0) concerns.set(tenant, { refusedFile, oldCredentials })
    if (credentials.length > 0) compared.add(tenant)
  }
  return { concerns, compared }

  /**
   * The credentials that can be compared, with the processes that use another value, if any. A process that refuses the file is not to be
   * restarted, so its credentials are of no concern before that is over.
   */
  function compare(tenant: string, serving: readonly ProcessUse[]): readonly OldCredential[] {
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

const refusedBy = (processes: readonly ProcessUse[]): readonly RefusedFile[] =>
  joinRefused(processes.flatMap(({ kind, refused }) => (refused === undefined ? [] : { process: kind, ...refused })))

/** The earliest of each kind: processes of a kind read the same file. */
export const joinRefused = (all: readonly RefusedFile[]): readonly RefusedFile[] =>
  processKinds.flatMap(kind =>
    all
      .filter(each => each.process === kind)
      .toSorted((one, other) => one.since - other.since)
      .slice(0, 1),
  )

/** A credential that is old at several tenants is one line. */
export function joinOld(
  all: readonly (OldCredential & { readonly tenant: string })[],
): readonly (OldCredential & { readonly at: readonly string[] })[] {
  const same = Map.groupBy(all, ({ tenant: _tenant, ...old }) => JSON.stringify(old))
  return [...same.values()].flatMap(each => {
    const [first] = each
    if (first === undefined) return []
    const { tenant: _tenant, ...old } = first
    return [{ ...old, at: each.map(({ tenant }) => tenant) }]
  })
}
