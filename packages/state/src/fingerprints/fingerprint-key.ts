import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisClient } from '../redis/redis-client.ts'
import type { Fingerprint } from './fingerprint.ts'
import { stateKey } from '../redis/keys.ts'

const RETRY_MS = 1000

const keyOf = (tenant: string): string => stateKey(tenant, 'fingerprint-key')

/**
 * The first process that works for a tenant records a check value of its fingerprint key. Resolves with the tenants for which another key
 * was recorded. There the two processes would not find each other's locks, links and timelines. Waits for Redis as long as it is away.
 */
export async function claimFingerprintKey(
  redis: RedisClient,
  tenants: readonly { readonly name: string }[],
  { keyCheck }: Fingerprint,
): Promise<readonly string[]> {
  const others: string[] = []
  // One after the other: there may be thousands of tenants, and nobody waits for this.
  for (const { name } of tenants) if (!(await claim(name))) others.push(name)
  return others

  async function claim(name: string): Promise<boolean> {
    for (;;) {
      try {
        await redis.set(keyOf(name), keyCheck, 'NX')
        return (await redis.get(keyOf(name))) === keyCheck
      } catch {
        await sleep(RETRY_MS, undefined, { ref: false })
      }
    }
  }
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
