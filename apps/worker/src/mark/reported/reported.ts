import type { LastMark, MarkName } from '@ponte/contracts'
import type { Change, ContactRecord, MarkRecord, MarkWorth, SentMark, UnansweredMark } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import type { Confirmation } from '../../run/job-locks.ts'

/**
 * What was reported to RD Station of a contact and of its opportunities. Each transition below returns its new value, and in it which records
 * are to be written.
 */
export interface Reported {
  readonly contact: ContactRecord
  /** By the id of the opportunity. */
  readonly marks: ReadonlyMap<string, MarkRecord>
  /** Of this transition, and of those before it that are not written yet. `recordReported` writes them. */
  readonly changes: { readonly contact: boolean; readonly marks: ReadonlySet<string> }
}

/** As Redis has it: nothing is to be written. */
export const asRecorded = ({ contact, marks }: Pick<Reported, 'contact' | 'marks'>): Reported => ({
  contact,
  marks,
  changes: { contact: false, marks: new Set() },
})

export interface RecordingOptions {
  /** Made in the same step. */
  readonly more?: readonly Change[]
  /** Nothing follows in this run: the step also releases all its locks. */
  readonly isLast?: boolean
  /** Asks for replicas, for what is about to be reported. `requireReplicas` is called before that. */
  readonly confirmation?: Confirmation
}

/** Writes what has changed of a contact and its opportunities, in one step. Returns it as it is recorded now. The contact's lock is held. */
export async function recordReported(
  uuid: string,
  reported: Reported,
  { marks, underLocks, recordAndRelease }: JobContext,
  { more = [], isLast = false, confirmation }: RecordingOptions = {},
): Promise<Reported> {
  const changed = [...reported.marks].filter(([id]) => reported.changes.marks.has(id))
  const changes = [
    ...(reported.changes.contact ? [marks.contactWritingOf(uuid, reported.contact)] : []),
    ...changed.map(([id, record]) => marks.writingOf(uuid, id, record)),
    ...more,
  ]
  const { confirmedBy } = confirmation ?? {}
  await (isLast ? recordAndRelease(changes) : underLocks({ changes, ...(confirmedBy && { confirmedBy }) }))
  return asRecorded(reported)
}

export const stateAfter = { opportunity: 'open', sale: 'won', loss: 'lost' } as const satisfies Record<
  MarkName,
  LastMark
>

export const isEnd = (state: string | undefined): state is 'won' | 'lost' => state === 'won' || state === 'lost'

/** Marked as open, even if RD Station does not show it at present (`hidden`). */
export const isMarkedOpen = (marked: LastMark | undefined): boolean => marked === 'open' || marked === 'hidden'

type Unanswered = Omit<UnansweredMark, 'wasPending'>

/**
 * A mark is about to be sent by the run of the opportunity `by`. Until the answer is known, the opportunity that is marked is pending too:
 * its own runs may not conclude either.
 */
export function askMark(reported: Reported, unanswered: Unanswered): Reported {
  const { by, opportunityId } = unanswered
  const wasPending = reported.marks.get(opportunityId)?.pending
  const pending = changeMark(changeMark(reported, by, { pending: true }), opportunityId, { pending: true })
  return changeContact(pending, { unanswered: { ...unanswered, wasPending } })
}

/** The mark was certainly not made: what `askMark` has changed is written again as it was `before`. */
export const withdrawMark = (before: Reported, { by, opportunityId }: Pick<Unanswered, 'by' | 'opportunityId'>) =>
  changeMark(changeMark(changeContact(before, {}), by, {}), opportunityId, {})

/** It is known by now what became of the mark whose answer was lost. */
export function answerMark(reported: Reported, unanswered: UnansweredMark, isMade: boolean): Reported {
  const { opportunityId, by, worth, wasPending: pending } = unanswered
  const answered = isMade ? acceptMark(reported, unanswered, worth) : changeContact(reported, { unanswered: undefined })
  return opportunityId === by ? answered : changeMark(answered, opportunityId, { pending })
}

/**
 * RD Station has taken a mark, so none is unanswered any more. It has one state for all opportunities of the contact: an end hides the open
 * ones, and an opportunity mark shows them again. See docs/behaviour/marks.md#states-of-a-mark.
 */
