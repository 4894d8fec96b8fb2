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
  createLogger,
  findTlsTrouble,
  openQueues,
  openRedisOnce,
  type Queues,
  type RedisTarget,
} from '@ponte/runtime'
import {
  createFingerprint,
  createReplicas,
  createSecretBox,
  type Fingerprint,
  findOtherFingerprintKeys,
  type RedisClient,
  askPrimaries,
  type AuditEntry,
  createAudit,
} from '@ponte/state'
import { type ProcessDeps, isInShadow } from '@ponte/operations'
import { UsageError, type Session, NotReachableError } from './session.ts'
import os from 'node:os'

/** For commands that write: the tenants that are not in the shadow, and a notice of each other one. Throws UsageError when all are. */
export async function onlyLive(
  redis: RedisClient,
  tenants: readonly Tenant[],
  { texts, notice }: Pick<Session, 'texts' | 'notice'>,
): Promise<readonly Tenant[]> {
  const inShadow = await Promise.all(tenants.map(tenant => isInShadow(redis, tenant)))
  const live = tenants.filter((_, index) => inShadow[index] === false)
  const others = tenants.filter(tenant => !live.includes(tenant)).map(({ name }) => texts.errors.inShadow(name))
  if (live.length === 0) throw new UsageError(others.join('\n'))
  for (const text of others) notice(text)
  return live
}

/** Adds what a command did to the audit trail, under the name of the operating system's user. `detail` must hold no personal data. */
export const recordAction = (redis: RedisClient, entry: Omit<AuditEntry, 'user' | 'outcome'>): Promise<void> =>
  createAudit(redis).write({ ...entry, user: cliUser(), outcome: 'done' })

/** The name of the person at the command line in the audit trail. */
export const cliUser = (): string => `cli:${userName()}`

/** In a container the user may have a number and no name. */
function userName(): string {
  try {
    return os.userInfo().username
  } catch {
    return String(process.getuid?.() ?? '?')
  }
}

/** A connection that does not wait for Redis to come back. Resolves to undefined when Redis does not answer. */
export async function connectRedis(target: RedisTarget): Promise<RedisClient | undefined> {
  const redis = openRedisOnce(target)
  try {
    await redis.connect()
    await redis.ping()
    return redis
  } catch {
    redis.disconnect()
    return undefined
  }
}

