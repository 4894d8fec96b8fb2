import type { Redis } from 'ioredis'
import { z } from 'zod'
import { stateKey, unkeyedHash } from '../redis/keys.ts'
import type { KnownMembers } from '../redis/record.ts'
import { defineScript } from '../redis/script.ts'
import type { SecretBox } from './secret-box.ts'

/** The tokens of one RD Station account. */
export type StoredTokens = KnownMembers<z.infer<typeof storedTokens>>
const storedTokens = z.looseObject({
  accessToken: z.string(),
  refreshToken: z.string(),
  /** Milliseconds since 1970: from then on it is renewed before it is used. */
  expiresAt: z.number(),
  /** Fingerprint of the refresh token in the tenants file when these were obtained. */
  seed: z.string(),
  /**
   * When the account was connected, in milliseconds since 1970 by the clock of Redis: that of two connections which is later wins.
   * Absent where an older version wrote the record.
   */
  generation: z.number().optional(),
})

/** How long it is known when a refresh token was first seen in a tenants file, from the last time it was used. */
const SEEDS_KEEP_S = 400 * 24 * 3600
const MOST_SEEDS = 20

/** Writes unless somebody else has written since the record was read. */
const swap = defineScript(`
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1`)

/** ARGV: seed, age of the process in ms, most seeds, time to live in s. The first process that had a seed says how old it is. */
const claim = defineScript(`
local now = redis.call('TIME'); now = now[1] * 1000 + math.floor(now[2] / 1000)
local since = now - tonumber(ARGV[2])
local known = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or since + 1)
if known > since then redis.call('HSET', KEYS[1], ARGV[1], since) else since = known end
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[3]) then
  local oldest, when = nil, math.huge
  local pairs = redis.call('HGETALL', KEYS[1])
  for i = 1, #pairs, 2 do
    if pairs[i] ~= ARGV[1] and tonumber(pairs[i + 1]) < when then oldest, when = pairs[i], tonumber(pairs[i + 1]) end
  end
  redis.call('HDEL', KEYS[1], oldest)
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return tostring(since)`)

/**
 * Keeps the tokens encrypted; `onUnreadable` hears of tokens that were sealed with another PONTE_SECRET_KEY. They have no end of
 * their own: one record a tenant, replaced at each renewal.
 */
export function createTokenStore(redis: Redis, tenant: string, box: SecretBox, onUnreadable: () => void = () => {}) {
  const key = stateKey(tenant, 'rd-tokens')

  function open(sealed: string | null): StoredTokens | undefined {
    const plain = sealed === null ? undefined : box.open(sealed, key)
    if (sealed !== null && plain === undefined) onUnreadable()
    return plain === undefined ? undefined : storedTokens.safeParse(JSON.parse(plain)).data
  }

  return {
    read: async (): Promise<StoredTokens | undefined> => open(await redis.get(key)),

    /**
     * Replaces what is stored, unless that is of a later connection or `mayReplace` says no. False: it was not written. A later
     * connection is never overwritten by an earlier one, however the workers are timed.
     */
    async replace(
      tokens: StoredTokens,
      mayReplace: (stored: StoredTokens | undefined) => boolean = () => true,
    ): Promise<boolean> {
      for (;;) {
        const sealed = await redis.get(key)
        const stored = open(sealed)
        if (isLater(stored, tokens) || !mayReplace(stored)) return false
        const next = stored?.generation === tokens.generation ? { ...stored, ...tokens } : tokens
        if ((await swap(redis, [key], [sealed ?? '', box.seal(JSON.stringify(next), key)])) === 1) return true
      }
    },

    /**
     * The generation of the refresh token in this process's tenants file: since when a process has had it. A file of before that is
     * started again does not become younger. `ageMs`: how long ago this process read its file.
     */
    async claimGeneration(seed: string, ageMs: number): Promise<number> {
      const args = [seed, Math.round(ageMs), MOST_SEEDS, SEEDS_KEEP_S]
      return Number(await claim(redis, [stateKey(tenant, 'rd-seeds')], args))
    },

    /** For an account that is connected now: later than all others. */
    async nextGeneration(): Promise<number> {
      const [seconds, microseconds] = await redis.time()
      const stored = open(await redis.get(key))
      return Math.max(Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000), (stored?.generation ?? 0) + 1)
    },
  }
}

const isLater = (stored: StoredTokens | undefined, tokens: StoredTokens): boolean =>
  stored !== undefined && (stored.generation ?? 0) > (tokens.generation ?? 0)

export const tokenSeed = (configuredRefreshToken: string): string => unkeyedHash(`seed ${configuredRefreshToken}`)

export type TokenStore = ReturnType<typeof createTokenStore>
