import {
  contactLock,
  type ContactRecord,
  type MarkRecord,
  opportunityLock,
  type Reading,
  type StatusRecord,
  type TenantTime,
  tenantTimeOf,
  unknownContact,
} from '@ponte/state'
import type { MarkContext } from '../../run/job-context.ts'
import { asRecorded, type Reported } from '../reported/reported.ts'
import type { LockedStep } from '../../run/job-locks.ts'

/** What Ponte had recorded of an opportunity when its lock was taken. */
export interface Recorded {
  /** Undefined when Ponte has no record of the opportunity. */
  readonly mark: MarkRecord | undefined
  readonly status: StatusRecord
  /** When Ponte has worked for the tenant, when known. */
  readonly served: TenantTime | undefined
}

/** Runs `work` under the opportunity's lock, with what is recorded of it. Taking the lock and reading are one step. */
export function lockedOpportunity<Result>(
  opportunityId: string,
  { marks, statuses, tenant, locked }: MarkContext,
  work: (recorded: Recorded) => Promise<Result>,
  options: Pick<LockedStep, 'keepsOnFailure'> = {},
): Promise<Result> {
  const mark = marks.readingOf(opportunityId)
  const status = statuses.readingOf(opportunityId)
  const served = tenantTimeOf(tenant.name)
  return locked(
    [opportunityLock(opportunityId)],
    valueOf => work({ mark: valueOf(mark), status: valueOf(status), served: valueOf(served) }),
    { ...options, readings: [mark, status, served] },
  )
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
 * Runs `work` under the locks of these contacts and those already held, so that no other job marks the contacts meanwhile. With no lock to
 * take it runs at once. Taking the locks and reading are one step. An opportunity's lock is always taken before its contact's.
 */
export async function lockedContacts<Result>(
  uuids: readonly string[],
  held: HeldContacts,
  { opportunityId, status }: { readonly opportunityId: string; readonly status: StatusRecord },
  context: MarkContext,
  work: (held: HeldContacts) => Promise<Result>,
): Promise<Result> {
  const wanted = uuids.filter(uuid => !held.contacts.has(uuid))
  const [first, ...others] = wanted.map(contactLock)
  if (first === undefined) return await work(held)
  const { marks } = context
  const mark = marks.readingOf(opportunityId)
  const readings = wanted.map(uuid => ({
    uuid,
    record: marks.contactReadingOf(uuid),
    known: marks.opportunitiesReadingOf(uuid),
  }))
  const all: readonly Reading<unknown>[] = [mark, ...readings.flatMap(({ record, known }) => [record, known])]
  return await context.locked(
    [first, ...others],
    async valueOf => {
      const contacts = new Map(held.contacts)
      const subject = { id: opportunityId, mark: valueOf(mark) }
      for (const { uuid, record, known } of readings)
        contacts.set(
          uuid,
          await holdContact({ uuid, subject, record: valueOf(record), known: valueOf(known) }, context),
        )
      return await work({ contacts, recorded: valueOf(mark) })
    },
    { readings: all, ifTaken: () => waitFor(uuids.toSorted()[0], { opportunityId, status }, context) },
  )
}

/**
 * Records which lock the run waits for. The next run takes it before it calls TOTVS CRM, so a waiting job does not repeat its reads. With
 * two contacts it is the smaller UUID: two runs that want both then wait for the same lock.
 */
async function waitFor(
  uuid: string | undefined,
  { opportunityId, status }: { readonly opportunityId: string; readonly status: StatusRecord },
  { statuses, underLocks }: MarkContext,
): Promise<void> {
  if (uuid === undefined || status.waitsFor === uuid) return
  await underLocks({ changes: [statuses.writingOf(opportunityId, { ...status, waitsFor: uuid })] })
}

interface ReadContact {
  readonly uuid: string
  readonly subject: { readonly id: string; readonly mark: MarkRecord | undefined }
  readonly record: ContactRecord | undefined
  readonly known: readonly string[]
}

/**
 * Adds what is recorded of the contact's other opportunities, with one more step if there are any. A contact without a record counts as
 * shown if one of its opportunities is recorded as open.
 */
async function holdContact({ uuid, subject, record, known }: ReadContact, context: MarkContext): Promise<HeldContact> {
  const { marks, statuses, underLocks } = context
  const others = known
    .filter(id => id !== subject.id)
    .map(id => ({ id, mark: marks.readingOf(id), isFailing: statuses.failingReadingOf(id) }))
  const records = new Map<string, MarkRecord>()
  const failing = new Set<string>()
  const add = (id: string, mark: MarkRecord | undefined): void => {
    // An opportunity that was given to another contact stays on the list until its next event.
    if (mark !== undefined && (mark.contact ?? uuid) === uuid) records.set(id, mark)
  }
  if (others.length > 0) {
    const valueOf = await underLocks({ readings: others.flatMap(({ mark, isFailing }) => [mark, isFailing]) })
    for (const { id, mark, isFailing } of others) {
      add(id, valueOf(mark))
      if (valueOf(isFailing)) failing.add(id)
    }
  }
  add(subject.id, subject.mark)
  const contact = record ?? { ...unknownContact, shown: [...records.values()].some(({ marked }) => marked === 'open') }
  return { uuid, reported: asRecorded({ contact, marks: records }), known, failing }
}
