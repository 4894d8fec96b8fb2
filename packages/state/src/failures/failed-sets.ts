import { codeOfReason, failures, isMarkEvent, jobs, type ReasonCode } from '@ponte/contracts'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import { listOf, loadScript } from '../redis/load-script.ts'
import type { RedisClient } from '../redis/redis-client.ts'

/** How many failed events of one kind a queue has of a cause. Times in milliseconds since 1970. */
export interface FailedCount {
  readonly code: ReasonCode
  /** The name of the jobs. */
  readonly event: string
  readonly count: number
  /** When the oldest and the newest of them failed. */
  readonly first: number
  readonly last: number
}

/** A failed job that stands for its event. */
export interface FailedMember {
  readonly id: string
  readonly code: ReasonCode
  readonly event: string
  readonly failedAt: number
}

/** Which failed events: those of a code, those of an event, those that failed within these times. Default: all. */
export interface FailedChoice {
  readonly code?: ReasonCode | undefined
  readonly event?: string | undefined
  readonly since?: number | undefined
  readonly until?: number | undefined
}

/** Changes that one step at Redis makes, about 10 ms. */
const MAX_CHANGES = 500

const count = loadScript(import.meta.dirname, 'count-failed.lua')
const answer = z.tuple([z.number(), z.string()]).rest(z.union([z.string(), z.number()]))

const wordsOf = (words: readonly string[]): string => ` ${words.join(' ')} `
const codeWords = wordsOf(Object.keys(failures))
const markWords = wordsOf(Object.keys(jobs).filter(isMarkEvent))

/**
 * The failed events of a queue by cause, each cause and event in a sorted set by the time of failure: docs/behaviour/operators.md#failed-events. Each
 * reading first brings the sets up to date with the failed jobs of the queue, so a count is exact, whoever failed, retried or removed a
 * job. `toKey`: names the keys of the queue.
 */
export function createFailedSets(
  redis: RedisClient,
  tenant: string,
  { kind, toKey }: { readonly kind: string; readonly toKey: (part: string) => string },
) {
  const base = stateKey(tenant, 'failed', kind)
  const keys = [toKey('failed'), base, `${base}:jobs`, `${base}:marks`, `${base}:causes`]

  const run = async (since: number, cursor: string, most: number) =>
    answer.parse(listOf(await count(redis, keys, [toKey(''), `${base}:`, codeWords, markWords, most, since, cursor])))

  /** Has nothing failed, and is nothing counted? What is idle costs one command. */
  const isEmpty = async (): Promise<boolean> => (await redis.exists(...keys)) === 0

  /** A full Redis takes no change, and is looked at all the same. */
  async function read(since: number): Promise<Awaited<ReturnType<typeof run>>> {
    try {
      return await run(since, '', MAX_CHANGES)
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('OOM'))) throw error
      return await run(since, '', 0)
    }
  }

  async function countAll(since = 0): Promise<readonly FailedCount[]> {
    if (await isEmpty()) return []
    for (;;) {
      const [isUnderWay, , ...found] = await read(since)
      if (isUnderWay === 0) return toCounts(found)
    }
  }

  return {
    /** How many there are since a time, by cause and event. Rejects when Redis does not answer. */
    count: countAll,

    /** Compares all failed jobs one by one, not by their numbers: also what a clock that goes wrong has hidden is found. */
    async compare(): Promise<void> {
      if (await isEmpty()) return
      for (let cursor = '-inf'; cursor !== '';) [, cursor] = await run(0, cursor, MAX_CHANGES)
    },

    /** The newest first. `counts`: what `count` has found. */
    async newest(
      counts: readonly FailedCount[],
      choice: FailedChoice,
      { skip = 0, most }: { readonly skip?: number; readonly most: number },
    ): Promise<readonly FailedMember[]> {
      const sets = chosenCounts(counts, choice)
      // Of one set its own part; of several nobody knows before which of them has it.
      const [from, upTo] = sets.length === 1 ? [skip, most] : [0, skip + most]
      const found = await Promise.all(sets.map(set => members(set, choice, [from, upTo])))
      return sets.length === 1
        ? found.flat()
        : found
            .flat()
            .toSorted(byTime)
            .slice(skip, skip + most)
    },

    /** The ids of all of them, the oldest first. */
    async ids(counts: readonly FailedCount[], choice: FailedChoice): Promise<readonly string[]> {
      const sets = chosenCounts(counts, choice)
      const found = await Promise.all(sets.map(set => members(set, choice, [0, -1])))
      return found
        .flat()
        .toSorted(byTime)
        .map(({ id }) => id)
        .toReversed()
    },

    /** The opportunities of marks, in the order of the ids. Undefined for what is no mark. */
    async opportunitiesOf(ids: readonly string[]): Promise<readonly (string | undefined)[]> {
      if (ids.length === 0) return []
      return (await redis.hmget(`${base}:jobs`, ...ids)).map(found => found?.split(' ')[1])
    },

    /** The ids of all failed marks of these opportunities, at this moment. */
    async ofOpportunities(opportunityIds: readonly string[]): Promise<readonly string[]> {
      if (opportunityIds.length === 0) return []
      await countAll()
      return (await redis.hmget(`${base}:marks`, ...opportunityIds)).flatMap(found => found?.split(' ') ?? [])
    },
  }

  async function members(
    { code, event }: FailedCount,
    { since = 0, until = Number.POSITIVE_INFINITY }: FailedChoice,
    [skip, most]: readonly [number, number],
  ): Promise<readonly FailedMember[]> {
    const set = `${base}:${code}/${event}`
    const upTo = Number.isFinite(until) ? until : '+inf'
    const found = await redis.zrevrangebyscore(set, upTo, since, 'WITHSCORES', 'LIMIT', skip, most)
    return Array.from({ length: found.length / 2 }, (_, index) => ({
      ...{ id: found[index * 2] ?? '', code, event },
      failedAt: Number(found[index * 2 + 1]),
    }))
  }
}

/** What is counted of the code and the event that are asked for. */
export const chosenCounts = (counts: readonly FailedCount[], choice: FailedChoice): readonly FailedCount[] =>
  counts.filter(({ code, event }) => (choice.code ?? code) === code && (choice.event ?? event) === event)

/** The newest first; of the same millisecond, in the order of a set that is read backwards. */
const byTime = (one: FailedMember, other: FailedMember): number =>
  other.failedAt - one.failedAt || (one.id < other.id ? 1 : -1)

function toCounts(found: readonly (string | number)[]): readonly FailedCount[] {
  return Array.from({ length: found.length / 4 }, (_, index) => {
    const [cause = '', number, first, last] = found.slice(index * 4, index * 4 + 4)
    const [code = ''] = String(cause).split('/')
    const event = String(cause).slice(code.length + 1)
    return { code: codeOfReason(code), event, count: Number(number), first: Number(first), last: Number(last) }
  })
}
