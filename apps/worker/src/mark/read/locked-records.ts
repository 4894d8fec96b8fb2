import {
  contactLock,
  type MarkRecord,
  opportunityLock,
  type Reading,
  type StatusRecord,
  type TenantTime,
  tenantTimeOf,
  unknownContact,
} from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { asRecorded, type Reported } from '../reported/reported.ts'

/** What Ponte had recorded of an opportunity when its lock was taken. */
export interface RecordedOpportunity {
  /** Undefined when Ponte has no record of the opportunity. */
  readonly mark: MarkRecord | undefined
  readonly status: StatusRecord
  /** When Ponte has worked for the tenant, when known. */
  readonly served: TenantTime | undefined
}

/** Takes the opportunity's lock, and reads what is recorded of it, in one step. */
export async function lockOpportunity(
  opportunityId: string,
  { marks, statuses, tenant, lock }: JobContext,
): Promise<RecordedOpportunity> {
  const mark = marks.readingOf(opportunityId)
  const status = statuses.readingOf(opportunityId)
  const served = tenantTimeOf(tenant.name)
  const valueOf = await lock([opportunityLock(opportunityId)], { readings: [mark, status, served] })
  return { mark: valueOf(mark), status: valueOf(status), served: valueOf(served) }
}

/** One contact as it is recorded. Its lock is held. */
export interface HeldContact {
  readonly uuid: string
  readonly reported: Reported
  /** The contact's opportunities whose end was not marked yet, in the order in which they became known. */
  readonly known: readonly string[]
  /** Opportunities with a failed mark, which has rounds of its own or waits for a person. */
  readonly failing: ReadonlySet<string>
}

export interface HeldContacts {
  readonly contacts: ReadonlyMap<string, HeldContact>
  /** What was recorded of the run's opportunity when the locks were taken. */
  readonly recorded: MarkRecord | undefined
}

/**
 * Takes the locks of these contacts besides those already held, so that no other job marks the contacts meanwhile. Taking the locks and
 * reading are one step. An opportunity's lock is always taken before its contact's.
 */
export async function lockContacts(
  uuids: readonly string[],
  held: HeldContacts,
  { opportunityId, status }: { readonly opportunityId: string; readonly status: StatusRecord },
  context: JobContext,
): Promise<HeldContacts> {
  const { marks, statuses, lock, underLocks } = context
  const wanted = uuids.filter(uuid => !held.contacts.has(uuid))
  if (wanted.length === 0) return held
  const mark = marks.readingOf(opportunityId)
  const readings = wanted.map(uuid => ({
    uuid,
    contact: marks.contactReadingOf(uuid),
    known: marks.opportunitiesReadingOf(uuid),
  }))
  const all: readonly Reading<unknown>[] = [mark, ...readings.flatMap(({ contact, known }) => [contact, known])]
  const valueOf = await lock(wanted.map(contactLock), { readings: all }, async () => {
    // The next run takes this lock before it calls TOTVS CRM, so a waiting job does not repeat its reads. With two contacts it is the smaller
    // UUID: two runs that want both then wait for the same lock.
    const [waitsFor] = uuids.toSorted()
    if (waitsFor !== undefined && status.waitsFor !== waitsFor)
      await underLocks({ changes: [statuses.writingOf(opportunityId, { ...status, waitsFor })] })
  })
  const contacts = new Map(held.contacts)
  for (const { uuid, contact, known } of readings) {
    const ids = valueOf(known)
    const { marks: records, failing } = await readMarks(uuid, ids, { opportunityId, mark: valueOf(mark) }, context)
    // A contact without a record counts as shown if one of its opportunities is recorded as open.
    const isShown = [...records.values()].some(({ marked }) => marked === 'open')
    const record = valueOf(contact) ?? { ...unknownContact, shown: isShown }
    contacts.set(uuid, { uuid, reported: asRecorded({ contact: record, marks: records }), known: ids, failing })
  }
  return { contacts, recorded: valueOf(mark) }
}

/** What is recorded of the contact's opportunities: the run's own, whose record is known, and the others, with one more step if any. */
async function readMarks(
  uuid: string,
  known: readonly string[],
  own: { readonly opportunityId: string; readonly mark: MarkRecord | undefined },
  { marks, statuses, underLocks }: JobContext,
) {
  const others = known
    .filter(id => id !== own.opportunityId)
    .map(id => ({ id, mark: marks.readingOf(id), isFailing: statuses.failingReadingOf(id) }))
  const readings = others.flatMap(({ mark, isFailing }) => [mark, isFailing])
  const valueOf = others.length > 0 ? await underLocks({ readings }) : undefined
  const records = others.map(({ id, mark }) => [id, valueOf?.(mark)] as const)
  return {
    marks: new Map(
      [...records, [own.opportunityId, own.mark] as const].flatMap(([id, mark]) =>
        // An opportunity that was given to another contact stays on the list until its next event.
        mark !== undefined && (mark.contact ?? uuid) === uuid ? [[id, mark] as const] : [],
      ),
    ),
    failing: new Set(others.filter(({ isFailing }) => valueOf?.(isFailing)).map(({ id }) => id)),
  }
}
