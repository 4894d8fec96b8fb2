import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isRecord, secretPlaces } from '@ponte/contracts'
import {
  createProcessRecord,
  type CredentialFingerprints,
  type Fingerprint,
  type ProcessKind,
  type RedisClient,
  type RefusedChange,
} from '@ponte/state'
import { filesIn } from '../settings/secret-reference.ts'
import type { Tenant } from './tenants.ts'
import { isNewerThan } from './file-marks.ts'
import { keepPerTenant } from './live-tenants.ts'
import type { LiveTenants } from './live-tenants.ts'

/** A tenants file that was read: the hash of its content, and when, in milliseconds since 1970. */
export interface UsedFile {
  readonly hash: string
  readonly readAt: number
}

export type ProcessRecorder = ReturnType<typeof createProcessRecorder>

/** Records in Redis what this process uses: the tenants file, and the credentials of the `tenants` that it serves, by fingerprint. */
export function createProcessRecorder({
  redis,
  kind,
  fingerprint,
  tenants,
}: {
  readonly redis: RedisClient
  readonly kind: ProcessKind
  readonly fingerprint: Fingerprint
  readonly tenants: LiveTenants
}) {
  const { write, renew, forget } = createProcessRecord(redis, randomUUID())
  const kept = keepPerTenant(tenant => fingerprintCredentials(tenant, fingerprint))
  return {
    renew,
    forget,
    record: (file: UsedFile, refused: RefusedChange | undefined): Promise<void> =>
      write({
        kind,
        key: fingerprint.keyCheck,
        file: { fingerprint: fingerprint.exact(`tenants file ${file.hash}`), readAt: file.readAt },
        ...(refused && { refused }),
        tenants: new Map(tenants.current().map(tenant => [tenant.name, kept(tenant)])),
      }),
  }
}

/** They need only distinguish the values of one setting. */
const CHARACTERS = 8

/**
 * The fingerprints of the credentials of a tenant that this process reads. The name is a part of each, so that nobody sees who has the same
 * password.
 */
export function fingerprintCredentials(
  { name: tenant, settings }: Pick<Tenant, 'name' | 'settings'>,
  fingerprint: Fingerprint,
): CredentialFingerprints {
  const sections: Readonly<Record<string, unknown>> = settings
  return new Map(
    secretPlaces.flatMap(({ section, name }) => {
      const own = sections[section]
      // One that the process does not read is no enumerable member.
      const value = isRecord(own) ? Object.entries(own).find(([member]) => member === name)?.[1] : undefined
      if (value === undefined) return []
      const text = `credential ${tenant} ${section}.${name} ${JSON.stringify(value)}`
      return [[`${section}.${name}`, fingerprint.exact(text).slice(0, CHARACTERS)] as const]
    }),
  )
}

/** Whether the tenants file, or a file that one of its secrets is in, was changed after this time, in milliseconds since 1970. */
export async function isChangedSince(file: string, env: NodeJS.ProcessEnv, time: number): Promise<boolean> {
  const secrets = filesIn(await readFile(file, 'utf8').catch(() => ''), env)
  return [file, ...secrets].some(each => isNewerThan(each, time))
}
