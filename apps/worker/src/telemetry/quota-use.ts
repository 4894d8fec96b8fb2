import type { HttpOutcome } from '@ponte/clients'

const WINDOW_MS = 60_000

type Quota = NonNullable<HttpOutcome['quota']>

/** How many calls this process made in the last minute, for each quota of each tenant. Remembers only the calls of that minute. */
export function createQuotaUse(now: () => number = () => performance.now()) {
  const used = new Map<string, { tenant: string; quota: Quota; callsPerMinute: number; times: number[] }>()
  const forgetOld = (times: number[]): void => {
    const firstKept = times.findIndex(time => time > now() - WINDOW_MS)
    times.splice(0, firstKept < 0 ? times.length : firstKept)
  }
  return {
    count(tenant: string, quota: Quota, callsPerMinute: number): void {
      const key = `${tenant} ${quota}`
      const known = used.get(key) ?? { tenant, quota, callsPerMinute, times: [] }
      used.set(key, known)
      known.times.push(now())
      forgetOld(known.times)
    },
    /** The share of each quota that this process used in the last minute. */
    shares: () =>
      [...used.values()].map(({ tenant, quota, callsPerMinute, times }) => {
        forgetOld(times)
        return { tenant, quota, share: times.length / callsPerMinute }
      }),
  }
}
