import type { RedisClient } from '@ponte/state'
import type { Recognition } from './person.ts'
import { type Entry, textIn } from './read-keyspace.ts'

/** In a note about a cause of failures, a name is enough. */
const NOTES = ':ponte:cause:'

/** Removes the parts of a key that contain the person's e-mail or phone and leaves the others. Resolves to the number of removed parts. */
export async function scrub(
  { key, type, value }: Entry,
  redis: RedisClient,
  { dryRun, recognition }: { dryRun: boolean; recognition: Recognition },
): Promise<number> {
  const isNote = key.includes(NOTES)
  const isTheirs = (part: unknown): boolean =>
    recognition.holdsPlainly(textIn(part)) || (isNote && recognition.namesThem(textIn(part)))
  const parts = (type === 'hash' ? Object.entries(value ?? {}) : Array.isArray(value) ? value : []).filter(isTheirs)
  const whole = parts.length === 0 || isTheirs(key)
  if (dryRun) return Math.max(parts.length, 1)
  if (whole) {
    await redis.del(key)
    return 1
  }
  for (const part of parts) {
    const name = String(Array.isArray(part) ? part[0] : part)
    if (type === 'hash') await redis.hdel(key, name)
    else if (type === 'list') await redis.lrem(key, 0, name)
    else if (type === 'set') await redis.srem(key, name)
    else if (type === 'zset') await redis.zrem(key, name)
    else if (type === 'stream') await redis.xdel(key, name)
  }
  return parts.length
}
