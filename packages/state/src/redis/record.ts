import { TransientFailure, parseJson } from '@ponte/contracts'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { type Fence, LockLost } from './lock.ts'
import { loadScript } from './load-script.ts'

/**
 * A write whose answer timed out may still arrive when the connection recovers, long after the lock has gone to another worker. So
 * Redis itself checks the lock before it writes.
 */
const writeFenced = loadScript(import.meta.dirname, 'write-fenced.lua')

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

/** Keys without a content of their own, which are set and removed together with a record. */
export interface Flags {
  readonly set?: readonly string[]
  readonly remove?: readonly string[]
}

/**
 * A JSON value with a time to live, which begins anew whenever the record is read or written. Workers of two versions may share it:
 * when one writes, members that it does not know are kept.
 */
export function createRecord<Value extends object>(redis: Redis, options: RecordOptions<Value>) {
  const { schema, members, keepS, unreadable, storedNames = {} } = options
  const ownNames = Object.fromEntries(Object.entries(storedNames).map(([name, stored]) => [stored, name]))
  const parse = (text: string | null): unknown => parseJson(text ?? 'null', (_key, value) => rename(value, ownNames))

  /** The record's unknown members come from Redis, so that a value that was made from scratch does not lose them. */
  async function complete(key: string, value: Value): Promise<string> {
    const stored = looseRecord.safeParse(parse(await redis.get(key))).data ?? {}
    const unknown = Object.entries(stored).filter(([name]) => !members.includes(name))
    return JSON.stringify({ ...Object.fromEntries(unknown), ...value }, (_key, member) => rename(member, storedNames))
  }

  return {
    async read(key: string): Promise<Value | undefined> {
      const text = await redis.getex(key, 'EX', keepS)
      if (text === null) return undefined
      const parsed = schema.safeParse(parse(text))
      if (parsed.success) return parsed.data
      if (unreadable === 'absent') return undefined
      throw new TransientFailure('STATE_UNREADABLE')
    },
    /** With a fence: throws LockLost, and writes nothing, when the fence's lock is no longer held. Only then can flags change with it. */
    async write(key: string, value: Value, fence?: Fence, { set = [], remove = [] }: Flags = {}): Promise<void> {
      const text = await complete(key, value)
      if (fence === undefined) {
        await redis.set(key, text, 'EX', keepS)
        return
      }
      const written = await writeFenced(
        redis,
        [key, fence.key, ...set, ...remove],
        [text, keepS, fence.token, set.length],
      )
      if (written !== 1) throw new LockLost()
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
