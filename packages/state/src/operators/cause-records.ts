import { parseJson } from '@ponte/contracts'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import { loadScript } from '../redis/load-script.ts'
import type { RedisClient } from '../redis/redis-client.ts'

/** After its last failure: as long as a failed job is kept (docs/behaviour/queues.md#retention). */
const KEEP_MS = 30 * 24 * 3_600_000

const by = z.string()
const at = z.number()
const assignee = z.object({ to: z.string(), by, at })
const note = z.object({ text: z.string(), by, at })
const mute = z.object({ by, at, count: z.number(), shapes: z.array(z.string()) })

/** What people noted about a cause: about what fails in one queue of a tenant with one code. Times in milliseconds since 1970. */
export interface CauseRecord {
  /** The account that takes care of it. */
  readonly assignee?: z.infer<typeof assignee> | undefined
  /** May name a person. */
  readonly note?: z.infer<typeof note> | undefined
  /** Its alerts rest until it changes: the fewest that were failed since, and what the other system answered then. */
  readonly mute?: CauseMute | undefined
}
export type CauseMute = z.infer<typeof mute>

/** A cause of a tenant. */
export interface CauseOfTenant {
  readonly queue: string
  readonly code: string
}

interface Change {
  /** Undefined removes. */
  readonly value: CauseRecord[keyof CauseRecord]
  /** When the cause last failed: the record ends 30 days after that. */
  readonly failedAt: number
}

const changeMute = loadScript(import.meta.dirname, 'change-mute.lua')

const nameOf = ({ queue, code }: CauseOfTenant): string => `${queue}:${code}`

/** What operators noted about causes of failures. Each member is written by itself, so that two people do not undo each other's. */
export function createCauseRecords(redis: RedisClient, tenant: string) {
  const key = (of: CauseOfTenant): string => stateKey(tenant, 'cause', nameOf(of))
  const notedKey = stateKey(tenant, 'causes')

  async function read(of: CauseOfTenant): Promise<CauseRecord> {
    const found = await redis.hgetall(key(of))
    const member = <Value>(schema: z.ZodType<Value>, name: string): Value | undefined =>
      schema.safeParse(parseJson(found[name] ?? '')).data
    return { assignee: member(assignee, 'assignee'), note: member(note, 'note'), mute: member(mute, 'mute') }
  }

  return {
    read,
    async change(of: CauseOfTenant, name: keyof CauseRecord, { value, failedAt }: Change): Promise<void> {
      const changes = redis.multi()
      if (value === undefined) changes.hdel(key(of), name)
      else changes.hset(key(of), name, JSON.stringify(value))
      changes.pexpireat(key(of), failedAt + KEEP_MS)
      await changes.sadd(notedKey, nameOf(of)).pexpire(notedKey, KEEP_MS).exec()
    },
    /** Changes or ends this mute, unless somebody ended it or muted the cause anew meanwhile. */
    async changeMute(of: CauseOfTenant, { at: since }: CauseMute, after: CauseMute | undefined): Promise<void> {
      await changeMute(redis, [key(of)], [since, after === undefined ? '' : JSON.stringify(after)])
    },
    /** The cause has failed again: its record lives on. */
    async renew(of: CauseOfTenant, failedAt: number): Promise<void> {
      const ends = failedAt + KEEP_MS
      const left = await redis.pttl(key(of))
      // Not with each look at it.
      if (left < 0 || ends - Date.now() - left <= KEEP_MS / 30) return
      await redis.multi().pexpireat(key(of), ends).pexpire(notedKey, KEEP_MS).exec()
    },
    /** The causes about which something was noted. Usually none: then nothing else is read. */
    async noted(): Promise<readonly CauseOfTenant[]> {
      const names = await redis.smembers(notedKey)
      return names.map(name => ({ queue: name.split(':')[0] ?? '', code: name.split(':')[1] ?? '' }))
    },
  }
}