export function acceptMark(reported: Reported, sent: SentMark, worth: MarkWorth | undefined): Reported {
  const { mark, opportunityId, at, address, wasShown, wasSold, newestBefore } = sent
  const isOpening = mark === 'opportunity'
  const last = { mark, opportunityId, at, address, wasShown, wasSold, newestBefore }
  const accepted = mapMarks(reported, (record, id) =>
    id === opportunityId
      ? {
          ...record,
          marked: stateAfter[mark],
          address,
          worth,
          counted: [...new Set([...(record.counted ?? []), stateAfter[mark]])],
          // An end is the last of the marks that are due. After an opportunity mark an end may follow (`endRun`).
          ...(!isOpening && { reportedAgain: undefined }),
        }
      : undefined,
  )
  return changeContact(isOpening ? showAll(accepted) : hideAll(accepted), {
    ...{ unanswered: undefined, unmarking: undefined },
    ...{ shown: isOpening, sold: reported.contact.sold || mark === 'sale', last },
    ...(isOpening && { opened: { at, newestBefore } }),
  })
}

export interface EndOfRun {
  readonly opportunityId: string
  /** The contact's opportunities whose end was not marked yet. */
  readonly known: readonly string[]
  /** A later run has to look again. */
  readonly isPending: boolean
  /** The present state was reported. */
  readonly isReported: boolean
  /** Opportunities that TOTVS CRM does not know any more. Were one to come back, its next run reports it again. */
  readonly removed: readonly string[]
}

/** The run of an opportunity is over. The contact's list gets it, and loses those whose end was marked and those that were removed. */
export function endRun(
  reported: Reported,
  { opportunityId, known, isPending, isReported, removed }: EndOfRun,
): { readonly reported: Reported; readonly added: readonly string[]; readonly dropped: readonly string[] } {
  const ended = changeMark(reported, opportunityId, {
    pending: isPending || undefined,
    ...(isReported && { reportedAgain: undefined }),
  })
  const marked = (id: string): LastMark | undefined => ended.marks.get(id)?.marked
  const isOver = isEnd(marked(opportunityId)) && !isPending
  const others = known.filter(id => id !== opportunityId && (isEnd(marked(id)) || removed.includes(id)))
  return {
    reported: mapMarks(ended, (record, id) =>
      removed.includes(id) && isMarkedOpen(record.marked) ? { ...record, marked: 'hidden' } : undefined,
    ),
    added: isOver || marked(opportunityId) === 'none' ? [] : [opportunityId],
    dropped: [...(isOver ? [opportunityId] : []), ...others],
  }
}

/** RD Station shows the contact as an opportunity again, or does not any more, and with it all its opportunities that are marked as open. */
const showAll = (reported: Reported): Reported =>
  mapMarks(reported, record => (record.marked === 'hidden' ? { ...record, marked: 'open' } : undefined))
const hideAll = (reported: Reported): Reported =>
  mapMarks(reported, record => (record.marked === 'open' ? { ...record, marked: 'hidden' } : undefined))

/**
 * The contact is about to be unmarked because of this opportunity, and none of its others was found open. They are recorded as hidden too:
 * one that is open after all is reported again by its next run.
 */
export const unmarking = (reported: Reported, opportunityId: string): Reported =>
  changeContact(hideAll(changeMark(reported, opportunityId, { marked: 'hidden' })), { unmarking: true })

/** The last mark went to an address that was no longer the contact's, so RD Station dropped it. */
export function takeBack(reported: Reported, last: SentMark, isShown: boolean): Reported {
  const marked = isShown && last.mark !== 'opportunity' ? 'open' : 'none'
  const sold = last.mark === 'sale' ? last.wasSold : reported.contact.sold
  const taken = changeContact(reported, { shown: isShown, unmarking: undefined, sold, last: undefined })
  return mapMarks(taken, (record, id) => (id === last.opportunityId ? reportAgain(record, marked) : undefined))
}

/** The last mark reached the contact, whose address has changed since. */
export const readdress = (reported: Reported, last: SentMark, address: string): Reported =>
  changeContact(changeMark(reported, last.opportunityId, { address }), { last: { ...last, address } })

/**
 * A person wants the end of an opportunity marked again, but the contact was marked for others since. What RD Station shows now proves
 * nothing about this one.
 */
