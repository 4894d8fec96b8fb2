import type { Redis } from 'ioredis'
import { z } from 'zod'

/** One trail for the whole installation: logins belong to no tenant. */
const AUDIT_KEY = 'ponte:audit'
const MOST_ENTRIES = 10_000
const KEEP_MS = 400 * 24 * 3_600_000

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

/** Who did what and when: the last 10,000 or so, 400 days at most. */
export function createAudit(redis: Redis) {
  return {
    async write(entry: AuditEntry): Promise<void> {
      const fields = Object.entries(entry).flatMap(([name, value]) => (value === undefined ? [] : [name, value]))
      await redis.xadd(AUDIT_KEY, 'MAXLEN', '~', MOST_ENTRIES, '*', ...fields)
      await redis.xtrim(AUDIT_KEY, 'MINID', '~', Date.now() - KEEP_MS)
      await redis.pexpire(AUDIT_KEY, KEEP_MS)
    },
    /** The newest first; `before` is the id of the last record that was read. */
    async read({ before, count }: { before?: string | undefined; count: number }): Promise<readonly AuditRecord[]> {
      const found = await redis.xrevrange(AUDIT_KEY, before === undefined ? '+' : `(${before}`, '-', 'COUNT', count)
      return found.flatMap(([id, fields]) => {
        const pairs = Array.from({ length: fields.length / 2 }, (_, index) => fields.slice(index * 2, index * 2 + 2))
        const parsed = auditEntry.safeParse(Object.fromEntries(pairs))
        return parsed.success ? [{ ...parsed.data, id, at: Number.parseInt(id, 10) }] : []
      })
    },
  }
}

export type Audit = ReturnType<typeof createAudit>
