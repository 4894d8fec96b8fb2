/** How long a queue may hold waiting jobs without any of them moving before the worker counts as stuck. SPEC §5. */
const STUCK_AFTER_MS = 15_000

export interface QueueView {
  readonly name: string
  /** Jobs that could be started now: waiting, while the queue is neither paused nor resting. */
  countStartable(): Promise<number>
}

/**
 * Finds a worker that is alive and does not work. `moved` is told of every sign of work; a queue that has had startable jobs at
 * every look for 15 s without one is stuck.
 */
export function createProgress(now: () => number = () => performance.now()) {
  const lastMoved = new Map<string, number>()
  const idleSince = new Map<string, number>()
  let isLooking = false

  async function lookAtEach(queues: readonly QueueView[]): Promise<void> {
    for (const queue of queues) {
      const startable = await queue.countStartable()
      if (startable === 0) idleSince.delete(queue.name)
      else if (!idleSince.has(queue.name)) idleSince.set(queue.name, now())
    }
  }

  return {
    moved(queue: string): void {
      lastMoved.set(queue, now())
    },
    /** To be called every few seconds, with the same queues. Looks at one after the other; does nothing while the last look goes on. */
    async look(queues: readonly QueueView[]): Promise<void> {
      if (isLooking) return
      isLooking = true
      try {
        await lookAtEach(queues)
      } finally {
        isLooking = false
      }
    },
    /** Names of the queues whose jobs wait while nothing moves. */
    stuck(): readonly string[] {
      return [...idleSince].flatMap(([queue, since]) => {
        const still = now() - Math.max(since, lastMoved.get(queue) ?? 0)
        return still >= STUCK_AFTER_MS ? [queue] : []
      })
    },
  }
}
