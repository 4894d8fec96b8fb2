import type { Redis } from 'ioredis'
import { z } from 'zod'

/** One trail for the whole installation: logins belong to no tenant. */
const AUDIT_KEY = 'ponte:audit'
const KEEP_MS = 400 * 24 * 3_600_000

/**
 * What can be had as often as somebody likes (to log in, to be refused, to look at data, to search) has a stream for each kind and
 * user, so that nobody pushes out what was done, nor what others did.
 */
const DONE = 10_000
const OF_ONE_USER = 1000
/** `done` is the trail of changes. The names of the streams before there was one for each user are read on. */
const kinds = ['refused', 'logins', 'looks'] as const
type Kind = (typeof kinds)[number]
/** More users than any board has; a command line may run under any name. */
const MOST_STREAMS = 1000
const looks = new Set(['open', 'search', 'audit'])

const auditEntry = z.object({
  /** The login's name. */
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
  /** How many jobs, names of fields: never a value. */
  detail: z.string().optional(),
})

/** Something that a person did. Never personal data of a lead. */
export type AuditEntry = z.infer<typeof auditEntry>

export interface AuditRecord extends AuditEntry {
  /** Redis's id of the record; the place to read on from. */
  readonly id: string
  /** Milliseconds since 1970, by Redis's clock. */
  readonly at: number
}

export interface AuditOptions {
  readonly key?: string
  /** Told of every entry as well, so that what the trail no longer holds is still somewhere. */
  readonly onEntry?: (entry: AuditEntry) => void
}

/** Who did what and when: the last 10,000 deeds or so; of each user 1,000 refusals, logins and looks at data; 400 days at most. */
export function createAudit(redis: Redis, { key = AUDIT_KEY, onEntry }: AuditOptions = {}) {
  const streams = `${key}:streams`

  async function readRoom(stream: string, end: string, count: number): Promise<readonly AuditRecord[]> {
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

  /** Gives the id of the record. */
  async function add(entry: AuditEntry): Promise<string> {
    const stream = streamOf(entry)
    const fields = Object.entries(entry).flatMap(([field, value]) => (value === undefined ? [] : [field, value]))
    const most = stream === key ? DONE : OF_ONE_USER
    const id = await redis.xadd(stream, 'MAXLEN', '~', most, '*', ...fields)
    await redis.xtrim(stream, 'MINID', '~', Date.now() - KEEP_MS)
    await redis.pexpire(stream, KEEP_MS)
    if (stream !== key) {
      await redis.zadd(streams, Date.now(), stream)
      await redis.zremrangebyrank(streams, 0, -1 - MOST_STREAMS)
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
     * Writes down a deed before it is done. Gives what puts its end in the place of that: when Redis goes for good in
     * between, the beginning stays.
     */
    async begin(entry: AuditEntry): Promise<(end: AuditEntry) => Promise<void>> {
      const id = await add(entry)
      return async end => {
        await add(end)
        await redis.xdel(streamOf(entry), id)
      }
    },
    /**
     * The newest first; `before` is the id of the last record that was read. A few more than `count` where records share an id,
     * so that none of them is skipped by the next page.
     */
    async read({ before, count }: { before?: string | undefined; count: number }): Promise<readonly AuditRecord[]> {
      const end = before === undefined ? '+' : `(${before}`
      const own = await redis.zrange(streams, '0', '-1')
      const names = [key, ...kinds.map(kind => `${key}:${kind}`), ...own]
      const read = await Promise.all(names.map(name => readRoom(name, end, count)))
      const newest = read.flat().toSorted(newestFirst)
      const last = newest[count - 1]
      return newest.filter(({ id }, index) => index < count || id === last?.id)
    },
  }
}

export type Audit = ReturnType<typeof createAudit>

/** Undefined for what changed something. */
function kindOf({ outcome, action }: AuditEntry): Kind | undefined {
  if (outcome === 'refused') return 'refused'
  if (action === 'login') return 'logins'
  return looks.has(action) ? 'looks' : undefined
}

/** An id is the time and, within a millisecond, a number. */
function newestFirst(one: AuditRecord, other: AuditRecord): number {
  const within = ({ id }: AuditRecord): number => Number(id.split('-')[1])
  return other.at - one.at || within(other) - within(one)
}
