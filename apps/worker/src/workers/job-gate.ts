/** Shorter than BullMQ's lock of a job, so that no other worker takes the job over while it waits here. */
const MAX_WAIT_MS = 4000

interface Waiting {
  readonly tenant: string
  readonly admit: () => void
}

/** Limits how many jobs run in this process at a time, over all queues. */
export interface JobGate {
  /**
   * Resolves when the job may run, with a function to call when it has ended. Resolves with undefined after 4 s or when `signal` is
   * aborted: the job then has to go back to its queue.
   */
  enter(tenant: string, signal?: AbortSignal): Promise<(() => void) | undefined>
}

/**
 * A tenant may run as many jobs as there are free places. One busy tenant therefore takes half of the places, and two take a third each. A
 * tenant without a running job always finds a place, even while all others' jobs hang. (Network switches share memory between ports by the
 * same rule, "dynamic thresholds".) A process with only one tenant gives it all places. Among waiting jobs, the tenant that runs the fewest
 * comes first, then the job that has waited longest.
 */
export function createJobGate(options: { maxJobs: number; tenants: () => number; longestWaitMs?: number }): JobGate {
  const { maxJobs, tenants, longestWaitMs = MAX_WAIT_MS } = options
  const running = new Map<string, number>()
  const waiting = new Set<Waiting>()
  let free = maxJobs

  const countOf = (tenant: string): number => running.get(tenant) ?? 0
  const mayRun = (tenant: string): boolean => free > 0 && (tenants() === 1 || countOf(tenant) < free)

  function occupy(tenant: string): () => void {
    free -= 1
    running.set(tenant, countOf(tenant) + 1)
    let hasLeft = false
    return () => {
      if (hasLeft) return
      hasLeft = true
      free += 1
      const left = countOf(tenant) - 1
      if (left === 0) running.delete(tenant)
      else running.set(tenant, left)
      admitNext()
    }
  }

  function admitNext(): void {
    for (;;) {
      const [first] = [...waiting]
        .filter(({ tenant }) => mayRun(tenant))
        .toSorted((one, other) => countOf(one.tenant) - countOf(other.tenant))
      if (first === undefined) return
      waiting.delete(first)
      first.admit()
    }
  }

  return {
    async enter(tenant, signal) {
      if (signal?.aborted === true) return undefined
      if (mayRun(tenant)) return occupy(tenant)
      return await new Promise(resolve => {
        const stopWaiting = (): void => {
          if (waiting.delete(entry)) done(undefined)
        }
        const timer = setTimeout(stopWaiting, longestWaitMs)
        const done = (leave: (() => void) | undefined): void => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', stopWaiting)
          resolve(leave)
        }
        const entry: Waiting = { tenant, admit: () => done(occupy(tenant)) }
        signal?.addEventListener('abort', stopWaiting)
        waiting.add(entry)
      })
    },
  }
}
