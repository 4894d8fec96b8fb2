import type { RedisClient } from './redis-client.ts'
import type { Change } from './change.ts'
import { listOf, loadScript } from './load-script.ts'
import { type Reading, readTexts, type ValueOf } from './reading.ts'
import type { KeptStep, Replicas } from '../replicas/replicas.ts'

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
