import type { RedisClient } from '@ponte/state'

/** How each type of key is read whole. */
const readers: Readonly<Record<string, (key: string) => readonly [string, ...string[]]>> = {
  string: key => ['GET', key],
  hash: key => ['HGETALL', key],
  list: key => ['LRANGE', key, '0', '-1'],
  set: key => ['SMEMBERS', key],
  zset: key => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
  stream: key => ['XRANGE', key, '-', '+'],
}

/**
 * Every key in Redis that matches, with all that it holds, a line each. Uses Redis's own commands, so that it sees what the command line overlooks.
 * Base64 and escapes are undone, as a curious person would.
 */
export async function dumpRedis(redis: RedisClient, match = '*'): Promise<string> {
  const keys = await redis.call('KEYS', match)
  if (!Array.isArray(keys)) throw new Error('KEYS gave no list')
  const lines: string[] = []
  for (const key of keys.map(String).toSorted()) {
    const type = String(await redis.call('TYPE', key))
    const command = readers[type]?.(key)
    if (command === undefined) throw new Error(`the type ${type} cannot be read`)
    lines.push(`${key} ${type} ${JSON.stringify(await redis.call(...command))}`)
  }
  return lines.map(unwrap).join('\n').toLowerCase()
}

function unwrap(line: string): string {
  const coded = [...line.matchAll(/[A-Za-z0-9+/]{24,}={0,2}/g)].map(([found]) =>
    Buffer.from(found, 'base64').toString(),
  )
  return [line, ...coded]
    .join(' ')
    .replaceAll(/\\+u0040/g, '@')
    .replaceAll(/%(?:25)*40/g, '@')
    .replaceAll(/%(?:25)*2B/gi, '+')
}