/** Runs `work` and disconnects afterwards. Throws NotReachableError when Redis does not answer. */
export async function withRedis<Result>(
  { target, session }: { target: RedisTarget; session: Session },
  work: (redis: RedisClient) => Promise<Result>,
): Promise<Result> {
  const redis = await connectRedis(target)
  if (redis === undefined) {
    const { redisUnreachable, redisTlsFails } = session.texts.errors
    const trouble = await findTlsTrouble(target)
    throw new NotReachableError(trouble === undefined ? redisUnreachable : redisTlsFails(trouble))
  }
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/**
 * `withRedis` with the queues of the given tenants, if Redis uses the configured fingerprint key for all of them. `tenants` may be a
 * function that reads their names from Redis. Opening a queue creates a key in Redis.
 */
export async function withQueues<Named extends Pick<Tenant, 'name'>, Result>(
  options: {
    settings: { REDIS: RedisTarget; fingerprint: Fingerprint }
    tenants: readonly Named[] | ((redis: RedisClient) => Promise<readonly Named[]>)
    session: Session
  },
  work: (tools: { redis: RedisClient; queues: Queues; tenants: readonly Named[] }) => Promise<Result>,
): Promise<Result> {
  const { settings, session } = options
  return await withRedis({ target: settings.REDIS, session }, async redis => {
    const tenants = typeof options.tenants === 'function' ? await options.tenants(redis) : options.tenants
    await requireFingerprintKey(redis, { tenants, fingerprint: settings.fingerprint }, session)
    const queues = openQueues(tenants, redis, createLogger({ level: 'silent', process: 'cli' }))
    try {
      return await work({ redis, queues, tenants })
    } finally {
      await queues.close()
    }
  })
}

/**
 * Asks every server that holds data to rewrite its append-only file without the removed data. False if one has no such file or does not
 * allow it.
 */
export const rewriteAppendOnlyFile = (redis: RedisClient): Promise<boolean> =>
  askPrimaries(redis, primary => primary.bgrewriteaof()).then(
    () => true,
    () => false,
  )

/** Whoever obtains tokens goes on without replicas after this time, like a worker. */
const REPLICAS_WAIT_MS = 200

/** Redis, the tenants and the time zone: what most commands need. Rejects with a ConfigurationError that lists every problem. */
export const readSettings = ({ env, language }: Session) =>
  readConfiguration(
    cliSettings.pick({ REDIS: true, PONTE_CONFIG: true, BOARD_TIME_ZONE: true, BOARD_STUCK_SECONDS: true }),
    env,
    { language, uses: [] },
  )

/**
 * What running processes are compared with: the credentials that this command reads. Without the fingerprint key, and just after a change
 * of a file, they are not known.
 */
export async function readProcessDeps({ env, language }: Session): Promise<ProcessDeps> {
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
  { env, language, texts }: Session,
): ApiSettings | undefined {
  const schema = cliSettings.pick({ PONTE_API_URL: true, PONTE_API_TOKEN: true, BOARD_TIME_ZONE: true })
  const given = { ...env, ...(option !== undefined && { PONTE_API_URL: option }) }
  if (!given.PONTE_API_URL) return undefined
  const { PONTE_API_URL, PONTE_API_TOKEN: token, BOARD_TIME_ZONE: timeZone } = readEnvironment(schema, given, language)
  if (PONTE_API_URL === undefined || token === undefined) throw new ConfigurationError([texts.api.tokenMissing])
  return { url: new URL(PONTE_API_URL).origin, token, timeZone }
}

/** Redis, the tenants and the fingerprint key, which is needed to find a person. */
export const readSettingsWithFingerprints = async ({ env, language }: Session, uses: readonly SecretPart[] = []) => {
  const names = { REDIS: true, PONTE_CONFIG: true, PONTE_FINGERPRINT_KEY: true, BOARD_TIME_ZONE: true } as const
  const schema = cliSettings.pick(names)
  const read = await readConfiguration(schema, env, { language, uses })
  return { ...read, fingerprint: createFingerprint(read.PONTE_FINGERPRINT_KEY) }
}

/** Throws ConfigurationError when the fingerprints in Redis were made with another key: with this one, nobody would be found. */
export async function requireFingerprintKey(
  redis: RedisClient,
  { tenants, fingerprint }: { tenants: readonly Pick<Tenant, 'name'>[]; fingerprint: Fingerprint },
  { language }: Session,
): Promise<void> {
  const others = await findOtherFingerprintKeys(redis, tenants, fingerprint)
  if (others.length > 0) throw otherFingerprintKey(others, language)
}

/** All settings, with the keys for fingerprints and for the secrets in Redis, and who confirms these secrets. */
export const readAllSettings = async (
  { env, language }: Session,
  uses: readonly SecretPart[],
  { allowsEmptyVariables = false }: Pick<SecretUse, 'allowsEmptyVariables'> = {},
) => {
  const schema = cliSettings.omit({ INGRESS_HOST: true, INGRESS_PORT: true })
  const read = await readConfiguration(schema, env, { language, uses, allowsEmptyVariables })
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
  session: Session,
): readonly Tenant[] {
  if (name === undefined) return tenants
  const chosen = tenants.filter(tenant => tenant.name === name)
  if (chosen.length === 0) throw unknownTenant(name, tenants, session)
  return chosen
}

/** For commands that work on one tenant: `--tenant` is optional if there is only one. */
export function chooseTenant(tenants: readonly Tenant[], name: string | undefined, session: Session): Tenant {
  const [tenant, ...others] = chooseTenants(tenants, name, session)
  if (tenant === undefined || others.length > 0)
    throw new UsageError(session.texts.errors.tenantNeeded(tenants.map(each => each.name).join(', ')))
  return tenant
}

/** Names the tenants that there are, and the one that was probably meant. */
export function unknownTenant(name: string, tenants: readonly Pick<Tenant, 'name'>[], { texts }: Session): UsageError {
  const all = tenants.map(tenant => tenant.name)
  return new UsageError(texts.errors.tenantUnknown({ name, names: all.join(', '), meant: nearName(name, all) }))
}
