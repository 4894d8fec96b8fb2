import { isIPv6 } from 'node:net'
import { LRUCache } from 'lru-cache'

const WINDOW_MS = 60_000
/** Of one address within a minute. A sender with an old token stays below for long enough to be noticed. */
const MOST_WRONG = 30
/** The addresses that are remembered; the one that was heard of longest ago goes first. */
const MOST_ADDRESSES = 10_000

/** Counts wrong tokens by the address that they came from, in this process. */
export function createWrongTokens() {
  const counts = new LRUCache<string, { count: number }>({ max: MOST_ADDRESSES, ttl: WINDOW_MS })
  return {
    /** One more. How many seconds until the address is answered as usual; nothing while it is. `isFirst`: it has just been slowed. */
    add(address: string): { readonly seconds: number; readonly isFirst: boolean } | undefined {
      const key = networkOf(address)
      const entry = counts.get(key)
      const known = entry ?? { count: 0 }
      if (entry === undefined) counts.set(key, known)
      known.count++
      if (known.count <= MOST_WRONG) return undefined
      const seconds = Math.max(1, Math.ceil(counts.getRemainingTTL(key) / 1000))
      return { seconds, isFirst: known.count === MOST_WRONG + 1 }
    },
  }
}

/** One household or company has a whole /64 of IPv6. */
const networkOf = (address: string): string =>
  isIPv6(address) && !address.includes('.')
    ? new URL(`http://[${address.split('%')[0]}]`).hostname.split(':').slice(0, 4).join(':')
    : address
