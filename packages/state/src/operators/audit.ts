import type { RedisClient } from '../redis/redis-client.ts'
import { z } from 'zod'

/** One trail for the whole installation, because a login belongs to no tenant. */
const AUDIT_KEY = 'ponte:audit'
const KEEP_MS = 400 * 24 * 3_600_000

/**
 * How many entries of each kind are kept of a user. Each user has a stream for each kind, so nobody can push out what another one did. What
 * a user can cause any number of times without changing anything pushes out none of the user's own changes either.
 */
const mostOfUser = { changes: 10_000, failed: 1000, refused: 1000, logins: 1000, looks: 1000 }
type Kind = keyof typeof mostOfUser
/** More users than any board has. The command line may run under any user name, so there has to be a limit. */
const MAX_STREAMS = 5000
/** Of each stream, before it is known which of them hold the newest entries. */
const FIRST_READ = 10
const looks = new Set(['open', 'open-contact', 'preview', 'search', 'audit', 'export-events'])

const auditEntry = z.object({
  /** The name that the user logged in with. */
  user: z.string(),
  /** What was done: `login`, `retry`, `retry-all`, `edit`, `pause`, … */
  action: z.string(),
  /** `refused`: Ponte did not allow it. `failed`: it was tried and had no effect. */
  outcome: z.enum(['done', 'refused', 'failed']),
  tenant: z.string().optional(),
  queue: z.string().optional(),
  jobId: z.string().optional(),
  /** The failure's code. */
  code: z.string().optional(),
  /** The retry that the action began. Its own record says what became of it (`readRetry`). */
  retry: z.string().optional(),
  /** Numbers of jobs, names of fields. Never a value. */
  detail: z.string().optional(),
  /** Whom somebody looked up: keyed fingerprints of e-mails, phones and contacts, with a space between them. */
  persons: z.string().optional(),
})

/** Something that a user did. Never contains a lead's personal data. */
export type AuditEntry = z.infer<typeof auditEntry>

export interface AuditRecord extends AuditEntry {
  /** The record's id in Redis. Pass it as `before` to read the next page. */
  readonly id: string
  /** Milliseconds since 1970, by Redis's clock. */
  readonly at: number
}

export interface AuditOptions {
  readonly key?: string | undefined
  /** Called with every entry, so that the log still has what the trail has dropped. */
  readonly onEntry?: (entry: AuditEntry) => void
}

/**
 * Who did what and when: of every user about the last 10,000 changes, and 1,000 each of what failed, what was refused, logins and opened
 * data. Kept for 400 days.
 */
export function createAudit(redis: RedisClient, { key = AUDIT_KEY, onEntry }: AuditOptions = {}) {
  const streams = `${key}:streams`

  async function readStream(stream: string, end: string, count: number): Promise<readonly Found[]> {
    const found = await redis.xrevrange(stream, end, '-', 'COUNT', count)
    return found.map(([id, fields]) => ({ id, at: Number.parseInt(id, 10), fields }))
  }

  /** At least the newest `count` of all streams together. Only of streams that may hold more of these, more than a few are read. */
  async function readNewest(end: string, count: number): Promise<readonly Found[]> {
    const names = await redis.zrange(streams, '0', '-1')
    const few = Math.max(FIRST_READ, Math.ceil(count / Math.max(1, names.length)))
    const first = await Promise.all(names.map(name => readStream(name, end, few)))
    const last = first.flat().toSorted(newestFirst)[count - 1]
    const mayHoldMore = (read: readonly Found[]): boolean =>
      read.length === few && (last === undefined || (read.at(-1)?.at ?? 0) >= last.at)
    const all = names.map(async (name, index) => {
      const read = first[index] ?? []
      return mayHoldMore(read) && few < count ? await readStream(name, end, count) : read
    })
    return (await Promise.all(all)).flat().toSorted(newestFirst)
  }

  const streamOf = (entry: AuditEntry): string => `${key}:${kindOf(entry)}:${encodeURIComponent(entry.user)}`

  /** Returns the id of the record. */
  async function add(entry: AuditEntry): Promise<string> {
    const stream = streamOf(entry)
    const fields = Object.entries(entry).flatMap(([field, value]) => (value === undefined ? [] : [field, value]))
    const id = await redis.xadd(stream, 'MAXLEN', '~', mostOfUser[kindOf(entry)], '*', ...fields)
    await redis.xtrim(stream, 'MINID', '~', Date.now() - KEEP_MS)
    await redis.pexpire(stream, KEEP_MS)
    await redis.zadd(streams, Date.now(), stream)
    await redis.zremrangebyrank(streams, 0, -1 - MAX_STREAMS)
    await redis.pexpire(streams, KEEP_MS)
    onEntry?.(entry)
    return id ?? ''
  }

  return {
    async write(entry: AuditEntry): Promise<void> {
      await add(entry)
    },
    /**
     * Records an action before it is carried out. Returns a function that replaces this entry with its end. If Redis is
     * gone by then, the first entry stays.
     */
    async begin(entry: AuditEntry): Promise<(end: AuditEntry) => Promise<void>> {
      const id = await add(entry)
      return async end => {
        await add(end)
        await redis.xdel(streamOf(entry), id)
      }
    },
    /**
     * Newest first; `before` is the id of the last record that was read. Returns a few more than `count` when records share an id,
     * so that the next page does not skip any of them.
     */
    async read({ before, count }: { before?: string | undefined; count: number }): Promise<readonly AuditRecord[]> {
      const end = before === undefined ? '+' : `(${before}`
      const newest = await readNewest(end, count)
      const last = newest[count - 1]
      return newest.filter(({ id }, index) => index < count || id === last?.id).flatMap(toRecord)
    },
  }
}

export type Audit = ReturnType<typeof createAudit>

function kindOf({ outcome, action }: AuditEntry): Kind {
  if (outcome === 'refused') return 'refused'
  if (action === 'login') return 'logins'
  if (looks.has(action)) return 'looks'
  return outcome === 'failed' ? 'failed' : 'changes'
}

/** An entry of a stream, not parsed yet. */
interface Found {
  readonly id: string
  readonly at: number
  readonly fields: readonly string[]
}

function toRecord({ id, at, fields }: Found): readonly AuditRecord[] {
  const pairs = Array.from({ length: fields.length / 2 }, (_, index) => fields.slice(index * 2, index * 2 + 2))
  const parsed = auditEntry.safeParse(Object.fromEntries(pairs))
  return parsed.success ? [{ ...parsed.data, id, at }] : []
}

/** An id is a time in milliseconds and a counter within that millisecond. */
function newestFirst(one: Found, other: Found): number {
  const within = ({ id }: Found): number => Number(id.split('-')[1])
  return other.at - one.at || within(other) - within(one)
}
