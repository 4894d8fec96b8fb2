import { isTenantName } from '@ponte/contracts'
import { countWorkers } from '@ponte/operations'
import { queueKinds, queueName, queuePrefix } from '@ponte/runtime'
import { UsageError, type Command, outcomeOf, type Session, unsuccessful } from '../session.ts'
import { recordAction, rewriteAppendOnlyFile, withRedis, readSettings } from '../installation.ts'
import { type RedisClient, scanKeys, stateKey } from '@ponte/state'
import type { Counts } from './erase.ts'
import { readPlace, tenantOfKey } from './read-keyspace.ts'

/**
 * Removes everything in Redis of a tenant that is no longer in the tenants file. No process works for such a tenant, so its failed jobs,
 * with their personal data, would never expire.
 */
export const forgetTenant: Command<{
  readonly name: string
  /** Without it, nothing is removed. */
  readonly yes?: boolean
  readonly dryRun?: boolean
}> = async ({ name, yes = false, dryRun = false }, session) => {
  const { texts } = session
  if (!isTenantName(name)) throw new UsageError(texts.forgetTenant.nameInvalid(name))
  const settings = await readSettings(session)
  if (settings.tenants.some(tenant => tenant.name === name)) throw new UsageError(texts.forgetTenant.configured(name))
  if (!yes && !dryRun) throw new UsageError(texts.forgetTenant.yesNeeded)

  // Does not open the tenant's queues: that would create a key for each.
  return await withRedis({ target: settings.REDIS, session }, async redis => {
    const workers = (await countWorkers(redis, [name]))?.get(name) ?? 0
    // A worker has already closed its connection for the tenant while the last jobs end.
    const isWorking = workers === 0 && (await hasRunningJobs(redis, name))
    const inTheWay = [
      ...(workers > 0 ? [texts.forgetTenant.workerConnected(name)] : []),
      ...(isWorking ? [texts.forgetTenant.jobRuns(name)] : []),
    ]
    if (inTheWay.length > 0 && !dryRun) return unsuccessful('WORKERS_CONNECTED', inTheWay)

    session.progress(texts.erase.searching(name))
    const forgotten = await forgetKeys({
      redis,
      tenant: name,
      dryRun,
      onRead: keys => session.progressBriefly(texts.forgetTenant.working({ name, count: keys })),
    })
    const isAnythingRemoved = !dryRun && forgotten.keys > 0
    if (isAnythingRemoved)
      await recordAction(redis, { action: 'forget-tenant', tenant: name, detail: `${forgotten.keys} keys` })
    const isRewritten = isAnythingRemoved && (await rewriteAppendOnlyFile(redis))
    const isDone = forgotten.left === 0
    const data = { tenant: name, dryRun, workers, appendOnlyFileRewritten: isRewritten, ...forgotten }
    return outcomeOf(isDone, data, [
      ...toLines(forgotten, { name, dryRun, session }),
      ...inTheWay,
      ...(isDone ? [] : [texts.forgetTenant.left(forgotten.left)]),
      ...(isAnythingRemoved ? [isRewritten ? texts.erase.rewritten : texts.erase.notRewritten] : []),
    ])
  })
}

/** Whether a worker holds the lock of a job. The job of a worker that died is still among the active ones, and has none. */
async function hasRunningJobs(redis: RedisClient, tenant: string): Promise<boolean> {
  for (const kind of queueKinds) {
    const queue = `${queuePrefix(tenant)}:${queueName(tenant, kind)}`
    const locks = (await redis.lrange(`${queue}:active`, 0, -1)).map(id => `${queue}:${id}:lock`)
    if (locks.length > 0 && (await redis.exists(locks)) > 0) return true
  }
  return false
}

function toLines(
  { removed, keys }: Forgotten,
  { name, dryRun, session }: { name: string; dryRun: boolean; session: Session },
): string[] {
  const { erase, forgetTenant: words } = session.texts
  if (keys === 0) return [name, `  ${erase.nothing}`]
  return [
    name,
    ...Object.entries(removed).map(([kind, count]) => `  ${erase.removed({ kind, count, dryRun })}`),
    `  ${words.keys({ count: keys, dryRun })}`,
  ]
}

interface Forgotten {
  /** By kind: jobs by queue (`jobs.totvs-crm`), keys of Ponte's state by their kind (`state.lead`). */
  readonly removed: Counts
  /** The number of removed keys, including BullMQ's own keys of the queues. */
  readonly keys: number
  /** The number of keys that were created again: a process still works for the tenant. */
  readonly left: number
}

/** The next round finds keys that were added while they were read. */
const ROUNDS = 3

/** Removes every key of a tenant; with `dryRun` only counts them. */
async function forgetKeys(options: {
  readonly redis: RedisClient
  readonly tenant: string
  readonly dryRun: boolean
  /** Called after each part of the work with the number of keys so far. */
  readonly onRead?: (keys: number) => void
}): Promise<Forgotten> {
  const { redis, tenant, dryRun, onRead } = options
  const removed: Counts = {}
  let keys = 0
  let left = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    left = 0
    for await (const found of scanKeys(redis, `{${tenant}}:*`)) {
      const own = found.filter(key => tenantOfKey(key) === tenant)
      if (own.length === 0) continue
      const kinds = await Promise.all(own.map(key => kindOf(redis, tenant, key)))
      const gone = dryRun ? own.length : await redis.unlink(own)
      keys += gone
      left += own.length
      onRead?.(keys)
      for (const kind of kinds) if (kind !== undefined) removed[kind] = (removed[kind] ?? 0) + 1
    }
    if (dryRun) return { removed, keys, left: 0 }
    if (left === 0) break
  }
  return { removed, keys, left }
}

async function kindOf(redis: RedisClient, tenant: string, key: string): Promise<string | undefined> {
  const prefix = stateKey(tenant, '')
  if (key.startsWith(prefix)) return `state.${key.slice(prefix.length).split(':')[0] ?? ''}`
  const place = readPlace(tenant, key)
  if (place === undefined || place.rest.includes(':') || place.rest === 'meta') return undefined
  return (await redis.type(key)) === 'hash' ? `jobs.${place.queue}` : undefined
}
