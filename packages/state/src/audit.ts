import type { Redis } from 'ioredis'
import { z } from 'zod'

/** One trail for the whole installation: logins belong to no tenant. */
const AUDIT_KEY = 'ponte:audit'
const KEEP_MS = 400 * 24 * 3_600_000

/**
 * Whoever may log in can be refused, and log in, as often as they like. Each kind has a room of its own, so that neither pushes
 * out what was done.
 */
const rooms = [
  { name: '', most: 10_000 },
  { name: ':refused', most: 1000 },
  { name: ':logins', most: 1000 },
] as const
const [deeds, refusals, logins] = rooms

const auditEntry = z.object({
  /** The login's name. */
  who: z.string(),
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

/** Who did what and when: the last 10,000 deeds or so, 1,000 refusals and 1,000 logins, 400 days at most. */
export function createAudit(redis: Redis, key = AUDIT_KEY) {
  async function readRoom(name: string, end: string, count: number): Promise<readonly AuditRecord[]> {
    const found = await redis.xrevrange(key + name, end, '-', 'COUNT', count)
    return found.flatMap(([id, fields]) => {
      const pairs = Array.from({ length: fields.length / 2 }, (_, index) => fields.slice(index * 2, index * 2 + 2))
      const parsed = auditEntry.safeParse(Object.fromEntries(pairs))
      return parsed.success ? [{ ...parsed.data, id, at: Number.parseInt(id, 10) }] : []
    })
  }

  /** Gives the id of the record. */
  async function add(entry: AuditEntry): Promise<string> {
    const { name, most } = roomOf(entry)
    const fields = Object.entries(entry).flatMap(([field, value]) => (value === undefined ? [] : [field, value]))
    const id = await redis.xadd(key + name, 'MAXLEN', '~', most, '*', ...fields)
    await redis.xtrim(key + name, 'MINID', '~', Date.now() - KEEP_MS)
    await redis.pexpire(key + name, KEEP_MS)
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
        await redis.xdel(key + roomOf(entry).name, id)
      }
    },
    /**
     * The newest first; `before` is the id of the last record that was read. A few more than `count` where records share an id,
     * so that none of them is skipped by the next page.
     */
    async read({ before, count }: { before?: string | undefined; count: number }): Promise<readonly AuditRecord[]> {
      const end = before === undefined ? '+' : `(${before}`
      const read = await Promise.all(rooms.map(({ name }) => readRoom(name, end, count)))
      const newest = read.flat().toSorted(newestFirst)
      const last = newest[count - 1]
      return newest.filter(({ id }, index) => index < count || id === last?.id)
    },
  }
}

export type Audit = ReturnType<typeof createAudit>

const roomOf = ({ outcome, action }: AuditEntry): (typeof rooms)[number] => {
  if (outcome === 'refused') return refusals
  return action === 'login' ? logins : deeds
}

/** An id is the time and, within a millisecond, a number. */
function newestFirst(one: AuditRecord, other: AuditRecord): number {
  const within = ({ id }: AuditRecord): number => Number(id.split('-')[1])
  return other.at - one.at || within(other) - within(one)
}
