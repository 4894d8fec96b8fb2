/** Shorter than a job's lock: a job must not stand in line for longer than another worker would wait before it takes over. */
const LONGEST_WAIT_MS = 4000

interface Waiting {
  readonly tenant: string
  readonly admit: () => void
}

/** Limits the jobs that run at once in this process, over all its queues. */
export interface JobGate {
  /**
   * Resolves when the job may run, with what has to be called when it has ended; or with undefined when it may not within 4 s, or when
   * `signal` is aborted: then it goes back to its queue.
   */
  enter(tenant: string, signal?: AbortSignal): Promise<(() => void) | undefined>
}

/**
 * A tenant may have as many jobs running as there are places free. So one that floods takes half of the places, two take a third
 * each, and there is always a place for a tenant that has none, even while the others' jobs hang. (The rule by which switches share
 * their memory between ports, "dynamic thresholds".) A process that serves one tenant gives it all places. When places are short,
 * those that wait go by how few their tenant has, then by how long they have waited.
 */
export function createJobGate(options: { maxJobs: number; tenants: number; longestWaitMs?: number }): JobGate {
  const { maxJobs, tenants, longestWaitMs = LONGEST_WAIT_MS } = options
  const running = new Map<string, number>()
  const waiting = new Set<Waiting>()
  let free = maxJobs

  const countOf = (tenant: string): number => running.get(tenant) ?? 0
  const mayRun = (tenant: string): boolean => free > 0 && (tenants === 1 || countOf(tenant) < free)

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
        const giveUp = (): void => {
          if (waiting.delete(entry)) done(undefined)
        }
        const timer = setTimeout(giveUp, longestWaitMs)
        const done = (leave: (() => void) | undefined): void => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', giveUp)
          resolve(leave)
        }
        const entry: Waiting = { tenant, admit: () => done(occupy(tenant)) }
        signal?.addEventListener('abort', giveUp)
        waiting.add(entry)
      })
    },
  }
}
