import { parseJson } from '@ponte/contracts'
import { z } from 'zod'
import type { RedisClient } from '../redis/redis-client.ts'

export const processKinds = ['ingress', 'worker', 'board'] as const
export type ProcessKind = (typeof processKinds)[number]

/** What a process uses is forgotten after so many seconds, unless it records it again. */
const KEEP_S = 60
/** The list of processes outlives each of them, and those that ended are taken off it. */
const LIST_KEEP_S = 600
/** The first problems say what to correct. */
const MAX_PROBLEMS = 5

const LIST = 'ponte:processes'
const keyOf = (id: string): string => `ponte:process:${id}`
const tenantField = (name: string): string => `tenant:${name}`

/** The fingerprints of a tenant's credentials, by the setting that each stands in: `totvsCrm.password`. */
export type CredentialFingerprints = ReadonlyMap<string, string>

/** A change of the tenants file that a process does not take. The texts hold no values. `since`: milliseconds since 1970. */
export interface RefusedChange {
  readonly problems: readonly string[]
  readonly since: number
}

/** What a running process uses. */
export interface ProcessUse {
  readonly kind: ProcessKind
  /** The `keyCheck` of the key of its fingerprints. */
  readonly key: string
  /** The tenants file: a fingerprint of its content, and when it was read, in milliseconds since 1970. */
  readonly file: { readonly fingerprint: string; readonly readAt: number }
  /** Undefined while it takes the file as it is. */
  readonly refused?: RefusedChange
  /** The tenants that it serves, with the credentials that it reads. */
  readonly tenants: ReadonlyMap<string, CredentialFingerprints>
}

const file = z.object({ fingerprint: z.string(), readAt: z.number() })
const refusedChange = z.object({ problems: z.array(z.string()), since: z.number() })

/** What the process of this id uses. Its tenants share one list of settings, so a thousand of them take some 60 kB. */
export function createProcessRecord(redis: RedisClient, id: string) {
  const key = keyOf(id)
  return {
    async write({ kind, key: keyCheck, file: used, refused, tenants }: ProcessUse): Promise<void> {
      const settings = [...new Set([...tenants.values()].flatMap(each => [...each.keys()]))]
      const recorded = {
        kind,
        key: keyCheck,
        file: JSON.stringify(used),
        settings: settings.join(' '),
        ...(refused && { refused: JSON.stringify({ ...refused, problems: refused.problems.slice(0, MAX_PROBLEMS) }) }),
        ...Object.fromEntries(
          [...tenants].map(([name, of]) => [
            tenantField(name),
            settings.map(setting => of.get(setting) ?? NONE).join(' '),
          ]),
        ),
      }
      await redis.multi().del(key).hset(key, recorded).expire(key, KEEP_S).exec()
      await list(redis, id)
    },
    /** Keeps what was written for longer. False when it is gone. */
    async renew(): Promise<boolean> {
      const isKept = (await redis.expire(key, KEEP_S)) === 1
      if (isKept) await list(redis, id)
      return isKept
    },
    /** The process ends. */
    async forget(): Promise<void> {
      await redis.zrem(LIST, id)
      await redis.del(key)
    },
  }
}

/** Stands for a credential that the process does not read. */
const NONE = '-'

async function list(redis: RedisClient, id: string): Promise<void> {
  const now = Date.now()
  await redis.zadd(LIST, now, id)
  await redis.zremrangebyscore(LIST, 0, now - LIST_KEEP_S * 1000)
  await redis.expire(LIST, LIST_KEEP_S)
}

/** The running processes that serve one of these tenants, with what they use of them. */
export async function readProcesses(redis: RedisClient, names: readonly string[]): Promise<readonly ProcessUse[]> {
  const ids = await redis.zrange(LIST, '0', '-1')
  const read = await Promise.all(ids.map(id => readProcess(redis, id, names)))
  return read.flatMap(each => (each === undefined || each.tenants.size === 0 ? [] : each))
}

async function readProcess(redis: RedisClient, id: string, names: readonly string[]): Promise<ProcessUse | undefined> {
  const own = ['kind', 'key', 'file', 'settings', 'refused'] as const
  const [kind, key, used, settings, refused, ...tenants] = await redis.hmget(
    keyOf(id),
    ...own,
    ...names.map(tenantField),
  )
  const found = z
    .object({ kind: z.enum(processKinds), key: z.string(), file, refused: refusedChange.optional().catch(undefined) })
    .safeParse({ kind, key, file: parseJson(used ?? ''), refused: parseJson(refused ?? '') })
  if (!found.success) return undefined
  const places = (settings ?? '').split(' ')
  return {
    ...{ kind: found.data.kind, key: found.data.key, file: found.data.file },
    ...(found.data.refused && { refused: found.data.refused }),
    tenants: new Map(
      names.flatMap((name, index) => {
        const recorded = tenants[index]
        return recorded === undefined || recorded === null ? [] : [[name, credentialsIn(recorded, places)] as const]
      }),
    ),
  }
}

const credentialsIn = (recorded: string, settings: readonly string[]): CredentialFingerprints =>
  new Map(
    recorded.split(' ').flatMap((fingerprint, index) => {
      const setting = settings[index] ?? ''
      return setting === '' || fingerprint === NONE ? [] : [[setting, fingerprint] as const]
    }),
  )
