import type { MarkName } from '@ponte/mappers'
import type { ContactRecord, LastMark, MarkRecord, SentMark } from '@ponte/state'

/** What RD Station was told of a contact and of its opportunities. */
export interface Standing {
  readonly contact: ContactRecord
  /** By the id of the opportunity. */
  readonly marks: ReadonlyMap<string, MarkRecord>
}

const stateAfter = { opportunity: 'open', sale: 'won', loss: 'lost' } as const satisfies Record<MarkName, LastMark>

/**
 * RD Station has taken a mark. It has one state for all opportunities of the contact: an end hides those that are open, and what makes
 * the contact an opportunity shows them again. See docs/behaviour.md#states-of-a-mark.
 */
export function acceptMark(standing: Standing, sent: SentMark): Standing {
  const { mark, opportunityId, at, address, wasShown, wasSold } = sent
  const isOpening = mark === 'opportunity'
  const { unanswered: _unanswered, ...known } = standing.contact
  return {
    contact: {
      ...known,
      shown: isOpening,
      sold: known.sold || mark === 'sale',
      last: { mark, opportunityId, at, address, wasShown, wasSold },
    },
    marks: mapMarks(standing.marks, (record, id) => {
      if (id === opportunityId) return { ...withMark(record, stateAfter[mark]), address }
      if (isOpening) return record.marked === 'hidden' ? withMark(record, 'open') : record
      return record.marked === 'open' ? withMark(record, 'hidden') : record
    }),
  }
}

/** A mark was surely not made, or nobody will ever know: what was told stands as it was before. */
export function withoutAnswer(standing: Standing): Standing {
  const { unanswered, ...contact } = standing.contact
  return unanswered === undefined ? standing : { contact, marks: standing.marks }
}

/** The last mark went to an address that was no longer the contact's, so RD Station dropped it. */
export function takeBack({ contact, marks }: Standing, isShown: boolean): Standing {
  const { last, ...known } = contact
  if (last === undefined) return { contact, marks }
  const isOpening = last.mark === 'opportunity'
  return {
    contact: { ...known, shown: isShown, sold: last.mark === 'sale' ? last.wasSold : known.sold },
    marks: mapMarks(marks, (record, id) =>
      id === last.opportunityId ? asCounted(record, isShown && !isOpening ? 'open' : 'none') : record,
    ),
  }
}

/** A person wants the end of an opportunity told again, after which the contact was told others: what it shows says nothing of this one. */
export function reopen(standing: Standing, opportunityId: string): Standing {
  const marked = standing.contact.shown ? 'open' : 'hidden'
  return {
    contact: standing.contact,
    marks: mapMarks(standing.marks, (record, id) => (id === opportunityId ? asCounted(record, marked) : record)),
  }
}

export const changeMark = (
  { contact, marks }: Standing,
  opportunityId: string,
  changed: Partial<MarkRecord>,
): Standing => ({
  contact,
  marks: mapMarks(marks, (record, id) => (id === opportunityId ? { ...record, ...changed } : record)),
})

const mapMarks = (marks: Standing['marks'], map: (record: MarkRecord, id: string) => MarkRecord): Standing['marks'] =>
  new Map([...marks].map(([id, record]) => [id, map(record, id)]))

/** Once the new contact was told as much as the former one, everything counts again. */
const withMark = ({ counted, ...record }: MarkRecord, marked: LastMark): MarkRecord => ({
  ...record,
  marked,
  ...(counted !== undefined && counted !== marked && { counted }),
})

/** Told again from here on: figures have counted all that was told, and count it no second time. */
function asCounted(record: MarkRecord, marked: LastMark): MarkRecord {
  const counted = record.counted ?? (record.marked === 'hidden' ? 'open' : record.marked)
  return { ...record, marked, ...(counted !== 'none' && { counted }) }
}

/** A contact with more ends of opportunities that are somebody else's is a test record. */
const MOST_KEPT = 20

/** It keeps the sale or the loss that it was told of it. */
function keepEnd(contact: ContactRecord, opportunityId: string, marked: LastMark): ContactRecord {
  const others = (contact.kept ?? []).filter(each => each.opportunityId !== opportunityId)
  if (marked === 'won' || marked === 'lost')
    return { ...contact, kept: [...others, { opportunityId, marked }].slice(-MOST_KEPT) }
  return contact.kept === undefined ? contact : { ...contact, kept: others }
}

/**
 * The opportunity goes to somebody else: of what was told of it only what figures have counted stays. If the contact stays an
 * opportunity, that is for its others from now on. `isShown`: RD Station showed it as one for this one.
 */
export function giveAway(
  { contact, marks }: Standing,
  { opportunityId, recorded: { marked, counted } }: { readonly opportunityId: string; readonly recorded: MarkRecord },
  { isShown, isUnmarked }: { readonly isShown: boolean; readonly isUnmarked: boolean },
): { readonly standing: Standing; readonly mark: MarkRecord } {
  const mark = asCounted({ marked, ...(counted !== undefined && { counted }) }, 'none')
  const { last: _last, ...others } = contact
  const after = keepEnd(isShown ? { ...others, shown: !isUnmarked } : contact, opportunityId, marked)
  return { mark, standing: { contact: after, marks: new Map(marks).set(opportunityId, mark) } }
}

/** The opportunity comes to this contact, maybe back to it: what it keeps is not told again. */
export function takeUp(record: MarkRecord, opportunityId: string, { kept = [] }: ContactRecord): MarkRecord {
  const end = record.contact === undefined ? kept.find(each => each.opportunityId === opportunityId) : undefined
  return end === undefined ? record : withMark(record, end.marked)
}
