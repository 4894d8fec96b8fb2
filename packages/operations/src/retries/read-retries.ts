import { setTimeout as sleep } from 'node:timers/promises'
import { codeOfReason, type Language } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { countRetryLua, listOf, loadScript, type RedisClient, retryIndexKey, retryKey } from '@ponte/state'
import { z } from 'zod'
import type { RetriedQueue, RetryDocument } from '../documents.ts'
import { formatFigure } from '../report/format-figure.ts'

/** Jobs of a queue that are checked when one retry is read. */
const MAX_LOOKS = 200

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

interface RetryPlaces {
  readonly redis: RedisClient
  /** Those that may be seen by who asks. */
  readonly tenants: readonly Pick<Tenant, 'name'>[]
}

/**
 * A retry, as far as these tenants have a part in it. Undefined when none has. Each reading also checks some of the jobs whose end was not
 * recorded.
 */
export async function readRetry({ redis, tenants }: RetryPlaces, id: string): Promise<RetryDocument | undefined> {
  return merge(await Promise.all(tenants.map(({ name }) => readOf(redis, name, id, MAX_LOOKS))))
}

/** The newest retries of these tenants, newest first. */
export async function listRetries({ redis, tenants }: RetryPlaces, most: number): Promise<readonly RetryDocument[]> {
  const found = await Promise.all(
    tenants.map(async ({ name: tenant }) => {
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

interface AwaitOptions {
  /** What is waited for. Default: the end of every event. */
  readonly until?: (retry: RetryDocument) => boolean
  /** How long between two readings, in milliseconds. */
  readonly everyMs: number
  /** Ends the wait; the events go on. */
  readonly signal?: AbortSignal
  readonly onRead?: (retry: RetryDocument) => void
}

/** Reads a retry again and again. Resolves to what was read last; undefined when there is no such retry. */
export async function awaitRetry(
  read: () => Promise<RetryDocument | undefined>,
  { until = ({ ended }) => ended, everyMs, signal, onRead }: AwaitOptions,
): Promise<RetryDocument | undefined> {
  for (;;) {
    const retry = await read()
    if (retry === undefined || until(retry) || signal?.aborted) return retry
    onRead?.(retry)
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
  }
}

interface TenantRecord extends Omit<RetryDocument, 'state' | 'ended'> {
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
  const { user: by, kind, at, isWorking, isWhole } = parsed.data
  const names = Object.keys(fields).flatMap(field => /^(\S+) asked$/.exec(field)?.[1] ?? [])
  const queues = names.map(name => readQueue(tenant, name, fields))
  return {
    ...{ id, by, kind, at, isWorking: isWorking === 1 },
    // A run that came to all its jobs left none to be retried: the others were forgotten before anybody saw their end.
    queues: isWhole ? queues.map(own => ({ ...own, removed: own.removed + own.notRetried, notRetried: 0 })) : queues,
  }
}

function readQueue(tenant: string, name: string, fields: Readonly<Record<string, unknown>>): RetriedQueue {
  const [queue = '', code = '*'] = name.split('/')
  const count = (field: string): number => Number(fields[`${name} ${field}`] ?? 0)
  const failed = Object.keys(fields)
    .filter(field => field.startsWith(`${name} failed:`))
    .map(field => ({ code: codeOfReason(field.slice(`${name} failed:`.length)), count: Number(fields[field]) }))
    .toSorted((one, other) => other.count - one.count)
  const [asked, left] = [count('asked'), count('left')]
  const [delivered, unchanged, removed, underWay] = [count('done'), count('skipped'), count('gone'), count('open')]
  const known = left + delivered + unchanged + removed + underWay + failed.reduce((sum, each) => sum + each.count, 0)
  return {
    ...{ tenant, queue, code: code === '*' ? null : codeOfReason(code), asked, delivered, unchanged, failed, underWay },
    ...{ left, notRetried: Math.max(0, asked - known), removed },
  }
}

/** A retry of several tenants has one record for each tenant. */
function merge(records: readonly (TenantRecord | undefined)[]): RetryDocument | undefined {
  const own = records.flatMap(each => each ?? [])
  const [first] = own
  if (first === undefined) return undefined
  const { id, by, kind } = first
  const queues = own.flatMap(each => each.queues)
  const isSent = queues.every(({ notRetried }) => notRetried === 0)
  const state = isSent ? 'sent' : own.some(({ isWorking }) => isWorking) ? 'working' : 'stopped'
  const ended = state !== 'working' && queues.every(({ underWay }) => underWay === 0)
  return { id, by, kind, at: Math.min(...own.map(({ at }) => at)), state, ended, queues }
}

/** In the order of the text. */
const names = ['delivered', 'unchanged', 'failed', 'underWay', 'left', 'removed', 'toRetry', 'notRetried'] as const
type Name = (typeof names)[number]

/** The words for one event and for several. Without a second text, the first is for both. */
const words: Readonly<Record<Language, Readonly<Record<Name, readonly [one: string, several?: string]>>>> = {
  en: {
    delivered: ['delivered'],
    unchanged: ['unchanged'],
    failed: ['failed again'],
    underWay: ['under way'],
    left: ['was no longer failed', 'were no longer failed'],
    removed: ['removed from the queue'],
    toRetry: ['to be retried'],
    notRetried: ['not retried'],
  },
  'pt-BR': {
    delivered: ['entregue', 'entregues'],
    unchanged: ['sem alteração'],
    failed: ['falhou de novo', 'falharam de novo'],
    underWay: ['em andamento'],
    left: ['já não estava em falha', 'já não estavam em falha'],
    removed: ['removido da fila', 'removidos da fila'],
    toRetry: ['a reenviar'],
    notRetried: ['não reenviado', 'não reenviados'],
  },
}

type Queues = Pick<RetryDocument, 'queues'>

const sumOf = ({ queues }: Queues, count: (queue: RetriedQueue) => number): number =>
  queues.reduce((sum, queue) => sum + count(queue), 0)

export const askedOf = (retry: Queues): number => sumOf(retry, ({ asked }) => asked)

export const failedOf = (retry: Queues): number =>
  sumOf(retry, ({ failed }) => failed.reduce((sum, { count }) => sum + count, 0))

/** How many have ended, in whatever way. */
export const endedOf = (retry: Queues): number =>
  sumOf(retry, ({ asked, underWay, notRetried }) => asked - underWay - notRetried)

/** `248 delivered`, `2 failed again`: every event that was asked for, once. */
export function retryOutcomes(retry: Pick<RetryDocument, 'state' | 'queues'>, language: Language) {
  const isWorking = retry.state === 'working'
  const countOf = (name: Name): number => {
    if (name === 'failed') return failedOf(retry)
    if (name === 'toRetry') return isWorking ? sumOf(retry, ({ notRetried }) => notRetried) : 0
    if (name === 'notRetried' && isWorking) return 0
    return sumOf(retry, queue => queue[name])
  }
  return names.flatMap(name => {
    const count = countOf(name)
    const [one, several = one] = words[language][name]
    const text = `${formatFigure(count, 'count', language)} ${count === 1 ? one : several}`
    return count === 0 ? [] : { name, text }
  })
}
