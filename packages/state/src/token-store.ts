import type { Redis } from 'ioredis'
import { z } from 'zod'
import { stateKey, unkeyedHash } from './keys.ts'
import type { SecretBox } from './secret-box.ts'

/** The tokens of one RD Station account. */
export type StoredTokens = z.infer<typeof storedTokens>
const storedTokens = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  /** Milliseconds since 1970: from then on it is renewed before it is used. */
  expiresAt: z.number(),
  /** Fingerprint of the refresh token in the tenants file when these were obtained: a new one there is a new connection. */
  seed: z.string(),
})

/** Keeps the tokens encrypted; `onUnreadable` hears of tokens that were sealed with another PONTE_SECRET_KEY. They have no end of their own: one record a tenant, replaced at each renewal. */
export function createTokenStore(redis: Redis, tenant: string, box: SecretBox, onUnreadable: () => void = () => {}) {
  const key = stateKey(tenant, 'rd-tokens')
  return {
    async read(): Promise<StoredTokens | undefined> {
      const sealed = await redis.get(key)
      const plain = sealed === null ? undefined : box.open(sealed, key)
      if (sealed !== null && plain === undefined) onUnreadable()
      if (plain === undefined) return undefined
      const parsed = storedTokens.safeParse(JSON.parse(plain))
      return parsed.success ? parsed.data : undefined
    },
    async write(tokens: StoredTokens): Promise<void> {
      await redis.set(key, box.seal(JSON.stringify(tokens), key))
    },
  }
}

export const tokenSeed = (configuredRefreshToken: string): string => unkeyedHash(`seed ${configuredRefreshToken}`)

export type TokenStore = ReturnType<typeof createTokenStore>
