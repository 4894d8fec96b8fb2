import type { Redis } from 'ioredis'

export interface Commands {
  /** Those that take locks, or prove that they are held: what a run reads and records. */
  readonly steps: number
  /** All that workers send, besides those by which BullMQ hands out jobs and ends them. */
  readonly all: number
}

/** How many commands workers send for what `work` brings about. A script is one, whatever it does. */
export async function countCommands(redis: Redis, work: () => Promise<unknown>): Promise<Commands> {
  const monitor = await redis.monitor()
  const bySource = new Map<string, number>()
  /** Only workers take locks: these are their connections for what is Ponte's own. */
  const workers = new Set<string>()
  let steps = 0
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (source === 'lua') return
    bySource.set(source, (bySource.get(source) ?? 0) + 1)
    if (!args.some(each => each.includes(':ponte:lock:'))) return
    steps += 1
    workers.add(source)
  })
  try {
    await work()
  } finally {
    monitor.disconnect()
  }
  return { steps, all: [...workers].reduce((sum, source) => sum + (bySource.get(source) ?? 0), 0) }
}
