import type { LastMark, MarkName } from '@ponte/contracts'
import type { ContactRecord, MarkRecord, MarkWorth, SentMark } from '@ponte/state'

/** What was reported to RD Station of a contact and of its opportunities. */
export interface Standing {
  readonly contact: ContactRecord
  /** By the id of the opportunity. */
  readonly marks: ReadonlyMap<string, MarkRecord>
}

export const stateAfter = { opportunity: 'open', sale: 'won', loss: 'lost' } as const satisfies Record<
  MarkName,
  LastMark
>

export const isEnd = (state: string | undefined): state is 'won' | 'lost' => state === 'won' || state === 'lost'

/** Marked as open, even if RD Station does not show it at present (`hidden`). */
export const isMarkedOpen = (marked: LastMark | undefined): boolean => marked === 'open' || marked === 'hidden'

/**
 * RD Station has taken a mark, so none is unanswered any more. It has one state for all opportunities of the contact: an end hides the open
 * ones, and an opportunity mark shows them again. See docs/behaviour/marks.md#states-of-a-mark.
 */
export function acceptMark({ contact, marks }: Standing, sent: SentMark, worth: MarkWorth | undefined): Standing {
  const { mark, opportunityId, at, address, wasShown, wasSold, newestBefore } = sent
  const isOpening = mark === 'opportunity'
  const last = { mark, opportunityId, at, address, wasShown, wasSold, newestBefore }
  const accepted = mapMark(marks, opportunityId, record => ({
    ...record,
    marked: stateAfter[mark],
    address,
    worth,
    counted: [...new Set([...(record.counted ?? []), stateAfter[mark]])],
    // An end is the last of the marks that are due. After an opportunity mark an end may follow (`recordEnd`).
    ...(!isOpening && { reportedAgain: undefined }),
  }))
  return {
    contact: {
      ...contact,
      ...{ unanswered: undefined, unmarking: undefined },
      ...{ shown: isOpening, sold: contact.sold || mark === 'sale', last },
      ...(isOpening && { opened: { at, newestBefore } }),
    },
    marks: isOpening ? showAll(accepted) : hideAll(accepted),
  }
}

/** RD Station shows the contact as an opportunity again, or does not any more, and with it all its opportunities that are marked as open. */
const showAll = (marks: Standing['marks']): Standing['marks'] =>
  mapMarks(marks, record => (record.marked === 'hidden' ? { ...record, marked: 'open' } : record))
const hideAll = (marks: Standing['marks']): Standing['marks'] =>
  mapMarks(marks, record => (record.marked === 'open' ? { ...record, marked: 'hidden' } : record))

/**
 * The contact is about to be unmarked because of this opportunity, and none of its others was found open. They are recorded as hidden too:
 * one that is open after all is reported again by its next run.
 */
export const unmarking = ({ contact, marks }: Standing, opportunityId: string): Standing => ({
  contact: { ...contact, unmarking: true },
  marks: hideAll(mapMark(marks, opportunityId, record => ({ ...record, marked: 'hidden' }))),
})

/** The last mark went to an address that was no longer the contact's, so RD Station dropped it. */
export function takeBack({ contact, marks }: Standing, last: SentMark, isShown: boolean): Standing {
  const marked = isShown && last.mark !== 'opportunity' ? 'open' : 'none'
  const sold = last.mark === 'sale' ? last.wasSold : contact.sold
  return {
    contact: { ...contact, shown: isShown, unmarking: undefined, sold, last: undefined },
    marks: mapMark(marks, last.opportunityId, record => reportAgain(record, marked)),
  }
}

/**
 * A person wants the end of an opportunity marked again, but the contact was marked for others since. What RD Station shows now proves
 * nothing about this one.
 */
export const reopen = ({ contact, marks }: Standing, opportunityId: string): Standing => ({
  contact,
  marks: mapMark(marks, opportunityId, record => reportAgain(record, contact.shown ? 'open' : 'hidden')),
})

export const changeMark = (
  { contact, marks }: Standing,
  opportunityId: string,
  changed: Partial<MarkRecord>,
): Standing => ({ contact, marks: mapMark(marks, opportunityId, record => ({ ...record, ...changed })) })

const mapMark = (marks: Standing['marks'], wanted: string, map: (record: MarkRecord) => MarkRecord) =>
  mapMarks(marks, (record, id) => (id === wanted ? map(record) : record))

const mapMarks = (marks: Standing['marks'], map: (record: MarkRecord, id: string) => MarkRecord): Standing['marks'] =>
  new Map([...marks].map(([id, record]) => [id, map(record, id)]))

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
const MOST_KEPT = 20

/** The contact keeps the sale or loss that was reported to it. */
function keepEnd(contact: ContactRecord, opportunityId: string, { marked, worth }: MarkRecord): ContactRecord {
  const others = (contact.kept ?? []).filter(each => each.opportunityId !== opportunityId)
  if (isEnd(marked)) return { ...contact, kept: [...others, { opportunityId, marked, worth }].slice(-MOST_KEPT) }
  return contact.kept === undefined ? contact : { ...contact, kept: others }
}

/**
 * The opportunity goes to another contact. Of its marks, only what figures have counted stays. A contact that stays an opportunity is one
 * for its others from now on. `isShown`: RD Station showed it because of this opportunity.
 */
export function giveAway(
  { contact, marks }: Standing,
  { opportunityId, recorded }: { readonly opportunityId: string; readonly recorded: MarkRecord },
  { isShown, isUnmarked }: { readonly isShown: boolean; readonly isUnmarked: boolean },
): { readonly standing: Standing; readonly mark: MarkRecord } {
  const { marked, counted } = recorded
  const mark = reportAgain({ marked, ...(counted !== undefined && { counted }) }, 'none')
  const left = isShown
    ? { ...contact, last: undefined, shown: !isUnmarked, ...(isUnmarked && { unmarking: undefined }) }
    : contact
  const standing = { contact: keepEnd(left, opportunityId, recorded), marks: new Map(marks).set(opportunityId, mark) }
  return { mark, standing }
}

/** The opportunity comes to this contact, maybe back to it. An end that the contact kept is not marked again. */
export function withKeptEnd(record: MarkRecord, opportunityId: string, { kept = [] }: ContactRecord): MarkRecord {
  const end = kept.find(each => each.opportunityId === opportunityId)
  return end === undefined ? record : { ...record, marked: end.marked, worth: end.worth }
}
