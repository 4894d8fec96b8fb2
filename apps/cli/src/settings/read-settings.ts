import type { SecretPart } from '@ponte/contracts'
import {
  cliSettings,
  ConfigurationError,
  COUNTS_WITHIN_MS,
  fingerprintCredentials,
  isChangedSince,
  nearName,
  otherFingerprintKey,
  readConfiguration,
  readEnvironment,
  type SecretUse,
  type Tenant,
  waitReplicasOf,
} from '@ponte/runtime'
import {
  createFingerprint,
  createReplicas,
  createSecretBox,
  type Fingerprint,
  findOtherFingerprintKeys,
  type RedisClient,
} from '@ponte/state'
import type { ProcessDeps } from '@ponte/operations'
import { UsageError } from '../exit-codes.ts'
import type { Session } from '../session.ts'

/** Whoever obtains tokens goes on without replicas after this time, like a worker. */
const REPLICAS_WAIT_MS = 200

/** Redis, the tenants and the time zone: what most commands need. Rejects with a ConfigurationError that lists every problem. */
export const readSettings = ({ env, language }: Pick<Session, 'env' | 'language'>) =>
  readConfiguration(
    cliSettings.pick({ REDIS: true, PONTE_CONFIG: true, BOARD_TIME_ZONE: true, BOARD_STUCK_SECONDS: true }),
    env,
    {
      language,
      uses: [],
    },
  )

/**
 * What running processes are compared with: the credentials that this command reads. Without the fingerprint key, and just after a change
 * of a file, they are not known.
 */
export async function readProcessDeps({ env, language }: Pick<Session, 'env' | 'language'>): Promise<ProcessDeps> {
  const hint = cliSettings.pick({ PONTE_RESTART: true })
  const schema = cliSettings.pick({ PONTE_CONFIG: true, PONTE_FINGERPRINT_KEY: true })
  const { PONTE_RESTART: restart } = readEnvironment(hint, env, language)
  const uses = ['webhookTokens', 'rdCredentials', 'crmCredentials', 'summaryWebhook'] as const
  const use = { language, uses, optional: uses, allowsEmptyVariables: true }
  const read = await readConfiguration(schema, env, use).catch(() => undefined)
  const isKnown = read !== undefined && !(await isChangedSince(read.PONTE_CONFIG, env, Date.now() - COUNTS_WITHIN_MS))
  if (!isKnown) return { restart }
  const fingerprint = createFingerprint(read.PONTE_FINGERPRINT_KEY)
  const own = read.tenants.map(tenant => [tenant.name, fingerprintCredentials(tenant, fingerprint)] as const)
  return { restart, own: { key: fingerprint.keyCheck, credentials: new Map(own) } }
}

/** A board that commands ask in place of Redis. */
export interface ApiSettings {
  readonly url: string
  readonly token: string
  readonly timeZone: string
}

/** The board that `--api` or the environment names, if there is one. Throws ConfigurationError when its token is missing. */
export function readApiSettings(
  option: string | undefined,
  { env, language, texts }: Pick<Session, 'env' | 'language' | 'texts'>,
): ApiSettings | undefined {
  const schema = cliSettings.pick({ PONTE_API_URL: true, PONTE_API_TOKEN: true, BOARD_TIME_ZONE: true })
  const given = { ...env, ...(option !== undefined && { PONTE_API_URL: option }) }
  if (!given.PONTE_API_URL) return undefined
  const { PONTE_API_URL, PONTE_API_TOKEN: token, BOARD_TIME_ZONE: timeZone } = readEnvironment(schema, given, language)
  if (PONTE_API_URL === undefined || token === undefined) throw new ConfigurationError([texts.api.tokenMissing])
  return { url: new URL(PONTE_API_URL).origin, token, timeZone }
}

/** Redis, the tenants and the fingerprint key, which is needed to find a person. */
export const readSettingsWithFingerprints = async (
  { env, language }: Pick<Session, 'env' | 'language'>,
  uses: readonly SecretPart[] = [],
) => {
  const schema = cliSettings.pick({
    REDIS: true,
    PONTE_CONFIG: true,
    PONTE_FINGERPRINT_KEY: true,
    BOARD_TIME_ZONE: true,
  })
  const read = await readConfiguration(schema, env, { language, uses })
  return { ...read, fingerprint: createFingerprint(read.PONTE_FINGERPRINT_KEY) }
}

/** Throws ConfigurationError when the fingerprints in Redis were made with another key: with this one, nobody would be found. */
export async function requireFingerprintKey(
  redis: RedisClient,
  { tenants, fingerprint }: { tenants: readonly Pick<Tenant, 'name'>[]; fingerprint: Fingerprint },
  { language }: Pick<Session, 'language'>,
): Promise<void> {
  const others = await findOtherFingerprintKeys(redis, tenants, fingerprint)
  if (others.length > 0) throw otherFingerprintKey(others, language)
}

/** All settings, with the keys for fingerprints and for the secrets in Redis, and who confirms these secrets. */
export const readAllSettings = async (
  { env, language }: Pick<Session, 'env' | 'language'>,
  uses: readonly SecretPart[],
  { allowsEmptyVariables = false }: Pick<SecretUse, 'allowsEmptyVariables'> = {},
) => {
  const read = await readConfiguration(cliSettings.omit({ INGRESS_HOST: true, INGRESS_PORT: true }), env, {
    language,
    uses,
    allowsEmptyVariables,
  })
  return {
    ...read,
    replicas: createReplicas({ wanted: waitReplicasOf(read), waitMs: REPLICAS_WAIT_MS }),
    box: createSecretBox(read.PONTE_SECRET_KEY, read.PONTE_OTHER_SECRET_KEYS),
    fingerprint: createFingerprint(read.PONTE_FINGERPRINT_KEY),
  }
}

export type AllSettings = Awaited<ReturnType<typeof readAllSettings>>

/** The tenant that `--tenant` names, or all tenants. Throws UsageError when there is no such tenant. */
export function chooseTenants(
  tenants: readonly Tenant[],
  name: string | undefined,
  { texts }: Pick<Session, 'texts'>,
): readonly Tenant[] {
  if (name === undefined) return tenants
  const chosen = tenants.filter(tenant => tenant.name === name)
  if (chosen.length === 0) throw unknownTenant(name, tenants, { texts })
  return chosen
}

/** For commands that work on one tenant: `--tenant` is optional if there is only one. */
export function chooseTenant(
  tenants: readonly Tenant[],
  name: string | undefined,
  session: Pick<Session, 'texts'>,
): Tenant {
  const [tenant, ...others] = chooseTenants(tenants, name, session)
  if (tenant === undefined || others.length > 0)
    throw new UsageError(session.texts.errors.tenantNeeded(namesOf(tenants)))
  return tenant
}

/** Names the tenants that there are, and the one that was probably meant. */
export function unknownTenant(
  name: string,
  tenants: readonly Pick<Tenant, 'name'>[],
  { texts }: Pick<Session, 'texts'>,
): UsageError {
  const meant = nearName(
    name,
    tenants.map(tenant => tenant.name),
  )
  return new UsageError(texts.errors.tenantUnknown({ name, names: namesOf(tenants), meant }))
}

const namesOf = (tenants: readonly Pick<Tenant, 'name'>[]): string => tenants.map(({ name }) => name).join(', ')
