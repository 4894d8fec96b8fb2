import type { LastMark, MarkName } from '@ponte/contracts'
import type { ContactRecord, MarkRecord, SentMark } from '@ponte/state'

/** What RD Station was told of a contact and of its opportunities. */
export interface Standing {
  readonly contact: ContactRecord
  /** By the id of the opportunity. */
  readonly marks: ReadonlyMap<string, MarkRecord>
}

const stateAfter = { opportunity: 'open', sale: 'won', loss: 'lost' } as const satisfies Record<MarkName, LastMark>

export const isEnd = (state: string | undefined): state is 'won' | 'lost' => state === 'won' || state === 'lost'

/** Marked as open, even if RD Station does not show it at present (`hidden`). */
export const isMarkedOpen = (marked: LastMark | undefined): boolean => marked === 'open' || marked === 'hidden'

/**
 * RD Station has taken a mark, so none is unanswered any more. It has one state for all opportunities of the contact: an end hides the open
 * ones, and an opportunity mark shows them again. See docs/behaviour.md#states-of-a-mark.
 */
export function acceptMark({ contact, marks }: Standing, sent: SentMark): Standing {
  const { mark, opportunityId, at, address, wasShown, wasSold } = sent
  const isOpening = mark === 'opportunity'
  const last = { mark, opportunityId, at, address, wasShown, wasSold }
  return {
    contact: { ...contact, unanswered: undefined, shown: isOpening, sold: contact.sold || mark === 'sale', last },
    marks: mapMarks(marks, (record, id) => {
      if (id === opportunityId) return { ...withMark(record, stateAfter[mark]), address }
      if (isOpening) return record.marked === 'hidden' ? withMark(record, 'open') : record
      return record.marked === 'open' ? withMark(record, 'hidden') : record
    }),
  }
}

/** The last mark went to an address that was no longer the contact's, so RD Station dropped it. */
export function takeBack({ contact, marks }: Standing, last: SentMark, isShown: boolean): Standing {
  const marked = isShown && last.mark !== 'opportunity' ? 'open' : 'none'
  const sold = last.mark === 'sale' ? last.wasSold : contact.sold
  return {
    contact: { ...contact, shown: isShown, sold, last: undefined },
    marks: mapMark(marks, last.opportunityId, record => asCounted(record, marked)),
  }
}

/**
 * A person wants the end of an opportunity marked again, but the contact was marked for others since. What RD Station shows now proves
 * nothing about this one.
 */
export const reopen = ({ contact, marks }: Standing, opportunityId: string): Standing => ({
  contact,
  marks: mapMark(marks, opportunityId, record => asCounted(record, contact.shown ? 'open' : 'hidden')),
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

/** `counted` is the furthest state that figures have counted. It is dropped once the new contact reaches that state. */
const withMark = ({ counted, ...record }: MarkRecord, marked: LastMark): MarkRecord => ({
  ...record,
  marked,
  ...(counted !== undefined && counted !== marked && { counted }),
})

/** The opportunity is marked again from here on. Figures have counted all its marks so far, and must not count them twice. */
function asCounted(record: MarkRecord, marked: LastMark): MarkRecord {
  const counted = record.counted ?? (record.marked === 'hidden' ? 'open' : record.marked)
  return { ...record, marked, ...(counted !== 'none' && { counted }) }
}

/** Only a test record has more ends of opportunities that were given away. */
const MOST_KEPT = 20

/** The contact keeps the sale or loss that it was told of. */
function keepEnd(contact: ContactRecord, opportunityId: string, marked: LastMark): ContactRecord {
  const others = (contact.kept ?? []).filter(each => each.opportunityId !== opportunityId)
  if (isEnd(marked)) return { ...contact, kept: [...others, { opportunityId, marked }].slice(-MOST_KEPT) }
  return contact.kept === undefined ? contact : { ...contact, kept: others }
}

/**
 * The opportunity goes to another contact. Of its marks, only what figures have counted stays. A contact that stays an opportunity is one
 * for its others from now on. `isShown`: RD Station showed it because of this opportunity.
 */
export function giveAway(
  { contact, marks }: Standing,
  { opportunityId, recorded: { marked, counted } }: { readonly opportunityId: string; readonly recorded: MarkRecord },
  { isShown, isUnmarked }: { readonly isShown: boolean; readonly isUnmarked: boolean },
): { readonly standing: Standing; readonly mark: MarkRecord } {
  const mark = asCounted({ marked, ...(counted !== undefined && { counted }) }, 'none')
  const left = isShown ? { ...contact, last: undefined, shown: !isUnmarked } : contact
  const standing = { contact: keepEnd(left, opportunityId, marked), marks: new Map(marks).set(opportunityId, mark) }
  return { mark, standing }
}

/** The opportunity comes to this contact, maybe back to it. An end that the contact kept is not marked again. */
export function withKeptEnd(record: MarkRecord, opportunityId: string, { kept = [] }: ContactRecord): MarkRecord {
  const end = kept.find(each => each.opportunityId === opportunityId)
  return end === undefined ? record : withMark(record, end.marked)
}
