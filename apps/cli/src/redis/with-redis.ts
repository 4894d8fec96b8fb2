import {
  createLogger,
  findTlsTrouble,
  openQueues,
  openRedisOnce,
  type Queues,
  type RedisTarget,
  type Tenant,
} from '@ponte/runtime'
import { askPrimaries, type Fingerprint, type RedisClient, type AuditEntry, createAudit } from '@ponte/state'
import { NotReachableError, UsageError } from '../exit-codes.ts'
import type { Session } from '../session.ts'
import { requireFingerprintKey } from '../settings/read-settings.ts'
import os from 'node:os'
import { isInShadow } from '@ponte/operations'

/** For commands that write. Throws UsageError while the tenant is in the shadow. */
export async function requireLive(
  redis: RedisClient,
  tenant: Tenant,
  { texts }: Pick<Session, 'texts'>,
): Promise<void> {
  if (await isInShadow(redis, tenant)) throw new UsageError(texts.errors.inShadow(tenant.name))
}

/** Those of the tenants that are not in the shadow, and a notice of each other one. Throws UsageError when all are. */
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
  { target, session }: { target: RedisTarget; session: Pick<Session, 'texts'> },
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
    session: Pick<Session, 'texts' | 'language'>
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
