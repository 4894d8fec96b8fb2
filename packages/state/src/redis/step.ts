import type { RedisClient } from './redis-client.ts'
import { listOf, loadScript } from './load-script.ts'
import type { KeptStep, Replicas } from './replicas.ts'

const run = loadScript(import.meta.dirname, 'run-step.lua')

/** Proof that a lock is held: a write that carries it is refused once the lock belongs to nobody or to somebody else. */
export interface Fence {
  readonly key: string
  readonly token: string
}

/** The lock was lost: what was to be written under it was not written. */
export class LockLost extends Error {
  constructor() {
    super('the lock was lost')
    this.name = 'LockLost'
  }
}

/**
 * What Redis does in one command: all of it or nothing, in this order. In a cluster all keys need the hash tag of one tenant. If the answer
 * is lost, nobody knows whether the step was made, and it may still arrive. A step that arrives late is refused unless its fences' locks
 * are still held.
 */
export interface Step {
  /** Nothing is done unless all of these locks are held. */
  readonly fences?: readonly Fence[]
  /** Locks to be taken, all or none. */
  readonly take?: { readonly keys: readonly string[]; readonly token: string; readonly lockMs: number }
  readonly changes?: readonly Change[]
  /** Read after the changes. */
  readonly readings?: readonly Reading<unknown>[]
  /** Replicas that must have the changes. */
  readonly confirmedBy?: {
    readonly replicas: Replicas
    readonly step: KeptStep
    /** The step was made and too few of them have it. */
    readonly onMissing: (holdsBack: boolean) => void
  }
}

/** Gives what was read, or `undefined` when somebody else holds one of the locks to be taken. Throws LockLost when a fence's lock is lost. */
export async function runStep(redis: RedisClient, step: Step): Promise<ValueOf | undefined> {
  const { fences = [], take, changes = [], readings = [], confirmedBy } = step
  const locks = take?.keys ?? []
  const held = [...fences.map(({ key }) => key), ...locks]
  if (changes.some(({ lock }) => lock !== undefined && !held.includes(lock)))
    throw new TypeError('nothing may be written without the lock that protects it')
  const parts = readings.flatMap(reading => reading.parts)
  const keys = [...held, ...[...changes, ...parts].map(({ key }) => key)]
  const args = [
    ...[fences.length, locks.length, changes.length, take?.token ?? '', take?.lockMs ?? 0],
    ...fences.map(({ token }) => token),
    ...changes.flatMap(({ kind, args: own }) => [kind, ...own]),
    ...parts.flatMap(({ kind, args: own }) => [kind, ...own]),
  ]
  const { answer, isKept, holdsBack } =
    confirmedBy === undefined
      ? { answer: await run(redis, keys, args), isKept: true, holdsBack: false }
      : await run.confirmed(redis, confirmedBy, keys, args)
  const [status, ...answers] = listOf(answer)
  if (status === 'lost') throw new LockLost()
  if (status === 'taken') return undefined
  if (!isKept) confirmedBy?.onMissing(holdsBack)
  const found = new Map<Reading<unknown>, readonly unknown[]>()
  for (const reading of readings) found.set(reading, answers.splice(0, reading.parts.length))
  return reading => {
    const answer = found.get(reading)
    if (answer === undefined) throw new TypeError('this was not read in the step')
    return reading.parse(answer)
  }
}

/** Makes all of these changes in one command. Needs no lock. */
export async function change(redis: RedisClient, changes: readonly Change[]): Promise<void> {
  if (changes.length > 0) await runStep(redis, { changes })
}

/** Reads all of these in one command. */
export async function read(redis: RedisClient, readings: readonly Reading<unknown>[]): Promise<ValueOf> {
  const valueOf = await runStep(redis, { readings })
  if (valueOf === undefined) throw new TypeError('a step that takes no locks finds none taken')
  return valueOf
}

/** Reads one. */
export async function readOne<Value>(redis: RedisClient, reading: Reading<Value>): Promise<Value> {
  return (await read(redis, [reading]))(reading)
}

/**
 * Whether Redis holds all values that these changes set; false when they set none. A step that releases its own locks, and is sent again
 * because its answer was lost, finds them lost. This says whether the first one was made.
 */
