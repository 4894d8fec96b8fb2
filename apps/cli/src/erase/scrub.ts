import { isRecord, parseJson } from '@ponte/contracts'
import { type RedisClient, replaceRecord } from '@ponte/state'
import { memberOf } from './job-entry.ts'
import type { Recognition } from './person.ts'
import { type Entry, textIn } from './read-keyspace.ts'

/** What people noted about a cause of failures, with answers of other systems. */
const CAUSE = ':ponte:cause:'
/** Logs of jobs, and BullMQ's streams of events: what other systems answered may stand there. */
const ANSWERS = /^\{[^}]*\}:(?!ponte:).*:(?:logs|events)$/
/** What was marked of an opportunity and of a contact, and what `statusRD` says of it: the reason of a loss may stand there. */
const MARKS = /:ponte:(?:mark|contact|status-rd):/

/** May its texts be of people or of other systems? Then a name is enough. */
const isFree = ({ key }: Entry): boolean => key.includes(CAUSE) || ANSWERS.test(key)

/** A part of a collection that names the person, by the name that Redis has for it. */
interface Part {
  readonly name: string
  /** What stays of a member of a hash. Undefined: nothing does. */
  readonly rest?: string | undefined
}

/** Does the entry, or a part of it, name the person? */
export const isTrace = (entry: Entry, recognition: Recognition): boolean =>
  recognition.holdsPlainly(entry.text) ||
  (isFree(entry) && partsNaming(entry, recognition).length > 0) ||
  restOfMarks(entry, recognition) !== undefined

/** Removes the parts of a key that name the person and leaves the others. Resolves to the number of removed parts. */
export async function scrub(
  entry: Entry,
  redis: RedisClient,
  { dryRun, recognition }: { dryRun: boolean; recognition: Recognition },
): Promise<number> {
  const { key, type, value } = entry
  const rest = restOfMarks(entry, recognition)
  if (rest !== undefined && !recognition.holdsPlainly(`${key}\n${rest}`)) {
    // A worker may have written it since: the next round looks again.
    return dryRun || (await replaceRecord(redis, key, { from: String(value), to: rest })) ? 1 : 0
  }
  const parts = partsNaming(entry, recognition)
  const whole = parts.length === 0 || recognition.holdsPlainly(key)
  if (dryRun) return Math.max(parts.length, 1)
  if (whole) {
    await redis.del(key)
    return 1
  }
  for (const { name, rest } of parts) {
    if (type === 'hash') await (rest === undefined ? redis.hdel(key, name) : redis.hset(key, name, rest))
    else if (type === 'list') await redis.lrem(key, 0, name)
    else if (type === 'set') await redis.srem(key, name)
    else if (type === 'zset') await redis.zrem(key, name)
    else if (type === 'stream') await redis.xdel(key, name)
  }
  return parts.length
}

function partsNaming({ key, type, value }: Entry, recognition: Recognition): readonly Part[] {
  const isTheirs = ANSWERS.test(key) ? recognition.names : recognition.holdsPlainly
  const parts: readonly unknown[] = type === 'hash' ? Object.entries(value ?? {}) : Array.isArray(value) ? value : []
  return parts.flatMap((part): readonly Part[] => {
    const name = String(Array.isArray(part) ? part[0] : part)
    const rest = key.includes(CAUSE) && Array.isArray(part) ? restOfCare(name, String(part[1]), recognition) : undefined
    if (rest !== undefined) return rest
    return isTheirs(textIn(part)) ? [{ name }] : []
  })
}

/** Of a note the text counts, of a mute each answer by itself. Undefined for what else is noted: it holds names of accounts only. */
function restOfCare(name: string, stored: string, { names }: Recognition): readonly Part[] | undefined {
  if (name === 'note') {
    const text = memberOf(parseJson(stored), 'text')
    return names(typeof text === 'string' ? text : stored) ? [{ name }] : []
  }
  const mute = name === 'mute' ? parseJson(stored) : undefined
  if (!isRecord(mute)) return undefined
  const answers: readonly unknown[] = Array.isArray(mute['shapes']) ? mute['shapes'] : []
  const shapes = answers.filter(shape => !names(String(shape)))
  if (shapes.length === answers.length) return []
  // A worker that has read the mute before changes it only if its time is the same, and would bring the answers back.
  return [{ name, rest: JSON.stringify({ ...mute, at: Number(mute['at']) + 1, shapes }) }]
}

/**
 * What stays of another person's record of marks. A reason that names the person goes with its `worth`, a text of `statusRD` as a whole, and
 * of the ends that a contact keeps those of the person's opportunities. Undefined where all of it stays. Ponte then takes the loss for one
 * whose reason it does not know.
 */
function restOfMarks({ key, value }: Entry, { names, holdsPlainly }: Recognition): string | undefined {
  if (!MARKS.test(key) || typeof value !== 'string') return undefined
  const isTheirs = (name: string, item: unknown): boolean => {
    if (name === 'differs') return names(textIn(item))
    if (name === 'worth') return names(textIn(memberOf(item, 'reason')))
    return name === 'field' && names(textIn([memberOf(item, 'text'), memberOf(item, 'shown')]))
  }
  const rest = JSON.stringify(parseJson(value), (name, item: unknown) => {
    if (isTheirs(name, item)) return undefined
    return name === 'kept' && Array.isArray(item)
      ? item.filter(end => !holdsPlainly(textIn(memberOf(end, 'opportunityId'))))
      : item
  })
  return rest === value ? undefined : rest
}
