import { type Audit, type AuditRecord, type Period, periods } from '@ponte/state'
import { z } from 'zod'
import { readKnown, tenantAmong } from '../../ui/unknown-filters.ts'
import { isAction } from './texts.ts'

/** What the page of the trail is asked to show. It stands in the address. */
export interface AuditFilters {
  readonly user?: string | undefined
  readonly action?: string | undefined
  readonly tenant?: string | undefined
  /** Default: all that is kept. */
  readonly period?: Period | undefined
  /** The id of the record before which the page begins. */
  readonly before?: string | undefined
}

const schemaOf = (tenants: readonly { readonly name: string }[]) =>
  z.object({
    user: z.string().max(500).optional(),
    action: z.string().refine(isAction).optional(),
    tenant: tenantAmong(tenants).optional(),
    period: z.enum(periods).optional(),
    before: z
      .string()
      .regex(/^\d{1,15}-\d{1,10}$/)
      .optional(),
  })

/** Reads what an address asks for, of users whom the trail may not have any more. Throws UnknownFilters. */
export const readAuditFilters = (asked: unknown, tenants: readonly { readonly name: string }[]): AuditFilters =>
  readKnown(schemaOf(tenants), asked, '/audit')

export const isFiltered = ({ user, action, tenant, period }: AuditFilters): boolean =>
  [user, action, tenant, period].some(each => each !== undefined)

/** The page that begins with what came before a record. */
export function auditAddress({ user, action, tenant, period }: AuditFilters, before: string): string {
  const set = { user, action, tenant, period, before }
  const fields = Object.entries(set).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return `/audit?${new URLSearchParams(Object.fromEntries(fields)).toString()}`
}

const PAGE_SIZE = 100
/** Records that are read at once, and at most, for one page. */
const AT_ONCE = 500
const MOST_READ = 10_000
const DAY_MS = 24 * 3_600_000
const days: Readonly<Record<Period, number>> = { '24h': 1, '7d': 7, '30d': 30 }

interface Reader {
  /** May the reader see this record? */
  readonly isShown: (record: AuditRecord) => boolean
  readonly now: number
}

/** A page of the trail, newest first. `next`: where the following page begins; undefined when there is none. */
export async function readFiltered(
  audit: Pick<Audit, 'read'>,
  filters: AuditFilters,
  { isShown, now }: Reader,
): Promise<{ readonly records: readonly AuditRecord[]; readonly next: string | undefined }> {
  const since = filters.period === undefined ? 0 : now - days[filters.period] * DAY_MS
  const records: AuditRecord[] = []
  let { before } = filters
  for (let read = 0; read < MOST_READ; read += AT_ONCE) {
    const part = await audit.read({ before, count: AT_ONCE })
    records.push(...part.filter(record => record.at >= since && isAmong(record, filters) && isShown(record)))
    const last = part.at(-1)
    const isOver = part.length < AT_ONCE || last === undefined || last.at < since
    if (records.length > PAGE_SIZE) return { records: records.slice(0, PAGE_SIZE), next: records[PAGE_SIZE - 1]?.id }
    if (isOver) return { records, next: undefined }
    before = last.id
  }
  return { records, next: before }
}

const isAmong = ({ user, action, tenant }: AuditRecord, filters: AuditFilters): boolean =>
  (filters.user ?? user) === user && (filters.action ?? action) === action && (filters.tenant ?? tenant) === tenant

/** The users of the newest records that the reader may see. */
export async function readUsers(audit: Pick<Audit, 'read'>, isShown: Reader['isShown']): Promise<readonly string[]> {
  const newest = await audit.read({ count: AT_ONCE })
  return [...new Set(newest.filter(isShown).map(({ user }) => user))]
}
