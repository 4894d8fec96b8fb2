import type { Audit, AuditRecord } from '@ponte/state'
import { maySee, type User } from '../users/user.ts'

/** What the trail is asked for. It outlives users and tenants, so any name may be. */
export interface AuditQuery {
  readonly user?: string | undefined
  readonly action?: string | undefined
  readonly tenant?: string | undefined
  /** Milliseconds since 1970. Default: all that is kept. */
  readonly since?: number | undefined
  /** Where the page begins: behind this record. */
  readonly before?: string | undefined
}

export interface AuditDocument {
  readonly records: readonly AuditRecord[]
  /** Where the following page begins; undefined when there is none. */
  readonly next: string | undefined
  /** Who can be asked for: the users of the newest records, and the one who is. */
  readonly users: readonly string[]
}

const PAGE_SIZE = 100
/** Records that are read at once, and at most, for one page. */
const AT_ONCE = 500
const MAX_READ = 10_000

/** Who did what and when, as far as the reader may see it. */
export async function readAudit(
  audit: Pick<Audit, 'read'>,
  query: AuditQuery,
  user: User | undefined,
): Promise<AuditDocument> {
  const [page, newest] = await Promise.all([readPage(audit, query, user), audit.read({ count: AT_ONCE })])
  const users = newest.filter(record => isShownTo(user, record)).map(record => record.user)
  return { ...page, users: [...new Set([...users, ...(query.user === undefined ? [] : [query.user])])].toSorted() }
}

async function readPage(
  audit: Pick<Audit, 'read'>,
  query: AuditQuery,
  user: User | undefined,
): Promise<Pick<AuditDocument, 'records' | 'next'>> {
  const records: AuditRecord[] = []
  const { since = 0 } = query
  let { before } = query
  for (let read = 0; read < MAX_READ; read += AT_ONCE) {
    const part = await audit.read({ before, count: AT_ONCE })
    records.push(...part.filter(record => record.at >= since && isAmong(record, query) && isShownTo(user, record)))
    const last = part.at(-1)
    const isOver = part.length < AT_ONCE || last === undefined || last.at < since
    if (records.length > PAGE_SIZE) return { records: records.slice(0, PAGE_SIZE), next: records[PAGE_SIZE - 1]?.id }
    if (isOver) return { records, next: undefined }
    before = last.id
  }
  return { records, next: before }
}

const isAmong = ({ user, action, tenant }: AuditRecord, query: AuditQuery): boolean =>
  (query.user ?? user) === user && (query.action ?? action) === action && (query.tenant ?? tenant) === tenant

/** A user who may see only some tenants sees what was done to those, and their own actions that name no tenant. */
const isShownTo = (user: User | undefined, record: AuditRecord): boolean =>
  user?.tenants === undefined || (record.tenant === undefined ? record.user === user.name : maySee(user, record.tenant))