export const reopen = (reported: Reported, opportunityId: string): Reported =>
  mapMarks(reported, (record, id) =>
    id === opportunityId ? reportAgain(record, reported.contact.shown ? 'open' : 'hidden') : undefined,
  )

export const changeMark = (reported: Reported, opportunityId: string, changed: Partial<MarkRecord>): Reported =>
  mapMarks(reported, (record, id) => (id === opportunityId ? { ...record, ...changed } : undefined))

/** Replaces the record of an opportunity, or adds it. */
export const setMark = (reported: Reported, opportunityId: string, record: MarkRecord): Reported => ({
  ...reported,
  marks: new Map(reported.marks).set(opportunityId, record),
  changes: { ...reported.changes, marks: new Set(reported.changes.marks).add(opportunityId) },
})

/** Changes the opportunities for which `map` returns a record. */
const mapMarks = (reported: Reported, map: (record: MarkRecord, id: string) => MarkRecord | undefined): Reported =>
  [...reported.marks].reduce((before, [id, record]) => {
    const changed = map(record, id)
    return changed === undefined ? before : setMark(before, id, changed)
  }, reported)

const changeContact = (reported: Reported, changed: Partial<ContactRecord>): Reported => ({
  ...reported,
  contact: { ...reported.contact, ...changed },
  changes: { ...reported.changes, contact: true },
})

/**
 * The opportunity is marked again from here on. What was reported of it so far counts as counted, also where another program reported it: figures
 * must not count it twice.
 */
function reportAgain({ worth: _worth, ...record }: MarkRecord, marked: LastMark): MarkRecord {
  const states = record.marked === 'none' ? [] : (['open', ...(isEnd(record.marked) ? [record.marked] : [])] as const)
  const counted = [...new Set([...(record.counted ?? []), ...states])]
  return { ...record, marked, ...(counted.length > 0 && { counted, reportedAgain: true }) }
}

/** Only a test record has more ends of opportunities that were given away. */
const MAX_KEPT = 20

/** The contact keeps the sale or loss that was reported to it. */
function keepEnd(reported: Reported, opportunityId: string, { marked, worth }: MarkRecord): Reported {
  const { kept } = reported.contact
  const others = (kept ?? []).filter(each => each.opportunityId !== opportunityId)
  if (isEnd(marked))
    return changeContact(reported, { kept: [...others, { opportunityId, marked, worth }].slice(-MAX_KEPT) })
  return kept === undefined ? reported : changeContact(reported, { kept: others })
}

/**
 * The opportunity goes to another contact. Of its marks, only what figures have counted stays. A contact that stays an opportunity is one
 * for its others from now on. `isShown`: RD Station showed it because of this opportunity.
 */
export function giveAway(
  reported: Reported,
  { opportunityId, recorded }: { readonly opportunityId: string; readonly recorded: MarkRecord },
  { isShown, isUnmarked }: { readonly isShown: boolean; readonly isUnmarked: boolean },
): { readonly reported: Reported; readonly mark: MarkRecord } {
  const { marked, counted } = recorded
  const mark = reportAgain({ marked, ...(counted !== undefined && { counted }) }, 'none')
  const left = isShown
    ? changeContact(reported, { last: undefined, shown: !isUnmarked, ...(isUnmarked && { unmarking: undefined }) })
    : reported
  return { mark, reported: setMark(keepEnd(left, opportunityId, recorded), opportunityId, mark) }
}

/**
 * What was reported of an opportunity to this contact. `recorded`: its own record, where it comes to the contact, maybe back to it. Then an
 * end that the contact kept is not marked again.
 */
export function markOf({ contact, marks }: Reported, opportunityId: string, recorded: MarkRecord): MarkRecord {
  const record = marks.get(opportunityId) ?? recorded
  const end = contact.kept?.find(each => each.opportunityId === opportunityId)
  const isKept = record.contact === undefined && end !== undefined
  return isKept ? { ...record, marked: end.marked, worth: end.worth } : record
}

/** The opportunity belongs to this contact from now on. */
export const joinContact = (
  reported: Reported,
  {
    opportunityId,
    recorded,
    owner,
  }: {
    readonly opportunityId: string
    readonly recorded: MarkRecord
    readonly owner: Pick<MarkRecord, 'contact' | 'lead' | 'person'>
  },
): Reported => setMark(reported, opportunityId, { ...markOf(reported, opportunityId, recorded), ...owner })
