import type { RedisClient } from '../redis/redis-client.ts'
import { serverTime } from '../redis/clock.ts'
import { z } from 'zod'
import { stateKey, unkeyedHash } from '../redis/keys.ts'
import type { KnownMembers } from '../redis/record.ts'
import { loadScript, replaceText } from '../redis/load-script.ts'
import { noReplicas, type Replicas } from '../redis/replicas.ts'
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
   */
  generation: z.number(),
})

/** How long Redis keeps when a refresh token was first seen in a tenants file, counted from the last claim. */
const SEEDS_KEEP_S = 400 * 24 * 3600
const MAX_SEEDS = 20

const claim = loadScript(import.meta.dirname, 'claim-generation.lua')

export interface TokenStoreOptions {
  /** Called for tokens that were sealed with another PONTE_SECRET_KEY. */
  readonly onUnreadable?: () => void
  /** Asked to confirm tokens that were written. RD Station may have made the earlier ones invalid. */
  readonly replicas?: Replicas
}

/** Keeps the tokens encrypted. They do not expire: there is one record a tenant, replaced at each renewal. */
export function createTokenStore(
  redis: RedisClient,
  tenant: string,
  box: SecretBox,
  { onUnreadable = () => {}, replicas = noReplicas }: TokenStoreOptions = {},
) {
  const key = stateKey(tenant, 'rd-tokens')

  function open(sealed: string | null): StoredTokens | undefined {
    const plain = sealed === null ? undefined : box.open(sealed, key)
    if (sealed !== null && plain === undefined) onUnreadable()
    return plain === undefined ? undefined : storedTokens.safeParse(JSON.parse(plain)).data
  }

  return {
    read: async (): Promise<StoredTokens | undefined> => open(await redis.get(key)),

    /**
     * Replaces what is stored, unless that is of a later connection or `mayReplace` returns false. Returns false when nothing was written.
     * A later connection is never overwritten by an earlier one, in whatever order the workers write. Tokens that are stored already, because
     * an answer was lost, are written once more: replicas confirm only what is written.
     */
    async replace(
      tokens: StoredTokens,
      mayReplace: (stored: StoredTokens | undefined) => boolean = () => true,
    ): Promise<boolean> {
      for (;;) {
        const sealed = await redis.get(key)
        const stored = open(sealed)
        if (isLater(stored, tokens) || !(isSame(stored, tokens) || mayReplace(stored))) return false
        const next = stored?.generation === tokens.generation ? { ...stored, ...tokens } : tokens
        const sealing = [sealed ?? '', box.seal(JSON.stringify(next), key)]
        const { answer } = await replaceText.confirmed(redis, { replicas, step: 'token' }, [key], sealing)
        if (answer === 1) return true
      }
    },

    /**
     * The generation of the refresh token in this process's tenants file: when a process first had this token. A process that starts again
     * with an old file does not become younger. `ageMs`: how long ago this process read its file.
     */
    async claimGeneration(seed: string, ageMs: number): Promise<number> {
      const args = [seed, Math.round(ageMs), MAX_SEEDS, SEEDS_KEEP_S]
      return Number(await claim(redis, [stateKey(tenant, 'rd-seeds')], args))
    },

    /** For an account that is being connected now: its generation is the latest. */
    async nextGeneration(): Promise<number> {
      const now = await serverTime(redis, key)
      const stored = open(await redis.get(key))
      return Math.max(now, (stored?.generation ?? 0) + 1)
    },
  }
}

const isLater = (stored: StoredTokens | undefined, tokens: StoredTokens): boolean =>
  stored !== undefined && stored.generation > tokens.generation

const isSame = (stored: StoredTokens | undefined, { generation, refreshToken, accessToken }: StoredTokens): boolean =>
  stored?.generation === generation && stored.refreshToken === refreshToken && stored.accessToken === accessToken

export const tokenSeed = (configuredRefreshToken: string): string => unkeyedHash(`seed ${configuredRefreshToken}`)

export type TokenStore = ReturnType<typeof createTokenStore>
