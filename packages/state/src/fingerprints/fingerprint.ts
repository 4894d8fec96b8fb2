import { createHmac, createSecretKey } from 'node:crypto'
import { shortDigest, stateKey } from '../redis/keys.ts'
import type { RedisClient } from '../redis/redis-client.ts'

/**
 * Stands for a person in a key or a value, so that Redis holds no e-mail and no phone outside of jobs. It is keyed, so that nobody who has
 * only Redis can find a phone by trying them all. Every process must use the same key, because locks are named by fingerprints.
 */
export interface Fingerprint {
  (personal: string): string
  /** For texts that must match exactly: credentials, a record. */
  readonly exact: (text: string) => string
  /** A short id by which keys can be distinguished; the key cannot be found from it. */
  readonly keyCheck: string
}

/** Identities whose fingerprints are remembered: more than jobs that run at the same time have. */
const MAX_RECENT = 500

/** `key`: PONTE_FINGERPRINT_KEY, 32 bytes. */
export function createFingerprint(key: Buffer): Fingerprint {
  // Node.js turns a buffer into a key again for each HMAC, which takes several times as long as the HMAC itself.
  const secret = createSecretKey(key)
  const hash = (text: string): string => shortDigest(createHmac('sha256', secret).update(text).digest('base64url'))
  // A run asks for those of the same few identities a dozen times.
  const recent = new Map<string, string>()
  const fingerprint = (personal: string): string => {
    const text = personal.trim().toLowerCase()
    const known = recent.get(text)
    if (known !== undefined) return known
    if (recent.size >= MAX_RECENT) recent.clear()
    const found = hash(`person ${text}`)
    recent.set(text, found)
    return found
  }
  return Object.assign(fingerprint, {
    exact: (text: string): string => hash(`exact ${text}`),
    keyCheck: hash('key check'),
  })
}

const keyOf = (tenant: string): string => stateKey(tenant, 'fingerprint-key')

/**
 * The first process that works for a tenant records a check value of its fingerprint key. Resolves with the tenants for which another key
 * was recorded. There the two processes would not find each other's locks, links and timelines. Rejects when Redis does not answer for one.
 */
export async function claimFingerprintKey(
  redis: RedisClient,
  tenants: readonly { readonly name: string }[],
  { keyCheck }: Fingerprint,
): Promise<readonly string[]> {
  const others = await Promise.all(
    tenants.map(async ({ name }) => {
      await redis.set(keyOf(name), keyCheck, 'NX')
      return (await redis.get(keyOf(name))) === keyCheck ? [] : [name]
    }),
  )
  return others.flat()
}

/** The tenants where another key was used. Records nothing, and does not wait. */
export async function findOtherFingerprintKeys(
  redis: RedisClient,
  tenants: readonly { readonly name: string }[],
  { keyCheck }: Fingerprint,
): Promise<readonly string[]> {
  const others: string[] = []
  for (const { name } of tenants) {
    const found = await redis.get(keyOf(name))
    if (found !== null && found !== keyCheck) others.push(name)
  }
  return others
}

/** From now on this key is used. What was stored under another key is no longer found. */
export async function replaceFingerprintKey(
  redis: RedisClient,
  tenant: string,
  { keyCheck }: Fingerprint,
): Promise<void> {
  await redis.set(keyOf(tenant), keyCheck)
}
