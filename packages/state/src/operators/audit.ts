import type { RedisClient } from '../redis/redis-client.ts'
import { z } from 'zod'

/** One trail for the whole installation, because a login belongs to no tenant. */
const AUDIT_KEY = 'ponte:audit'
const KEEP_MS = 400 * 24 * 3_600_000

/** How many changes are kept. */
const MAX_CHANGES = 10_000
/**
 * A user can cause any number of logins, refusals and opened data. Each user has a stream for each of these kinds, so that nobody can push
 * out the record of changes, or of what others did.
 */
const MAX_OF_USER = 1000
type Kind = 'refused' | 'logins' | 'looks'
/** More users than any board has. The command line may run under any user name, so there has to be a limit. */
const MAX_STREAMS = 1000
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
  /** The resend that the action began. Its own record says what became of it (`readResend`). */
  resend: z.string().optional(),
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
 * Who did what and when: about the last 10,000 changes, and 1,000 each of every user's refusals, logins and opened data. Kept for 400 days.
 */
export function createAudit(redis: RedisClient, { key = AUDIT_KEY, onEntry }: AuditOptions = {}) {
  const streams = `${key}:streams`

  async function readStream(stream: string, end: string, count: number): Promise<readonly AuditRecord[]> {
    const found = await redis.xrevrange(stream, end, '-', 'COUNT', count)
    return found.flatMap(([id, fields]) => {
      const pairs = Array.from({ length: fields.length / 2 }, (_, index) => fields.slice(index * 2, index * 2 + 2))
      const parsed = auditEntry.safeParse(Object.fromEntries(pairs))
      return parsed.success ? [{ ...parsed.data, id, at: Number.parseInt(id, 10) }] : []
    })
  }

  const streamOf = (entry: AuditEntry): string => {
    const kind = kindOf(entry)
    return kind === undefined ? key : `${key}:${kind}:${encodeURIComponent(entry.user)}`
  }

  /** Returns the id of the record. */
  async function add(entry: AuditEntry): Promise<string> {
    const stream = streamOf(entry)
    const fields = Object.entries(entry).flatMap(([field, value]) => (value === undefined ? [] : [field, value]))
    const most = stream === key ? MAX_CHANGES : MAX_OF_USER
    const id = await redis.xadd(stream, 'MAXLEN', '~', most, '*', ...fields)
    await redis.xtrim(stream, 'MINID', '~', Date.now() - KEEP_MS)
    await redis.pexpire(stream, KEEP_MS)
    if (stream !== key) {
      await redis.zadd(streams, Date.now(), stream)
      await redis.zremrangebyrank(streams, 0, -1 - MAX_STREAMS)
      await redis.pexpire(streams, KEEP_MS)
    }
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
      const names = [key, ...(await redis.zrange(streams, '0', '-1'))]
      const read = await Promise.all(names.map(name => readStream(name, end, count)))
      const newest = read.flat().toSorted(newestFirst)
      const last = newest[count - 1]
      return newest.filter(({ id }, index) => index < count || id === last?.id)
    },
  }
}

export type Audit = ReturnType<typeof createAudit>

/** Undefined for an action that changed something. */
function kindOf({ outcome, action }: AuditEntry): Kind | undefined {
  if (outcome === 'refused') return 'refused'
  if (action === 'login') return 'logins'
  return looks.has(action) ? 'looks' : undefined
}

/** An id is a time in milliseconds and a counter within that millisecond. */
function newestFirst(one: AuditRecord, other: AuditRecord): number {
  const within = ({ id }: AuditRecord): number => Number(id.split('-')[1])
  return other.at - one.at || within(other) - within(one)
}
