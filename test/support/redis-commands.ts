import { monitorRedis } from '@ponte/testbed'

export interface Commands {
  /** Those that take locks, or prove that they are held: what a run reads and records. */
  readonly steps: number
  /** All that workers send, besides those by which BullMQ hands out jobs and ends them. */
  readonly all: number
}

/** How many commands workers send for what `work` brings about. A script is one, whatever it does. */
export async function countCommands(redisUrl: string, work: () => Promise<unknown>): Promise<Commands> {
  const bySource = new Map<string, number>()
  /** Only workers take locks: these are their connections for what is Ponte's own. */
  const workers = new Set<string>()
  let steps = 0
  const stop = await monitorRedis(redisUrl, ({ source, words }) => {
    bySource.set(source, (bySource.get(source) ?? 0) + 1)
    if (!words.some(each => each.includes(':ponte:lock:'))) return
    steps += 1
    workers.add(source)
  })
  try {
    await work()
  } finally {
    stop()
  }
  return { steps, all: [...workers].reduce((sum, source) => sum + (bySource.get(source) ?? 0), 0) }
}
