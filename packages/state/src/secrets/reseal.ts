import { type RedisClient, scanKeys } from '../redis/redis-client.ts'
import { loadScript } from '../redis/load-script.ts'
import { isSealed, type SecretBox } from './secret-box.ts'

/** If a worker writes the text again after each of so many reads, it is left as it is and reported. */
const TRIES = 5

export interface Resealed {
  /** Sealed anew with the key that seals now. */
  readonly resealed: number
  /** Were sealed with that key already. */
  readonly current: number
  /** Keys of Redis whose text none of the keys opens. */
  readonly unreadable: readonly string[]
}

const replace = loadScript(import.meta.dirname, 'replace-sealed.lua')

/** Seals every sealed text of all tenants again, while workers go on reading and writing them. */
export async function resealAll(
  redis: RedisClient,
  box: SecretBox,
  { dryRun }: { dryRun: boolean },
): Promise<Resealed> {
  let [resealed, current] = [0, 0]
  const unreadable: string[] = []

  async function reseal(key: string): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const sealed = await redis.get(key)
      // It is gone, or not a sealed text.
      if (sealed === null || !isSealed(sealed)) return
      if (box.isCurrent(sealed)) {
        current += 1
        return
      }
      const plain = box.open(sealed, key)
      if (plain === undefined) break
      if (dryRun || (await replace(redis, [key], [sealed, box.seal(plain, key)])) === 1) {
        resealed += 1
        return
      }
    }
    unreadable.push(key)
  }

  for await (const found of scanKeys(redis, '{*}:ponte:*', { type: 'string' })) {
    for (const key of found) await reseal(key)
  }
  return { resealed, current, unreadable }
}
