import type { Redis } from 'ioredis'
import { loadScript } from '../redis/load-script.ts'
import { isSealed, type SecretBox } from './secret-box.ts'

const BATCH = 500
/** Whoever writes the same text this often in a row has the new key, or would not let anybody else write either. */
const TRIES = 5

export interface Resealed {
  /** Sealed anew with the key that seals now. */
  readonly resealed: number
  /** Were so before. */
  readonly current: number
  /** Keys of Redis whose text none of the keys opens. */
  readonly unreadable: readonly string[]
}

const replace = loadScript(import.meta.dirname, 'replace-sealed.lua')

/** Seals again what Redis keeps sealed, of all tenants, beside workers that read and write it. */
export async function resealAll(redis: Redis, box: SecretBox, { dryRun }: { dryRun: boolean }): Promise<Resealed> {
  let [resealed, current] = [0, 0]
  const unreadable: string[] = []
  const seen = new Set<string>()

  async function reseal(key: string): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const sealed = await redis.get(key)
      // Gone, or no text of ours.
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

  for await (const found of redis.scanStream({ match: '{*}:ponte:*', type: 'string', count: BATCH })) {
    for (const key of found) {
      if (typeof key !== 'string' || seen.has(key)) continue
      seen.add(key)
      await reseal(key)
    }
  }
  return { resealed, current, unreadable }
}
