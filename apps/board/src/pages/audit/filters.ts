import { type Audit, type AuditRecord, periods } from '@ponte/state'
import { z } from 'zod'
import { allTexts, createFilters, filterLooks, periodLook, periodMs, placeIn, tenantLook } from '../../ui/filters.ts'
import { actionChoices, isAction } from './texts.ts'

/** All that is kept, where no period is named. The trail outlives users and tenants, so any name may be asked for. */
export const auditFilters = createFilters('/audit', () =>
  z.object({
    user: z
      .string()
      .max(500)
      .optional()
      .register(filterLooks, { label: { en: 'User', pt: 'Quem' }, all: { en: 'everybody', pt: 'todos' } }),
    action: z
      .string()
      .refine(isAction)
      .optional()
      .register(filterLooks, {
        label: { en: 'Action', pt: 'Ação' },
        all: allTexts.feminine,
        choices: actionChoices,
      }),
    tenant: z.string().max(500).optional().register(filterLooks, tenantLook),
    period: z
      .enum(periods)
      .optional()
      .register(filterLooks, { ...periodLook, all: { en: '400 days', pt: '400 dias' } }),
    before: placeIn(/^\d{1,15}-\d{1,10}$/),
  }),
)
type AuditFilters = ReturnType<typeof auditFilters.read>

const PAGE_SIZE = 100
/** Records that are read at once, and at most, for one page. */
const AT_ONCE = 500
const MOST_READ = 10_000

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
  const since = filters.period === undefined ? 0 : now - periodMs[filters.period]
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
