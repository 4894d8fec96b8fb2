import type { HttpOutcome } from '@ponte/clients'

const WINDOW_MS = 60_000

type Budget = NonNullable<HttpOutcome['quota']>

/** How many calls this process made of each tenant's budgets in the last minute. Holds at most a minute of a quota's calls. */
export function createQuotaUse(now: () => number = () => performance.now()) {
  const budgets = new Map<string, { tenant: string; budget: Budget; callsPerMinute: number; times: number[] }>()
  const forgetOld = (times: number[]): void => {
    const firstKept = times.findIndex(time => time > now() - WINDOW_MS)
    times.splice(0, firstKept < 0 ? times.length : firstKept)
  }
  return {
    count(tenant: string, budget: Budget, callsPerMinute: number): void {
      const key = `${tenant} ${budget}`
      const known = budgets.get(key) ?? { tenant, budget, callsPerMinute, times: [] }
      budgets.set(key, known)
      known.times.push(now())
      forgetOld(known.times)
    },
    /** Share of the quota, 0 to 1 (and a little above, when somebody else's calls are paid by it too). */
    shares: () =>
      [...budgets.values()].map(({ tenant, budget, callsPerMinute, times }) => {
        forgetOld(times)
        return { tenant, budget, share: times.length / callsPerMinute }
      }),
  }
}
