import { TransientFailure, parseJson } from '@ponte/contracts'
import type { RedisClient } from './redis-client.ts'
import { z } from 'zod'
import { beginKey, type Change, setKey, readKept, type Reading, change, readOne } from './step.ts'

export interface RecordOptions<Value> {
  /** Its members are those that this version knows. Loose at every level, so that what is read and written again keeps the members that only a newer version knows. */
  readonly schema: z.ZodType<Value> & { readonly shape: object }
  readonly keepS: number
  /**
   * How to treat a record that this version cannot read (a newer one wrote it, or it is damaged). `absent`: where losing it costs
   * look-ups. `failure`: where that would repeat an effect; `STATE_UNREADABLE`, which may pass.
   */
  readonly unreadable: 'absent' | 'failure'
}

/**
 * A JSON value with a time to live, which begins anew when the record is written, and when it is read for the first time of a day. Workers of two versions may share it:
 * when one writes, members that it does not know are kept. For that it remembers what it has read, so make one for each run.
 */
export function createRecord<Value extends object>(redis: RedisClient, options: RecordOptions<Value>) {
  const { schema, keepS, unreadable } = options
  /** By key, the members that this version does not know: as they were when the key was last read. */
  const unknownMembers = new Map<string, Readonly<Record<string, unknown>>>()

  /** Gives what Redis has, and remembers what of it this version does not know. */
  function open(key: string, text: string | undefined): unknown {
    const stored = parseJson(text ?? 'null')
    const unknown = Object.entries(looseRecord.safeParse(stored).data ?? {}).filter(
      ([name]) => !Object.hasOwn(schema.shape, name),
    )
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

  const readingOf = (key: string): Reading<Value | undefined> => readKept(key, keepS, text => parse(key, text))

  /** The members that are not known come from the last reading, so that a value that was made from scratch does not lose them. */
  function writingOf(key: string, value: Value, lock?: string): Change {
    const unknown = unknownMembers.get(key)
    if (unknown === undefined) throw new TypeError('a record is read before it is written, under the same lock')
    const written = setKey(key, JSON.stringify({ ...unknown, ...value }), keepS)
    return lock === undefined ? written : { ...written, lock }
  }

  return {
    /** To be read as a part of a step. */
    readingOf,
    /** To be written as a part of a step that holds the lock with this key. The record has to be read before, under the same lock. */
    writingOf,
    /** To be begun as a part of a step: a record that is there already stays. */
    beginningOf: (key: string, value: Value): Change => beginKey(key, JSON.stringify(value), keepS),

    async read(key: string): Promise<Value | undefined> {
      const reading = readingOf(key)
      return await readOne(redis, reading)
    },
    /** Several records, only to show them: their time to live is not renewed. Undefined also for a record that cannot be read. */
    async peek(keys: readonly string[]): Promise<readonly (Value | undefined)[]> {
      const texts = keys.length === 0 ? [] : await redis.mget(...keys)
      return texts.map(text => schema.safeParse(parseJson(text ?? '')).data)
    },
    /** Writes a record that no lock protects, in a step of its own. */
    async write(key: string, value: Value): Promise<void> {
      open(key, (await redis.get(key)) ?? undefined)
      await change(redis, [writingOf(key, value)])
    },
  }
}

const looseRecord = z.record(z.string(), z.unknown())

/** The members that a loose schema names, without the index signature that stands for those it does not. */
export type KnownMembers<Value> = Value extends readonly unknown[]
  ? Value
  : Value extends object
    ? { [Name in keyof Value as string extends Name ? never : Name]: KnownMembers<Value[Name]> }
    : Value
