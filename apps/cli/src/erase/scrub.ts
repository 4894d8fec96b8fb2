import { isRecord, parseJson } from '@ponte/contracts'
import { type RedisClient, replaceRecord } from '@ponte/state'
import { memberOf, type Entry, textIn } from './read-keyspace.ts'
import type { Recognition } from './person.ts'

/** What people noted about a cause of failures, with answers of other systems. */
const CAUSE = ':ponte:cause:'
/** Logs of jobs, and BullMQ's streams of events: what other systems answered may stand there. */
const ANSWERS = /^\{[^}]*\}:(?!ponte:).*:(?:logs|events)$/
/** What was marked of an opportunity and of a contact, and what `statusRD` says of it: the reason of a loss may stand there. */
const MARKS = /:ponte:(?:mark|contact|status-rd):/

/** A part of a collection that names the person, by the name that Redis has for it; or what a record has of the person, by its key. */
interface Part {
  readonly name: string
  /** What stays of a member of a hash, or of a record. Undefined: nothing does. */
  readonly rest?: string | undefined
}

/** Does the entry, or a part of it, name the person? */
export const isTrace = (entry: Entry, recognition: Recognition): boolean => tracesIn(entry, recognition).length > 0

/** Removes the parts of a key that name the person and leaves the others. Resolves to the number of removed parts. */
export async function scrub(
  entry: Entry,
  redis: RedisClient,
  { dryRun, recognition }: { dryRun: boolean; recognition: Recognition },
): Promise<number> {
  const { key, type, value } = entry
  const traces = tracesIn(entry, recognition)
  if (dryRun) return traces.length
  for (const trace of traces) {
    if (trace === 'whole') await redis.del(key)
    else if (type === 'string') {
      // A worker may have written it since: the next round looks again.
      if (!(await replaceRecord(redis, key, { from: String(value), to: trace.rest ?? '' }))) return 0
    } else if (type === 'hash')
      await (trace.rest === undefined ? redis.hdel(key, trace.name) : redis.hset(key, trace.name, trace.rest))
    else if (type === 'list') await redis.lrem(key, 0, trace.name)
    else if (type === 'set') await redis.srem(key, trace.name)
    else if (type === 'zset') await redis.zrem(key, trace.name)
    else if (type === 'stream') await redis.xdel(key, trace.name)
  }
  return traces.length
}

/** The parts that name the person, or the whole key if it is named after the person or holds a single text. No other key is removed whole. */
function tracesIn(entry: Entry, recognition: Recognition): readonly (Part | 'whole')[] {
  const { key, type, text } = entry
  const rest = restOfMarks(entry, recognition)
  if (rest !== undefined && !recognition.holdsPlainly(`${key}\n${rest}`)) return [{ name: key, rest }]
  const isWhole = recognition.holdsPlainly(type === 'string' ? text : key)
  return isWhole ? ['whole'] : partsNaming(entry, recognition)
}

function partsNaming({ key, type, value }: Entry, recognition: Recognition): readonly Part[] {
  const isTheirs = ANSWERS.test(key) ? recognition.names : recognition.holdsPlainly
  const parts: readonly unknown[] = type === 'hash' ? Object.entries(value ?? {}) : Array.isArray(value) ? value : []
  return parts.flatMap((part): readonly Part[] => {
    const name = String(Array.isArray(part) ? part[0] : part)
    if (key.includes(CAUSE) && Array.isArray(part)) return partsOfCare(name, String(part[1]), recognition)
    return isTheirs(textIn(part)) ? [{ name }] : []
  })
}

/**
 * Of a note the text counts, of a mute each answer by itself. Who noted it and to whom the cause is assigned are accounts: they stay, as in
 * the audit trail. What cannot be read counts as a text.
 */
function partsOfCare(name: string, stored: string, { names }: Recognition): readonly Part[] {
  const care = parseJson(stored)
  if (name === 'assignee' && isRecord(care)) return []
  const text = name === 'note' ? memberOf(care, 'text') : undefined
  if (name !== 'mute' || !isRecord(care)) return names(typeof text === 'string' ? text : stored) ? [{ name }] : []
  const answers: readonly unknown[] = Array.isArray(care['shapes']) ? care['shapes'] : []
  const shapes = answers.filter(shape => !names(String(shape)))
  if (shapes.length === answers.length) return []
  // A worker that has read the mute before changes it only if its time is the same, and would bring the answers back.
  return [{ name, rest: JSON.stringify({ ...care, at: Number(care['at']) + 1, shapes }) }]
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
