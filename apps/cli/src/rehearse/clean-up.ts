import {
  contactsOf,
  findContacts,
  findCrmRecords,
  type FoundRecord,
  isOwnDelivery,
  type Looked,
  type OnFailure,
} from './belongings.ts'
import type { Rehearsal } from './context.ts'
import type { SeenEvent } from './ponte-events.ts'

/** What a person has to remove. Without an id: what to look for, because the system did not say whether it is there. */
export interface LeftRecord extends Omit<FoundRecord, 'id'> {
  readonly id: string | null
}

export interface CleanUp {
  readonly removed: readonly FoundRecord[]
  readonly left: readonly LeftRecord[]
  /** What no rehearsal made, and was left alone. */
  readonly others: readonly FoundRecord[]
  /** RD Station may have been told of a sale or a loss: its reports keep that. */
  readonly isEndReported: boolean
}

export const nothingCleaned: CleanUp = { removed: [], left: [], others: [], isEndReported: false }

/** A run, as far as its end needs it. */
interface Ended extends Looked, Pick<Rehearsal, 'identifier'> {
  readonly rd: Looked['rd'] & Pick<Rehearsal['rd'], 'removeContact'>
  readonly crm: Looked['crm'] & Pick<Rehearsal['crm'], 'remove'>
  readonly events: Pick<Rehearsal['events'], 'removeJobs' | 'of'>
  readonly rehearsals: Pick<Rehearsal['rehearsals'], 'end'>
  readonly save: Rehearsal['save']
}

/** Marks that RD Station's reports keep, and the events for which they are made. */
const lastingMarks: ReadonlySet<unknown> = new Set(['sale', 'loss'])
const endings: ReadonlySet<string> = new Set(['opportunity.won', 'opportunity.lost'])
/** What a run says of marks that RD Station has. */
const saysMarks: ReadonlySet<string> = new Set(['marked', 'mark-found'])

/** Whether Ponte has reported a sale or a loss to RD Station. A run whose call got no answer may have. */
const reportsEnd = ({ name, runs }: SeenEvent): boolean =>
  runs.some(({ outcome, summary = [] }) => {
    const marks = [summary].flat().flatMap(({ key, values }) => (saysMarks.has(key) ? Object.values(values ?? {}) : []))
    return outcome === 'retrying' ? endings.has(name) : marks.flat().some(mark => lastingMarks.has(mark))
  })

/**
 * Ends a run for good: it is not resumed any more. If something is left, the run stays known, so that the next one of its person removes it.
 */
export async function endRehearsal(run: Ended): Promise<CleanUp> {
  // Redis may not answer: the records are removed all the same.
  await run.save({ isOver: true }).catch(() => undefined)
  const cleaned = await cleanUp(run)
  if (cleaned.left.length === 0) await run.rehearsals.end().catch(() => undefined)
  return cleaned
}

/**
 * Removes what the run made, as far as the systems allow, whatever state it was cut off in, and nothing else. Never rejects: what could not
 * be removed is named.
 */
async function cleanUp(run: Ended): Promise<CleanUp> {
  const { rd, crm, events } = run
  const removed = new Map<string, FoundRecord>()
  const left = new Map<string, LeftRecord>()
  const keep = (record: LeftRecord): void => void left.set(keyOf(record), record)
  const remove = async (record: FoundRecord, work: () => Promise<unknown>): Promise<void> => {
    const isGone = await work().then(
      () => true,
      () => false,
    )
    if (isGone) removed.set(keyOf(record), record)
    else keep(record)
  }
  const couldNotLook: OnFailure = kind => keep({ ...kind, id: null })
  const removeJobs = (opportunities: readonly string[]) =>
    events.removeJobs({ opportunities, isOwnDelivery: isOwnDelivery(run) }).catch(() => undefined)

  const [contacts, before] = [await findContacts(run, couldNotLook), await findCrmRecords(run, couldNotLook)]
  // Whoever has an opportunity under the test person needs the contact as well.
  if (!before.areNeeded)
    for (const id of contacts.own) {
      const contact = { system: 'rd-station', kind: 'contact', id } as const
      if (before.areAllRead) await remove(contact, () => rd.removeContact(id))
      else keep(contact)
    }
  // What still waits would make a lead anew.
  await removeJobs(before.opportunities)
  const after = await findCrmRecords(run, couldNotLook)
  // What one of the two looks found of somebody else counts, though the other one failed.
  const others = new Map(
    [...(before.areNeeded ? contactsOf(contacts) : contacts.others), ...before.others, ...after.others].map(record => [
      keyOf(record),
      record,
    ]),
  )
  const opportunities = new Set([...before.opportunities, ...after.opportunities])
  for (const id of opportunities)
    await remove({ system: 'totvs-crm', kind: 'opportunity', id }, () => crm.remove('opportunity', id))
  for (const id of new Set([before, after].flatMap(each => [...each.leads, ...each.unread]))) {
    const lead = { system: 'totvs-crm', kind: 'lead', id } as const
    if (others.has(keyOf(lead))) continue
    if (after.leads.includes(id)) await remove(lead, () => crm.remove('lead', id))
    else keep(lead)
  }
  await removeJobs([...opportunities])
  // Without Redis nobody knows.
  const seen = await Promise.all([...opportunities].map(events.of)).catch(() => undefined)
  const isEndReported = seen?.flat().some(reportsEnd) ?? true
  return { removed: [...removed.values()], left: [...left.values()], others: [...others.values()], isEndReported }
}

const keyOf = ({ system, kind, id }: LeftRecord): string => `${system} ${kind} ${id}`
