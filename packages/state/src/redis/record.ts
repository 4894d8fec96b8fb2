import { TransientFailure, parseJson } from '@ponte/contracts'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { beginKey, type Change, setKey } from './change.ts'
import { readKept, type Reading } from './reading.ts'
import { change, type Fence, read, runStep } from './step.ts'

export interface RecordOptions<Value> {
  /** Loose at every level, so that what is read and written again keeps the members that only a newer version knows. */
  readonly schema: z.ZodType<Value>
  /** The members that this version knows. */
  readonly members: readonly string[]
  readonly keepS: number
  /**
   * How to treat a record that this version cannot read (a newer one wrote it, or it is damaged). `absent`: where losing it costs
   * look-ups. `failure`: where that would repeat an effect; `STATE_UNREADABLE`, which may pass.
   */
  readonly unreadable: 'absent' | 'failure'
  /** Members that are stored under another name, at any level: `{ name: stored name }`. Workers of earlier versions know only that one. */
  readonly storedNames?: Readonly<Record<string, string>>
}

/**
 * A JSON value with a time to live, which begins anew whenever the record is read or written. Workers of two versions may share it:
 * when one writes, members that it does not know are kept. For that it remembers what it has read, so make one for each run.
 */
export function createRecord<Value extends object>(redis: Redis, options: RecordOptions<Value>) {
  const { schema, members, keepS, unreadable, storedNames = {} } = options
  const ownNames = Object.fromEntries(Object.entries(storedNames).map(([name, stored]) => [stored, name]))
  /** By key, the members that this version does not know: as they were when the key was last read. */
  const unknownMembers = new Map<string, Readonly<Record<string, unknown>>>()

  /** Gives what Redis has, with the names of this version, and remembers what of it this version does not know. */
  function open(key: string, text: string | undefined): unknown {
    const stored = parseJson(text ?? 'null', (_key, value) => rename(value, ownNames))
    const unknown = Object.entries(looseRecord.safeParse(stored).data ?? {}).filter(([name]) => !members.includes(name))
    unknownMembers.set(key, Object.fromEntries(unknown))
    return stored
  }

  function parse(key: string, text: string | undefined): Value | undefined {
    const stored = open(key, text)
    if (text === undefined) return undefined
    const parsed = schema.safeParse(stored)
    if (parsed.success) return parsed.data
    if (unreadable === 'absent') return undefined
    throw new TransientFailure('STATE_UNREADABLE')
  }

  const toText = (value: object): string => JSON.stringify(value, (_key, member) => rename(member, storedNames))

  const readingOf = (key: string): Reading<Value | undefined> => readKept(key, keepS, text => parse(key, text))

  /** The members that are not known come from the last reading, so that a value that was made from scratch does not lose them. */
  function writingOf(key: string, value: Value, lock?: string): Change {
    const unknown = unknownMembers.get(key)
    if (unknown === undefined) throw new TypeError('a record is read before it is written, under the same lock')
    const written = setKey(key, toText({ ...unknown, ...value }), keepS)
    return lock === undefined ? written : { ...written, lock }
  }

  return {
    /** To be read as a part of a step. */
    readingOf,
    /** To be written as a part of a step that holds the lock with this key. It has to be read before, under the same lock. */
    writingOf,
    /** To be begun as a part of a step: a record that is there already stays. */
    beginningOf: (key: string, value: Value): Change => beginKey(key, toText(value), keepS),

    async read(key: string): Promise<Value | undefined> {
      const reading = readingOf(key)
      return (await read(redis, [reading]))(reading)
    },
    /** Several at once, to show them: their life does not begin anew. Undefined also for one that cannot be read. */
    async peek(keys: readonly string[]): Promise<readonly (Value | undefined)[]> {
      const texts = keys.length === 0 ? [] : await redis.mget(...keys)
      return texts.map(text => schema.safeParse(parseJson(text ?? '', (_name, value) => rename(value, ownNames))).data)
    },
    /**
     * With a fence: throws LockLost, and writes nothing, when the fence's lock is no longer held. Only then can other keys change with
     * it, and only then does it count what was read before.
     */
    async write(key: string, value: Value, fence?: Fence, changes: readonly Change[] = []): Promise<void> {
      if (fence === undefined || !unknownMembers.has(key)) open(key, (await redis.get(key)) ?? undefined)
      if (fence === undefined) return await change(redis, [writingOf(key, value)])
      await runStep(redis, { fences: [fence], changes: [writingOf(key, value), ...changes] })
    },
  }
}

const looseRecord = z.record(z.string(), z.unknown())

function rename(value: unknown, names: Readonly<Record<string, string>>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [names[name] ?? name, member]))
}

/** The members that a loose schema names, without the index signature that stands for those it does not. */
export type KnownMembers<Value> = Value extends readonly unknown[]
  ? Value
  : Value extends object
    ? { [Name in keyof Value as string extends Name ? never : Name]: KnownMembers<Value[Name]> }
    : Value
