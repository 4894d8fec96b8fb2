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
    if (comesWithTime(words)) return
    bySource.set(source, (bySource.get(source) ?? 0) + 1)
    if (!words.some(isLock)) return
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

/**
 * How many commands clients send about one tenant while `work` runs: without those that scripts call, and without what waits for a job.
 * The first of a process are more: Redis does not know its scripts yet.
 */
export async function countCommandsOf(redisUrl: string, tenant: string, work: () => Promise<unknown>): Promise<number> {
  let count = 0
  const stop = await monitorRedis(redisUrl, ({ words }) => {
    const isOfTenant = words.some(word => word.includes(`{${tenant}}`))
    if (isOfTenant && words[0]?.toLowerCase() !== 'bzpopmin' && !comesWithTime(words)) count += 1
  })
  await work()
  stop()
  return count
}

/**
 * On a slow machine there are more of these: a lock is renewed each second, a token is read again after a second, and whether a system works is
 * asked again after a moment. A worker also follows the mode of its tenants, every few seconds, says that it is running, and looks for tests
 * that somebody asks for.
 */
const comesWithTime = (words: readonly string[]): boolean =>
  isRenewal(words) ||
  isReadOfCredential(words) ||
  isReadOfMode(words) ||
  words.some(isOfInstallation) ||
  (words.some(isOfBreaker) && !words.some(isLock))

const isReadOfCredential = ([command, key = '']: readonly string[]): boolean =>
  command?.toLowerCase() === 'get' && /:ponte:(?:rd-tokens|crm-session:)/.test(key)

const isReadOfMode = ([command, key = '']: readonly string[]): boolean =>
  command?.toLowerCase() === 'hgetall' && key.endsWith(':ponte:mode')

const isOfInstallation = (word: string): boolean => word.startsWith('ponte:')

const isOfBreaker = (word: string): boolean => word.includes(':ponte:circuit-breaker:')

/** A script with nothing but locks, whose they are, and for how long: sent whole the first time, when Redis does not know it yet. */
function isRenewal([command, _script, keys, ...rest]: readonly string[]): boolean {
  const count = Number(keys)
  return (
    /^eval(?:sha)?$/i.test(command ?? '') &&
    count > 0 &&
    rest.length === count + 2 &&
    rest.slice(0, count).every(isLock)
  )
}

const isLock = (word: string): boolean => word.includes(':ponte:lock:')
