import type { RedisClient } from '../redis/redis-client.ts'
import type { Fingerprint } from './fingerprint.ts'
import { stateKey } from '../redis/keys.ts'

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
