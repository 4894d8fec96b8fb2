import { codeOfReason, type ReasonCode } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { listOf, loadScript } from '../redis/load-script.ts'
import { countRetryLua, retryIndexKey, retryKey } from './retry-keys.ts'

/** What became of the jobs of one queue. A quarantined delivery that was read counts as the events that it held. The members from `left` on add up to `asked`. */
export interface RetryPart {
  readonly tenant: string
  readonly queue: string
  /** Undefined: jobs with any code. */
  readonly code: ReasonCode | undefined
  readonly asked: number
  /** Were no longer failed with the code: somebody else has retried or removed them. */
  readonly left: number
  /** Nobody has retried them: the retry is still at work, or it was stopped. */
  readonly unsent: number
  /** Retried, and not ended yet. */
  readonly underWay: number
  readonly done: number
  /** Ended without a change. */
  readonly skipped: number
  /** Removed from the queue before their end was seen. */
  readonly gone: number
  /** The most frequent code first. */
  readonly failed: readonly { readonly code: ReasonCode; readonly count: number }[]
}

export interface Retry {
  readonly id: string
  readonly user: string
  readonly kind: 'all' | 'trial'
  /** Milliseconds since 1970. */
  readonly at: number
  /** `working`: jobs are still to be retried. `stopped`: the process that did this ended, or met an error, before all were retried. */
  readonly state: 'working' | 'sent' | 'stopped'
  readonly parts: readonly RetryPart[]
}

/** Jobs of a part that are checked when one retry is read. */
const MOST_LOOKS = 200

const readRecord = loadScript(import.meta.dirname, 'read-retry.lua', { functions: countRetryLua })

const record = z
  .object({
    user: z.string(),
    kind: z.enum(['all', 'trial']),
    at: z.coerce.number(),
    isWorking: z.literal([0, 1]),
    isWhole: z.literal('1').optional(),
  })
  .loose()

/**
 * A retry, as far as these tenants have a part in it. Undefined when none has. Each reading also checks some of the jobs whose end was not
 * recorded.
 */
export async function readRetry(
  redis: RedisClient,
  id: string,
  tenants: readonly string[],
): Promise<Retry | undefined> {
  return merge(await Promise.all(tenants.map(tenant => readOf(redis, tenant, id, MOST_LOOKS))))
}

/** The newest retries of these tenants, newest first. */
export async function listRetries(
  redis: RedisClient,
  tenants: readonly string[],
  most: number,
): Promise<readonly Retry[]> {
  const found = await Promise.all(
    tenants.map(async tenant => {
      const flat = await redis.zrevrange(retryIndexKey(tenant), 0, most - 1, 'WITHSCORES')
      return flat.flatMap((id, index) => (index % 2 === 0 ? { tenant, id, at: Number(flat[index + 1]) } : []))
    }),
  )
  const byId = [...Map.groupBy(found.flat(), ({ id }) => id).values()]
  const newest = byId.toSorted(([one], [other]) => (other?.at ?? 0) - (one?.at ?? 0)).slice(0, most)
  const read = newest.map(async own =>
    merge(await Promise.all(own.map(({ tenant, id }) => readOf(redis, tenant, id, 0)))),
  )
  return (await Promise.all(read)).flatMap(retry => retry ?? [])
}

/** Has everything that was asked for come to an end? */
export const isOver = ({ state, parts }: Retry): boolean =>
  state !== 'working' && parts.every(({ underWay }) => underWay === 0)

export interface AwaitOptions {
  readonly tenants: readonly string[]
  /** How long between two readings, in milliseconds. */
  readonly everyMs: number
  /** Ends the wait; the events go on. */
  readonly signal: AbortSignal
  readonly onRead?: (retry: Retry) => void
}

/** Waits until all events of a retry have ended. Resolves to what was read last; undefined when there is no such retry. */
export async function awaitRetry(
  redis: RedisClient,
  id: string,
  { tenants, everyMs, signal, onRead }: AwaitOptions,
): Promise<Retry | undefined> {
  for (;;) {
    const retry = await readRetry(redis, id, tenants)
    if (retry === undefined || isOver(retry) || signal.aborted) return retry
    onRead?.(retry)
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
  }
}

interface TenantRecord extends Omit<Retry, 'state'> {
  readonly isWorking: boolean
}

async function readOf(
  redis: RedisClient,
  tenant: string,
  id: string,
  looks: number,
): Promise<TenantRecord | undefined> {
  const answer = listOf(await readRecord(redis, [retryKey(tenant, id)], [looks]))
  const fields = Object.fromEntries(
    Array.from({ length: answer.length / 2 }, (_, index) => [String(answer[index * 2]), answer[index * 2 + 1]]),
  )
  const parsed = record.safeParse(fields)
  if (!parsed.success) return undefined
  const { user, kind, at, isWorking, isWhole } = parsed.data
  const names = Object.keys(fields).flatMap(field => /^(\S+) asked$/.exec(field)?.[1] ?? [])
  const parts = names.map(name => readPart(tenant, name, fields))
  return {
    ...{ id, user, kind, at, isWorking: isWorking === 1 },
    // A run that came to all its jobs left none unsent: the others were forgotten before anybody saw their end.
    parts: isWhole ? parts.map(part => ({ ...part, gone: part.gone + part.unsent, unsent: 0 })) : parts,
  }
}

function readPart(tenant: string, name: string, fields: Readonly<Record<string, unknown>>): RetryPart {
  const [queue = '', code = '*'] = name.split('/')
  const count = (field: string): number => Number(fields[`${name} ${field}`] ?? 0)
  const failed = Object.keys(fields)
    .filter(field => field.startsWith(`${name} failed:`))
    .map(field => ({ code: codeOfReason(field.slice(`${name} failed:`.length)), count: Number(fields[field]) }))
    .toSorted((one, other) => other.count - one.count)
  const [asked, left] = [count('asked'), count('left')]
  const [done, skipped, gone, underWay] = [count('done'), count('skipped'), count('gone'), count('open')]
  const known = left + done + skipped + gone + underWay + failed.reduce((sum, each) => sum + each.count, 0)
  return {
    tenant,
    queue,
    code: code === '*' ? undefined : codeOfReason(code),
    asked,
    left,
    done,
    skipped,
    gone,
    failed,
    underWay,
    unsent: Math.max(0, asked - known),
  }
}

/** A retry of several tenants has one record for each tenant. */
function merge(records: readonly (TenantRecord | undefined)[]): Retry | undefined {
  const own = records.flatMap(each => each ?? [])
  const [first] = own
  if (first === undefined) return undefined
  const { id, user, kind } = first
  const parts = own.flatMap(each => each.parts)
  const isSent = parts.every(({ unsent }) => unsent === 0)
  const state = isSent ? 'sent' : own.some(({ isWorking }) => isWorking) ? 'working' : 'stopped'
  return { id, user, kind, state, at: Math.min(...own.map(({ at }) => at)), parts }
}