export async function isRecorded(redis: RedisClient, changes: readonly Change[]): Promise<boolean> {
  const set = changes.filter(({ kind }) => kind === 'set')
  if (set.length === 0) return false
  const texts = readTexts(
    set.map(({ key }) => key),
    found => found,
  )
  const found = await readOne(redis, texts)
  return set.every(({ args: [value] }, index) => found[index] === String(value))
}

/** A change to one key, as a part of a step (`runStep`). Made by the functions below. */
export interface Change {
  readonly kind: 'set' | 'begin' | 'remove' | 'remove-unless' | 'add' | 'drop' | 'release'
  readonly key: string
  readonly args: readonly (string | number)[]
  /** Key of the lock that protects it. A step that does not hold this lock is refused before it is sent. */
  readonly lock?: string
}

/** Sets a key. `keepS`: its time to live in seconds, which begins anew. */
export const setKey = (key: string, value: string, keepS: number): Change => ({
  kind: 'set',
  key,
  args: [value, keepS],
})

/** Sets a key unless it has a value. */
export const beginKey = (key: string, value: string, keepS: number): Change => ({
  kind: 'begin',
  key,
  args: [value, keepS],
})

export const removeKey = (key: string): Change => ({ kind: 'remove', key, args: [] })

/** Removes a key if it has another value than this one. */
export const removeUnless = (key: string, value: string): Change => ({ kind: 'remove-unless', key, args: [value] })

export interface SetMember {
  readonly member: string
  readonly score: number
  readonly keepS: number
  /** The members with the highest scores stay. */
  readonly mostMembers: number
  /** A member that is there already keeps its score. */
  readonly keepsScore: boolean
}

/** Adds a member to a sorted set. */
export const addMember = (key: string, { member, score, keepS, mostMembers, keepsScore }: SetMember): Change => ({
  kind: 'add',
  key,
  args: [member, score, keepS, mostMembers, keepsScore ? 1 : 0],
})

/** Removes a member from a sorted set. */
export const dropMember = (key: string, member: string): Change => ({ kind: 'drop', key, args: [member] })

/** Releases a lock that was taken with this token, unless it belongs to somebody else by now. */
export const releaseKey = (key: string, token: string): Change => ({ kind: 'release', key, args: [token] })

/** Keys to be read as a part of a step (`runStep`), and how to understand what Redis has there. */
export interface Reading<Value> {
  readonly parts: readonly {
    readonly kind: 'text' | 'kept' | 'members'
    readonly key: string
    readonly args: readonly number[]
  }[]
  /** Takes what Redis answered to each part. */
  readonly parse: (answers: readonly unknown[]) => Value
}

/** Gives what was read. Throws a TypeError for a reading that was no part of the step. */
export type ValueOf = <Value>(reading: Reading<Value>) => Value

/** The values of these keys. A key without a value gives `undefined`. */
export const readTexts = <Value>(
  keys: readonly string[],
  parse: (texts: readonly (string | undefined)[]) => Value,
): Reading<Value> => ({
  parts: keys.map(key => ({ kind: 'text', key, args: [] })),
  parse: answers => parse(answers.map(textOf)),
})

/**
 * The value of a key whose time to live (`keepS` seconds) is renewed when it is read. It is not renewed within the first day, or the first
 * thirtieth if that is shorter, so that most readings write nothing.
 */
export const readKept = <Value>(
  key: string,
  keepS: number,
  parse: (text: string | undefined) => Value,
): Reading<Value> => ({ parts: [{ kind: 'kept', key, args: [keepS] }], parse: ([answer]) => parse(textOf(answer)) })

export interface Member {
  readonly member: string
  readonly score: number
}

/** Whole sorted sets, which have to be of bounded size, in the order of the scores. */
export const readMembers = <Value>(
  keys: readonly string[],
  parse: (sets: readonly (readonly Member[])[]) => Value,
): Reading<Value> => ({
  parts: keys.map(key => ({ kind: 'members', key, args: [] })),
  parse: answers => parse(answers.map(membersOf)),
})

const textOf = (answer: unknown): string | undefined => (typeof answer === 'string' ? answer : undefined)

/** Redis answers with a flat list: a member, its score, the next member. */
export function membersOf(answer: unknown): readonly Member[] {
  const flat: readonly unknown[] = Array.isArray(answer) ? answer : []
  return flat.flatMap((member, index) =>
    index % 2 === 0 && typeof member === 'string' ? [{ member, score: Number(flat[index + 1]) }] : [],
  )
}
