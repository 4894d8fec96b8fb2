import { randomUUID } from 'node:crypto'
import { type ContactIdentity, contactNames } from './contact-links.ts'
import type { Fingerprint } from '../fingerprints/fingerprint.ts'
import { addMember, type Change, dropMember, type Member, type Reading, readMembers } from '../redis/step.ts'
import { stateKey } from '../redis/keys.ts'
import { MARKS_KEEP_S } from '../marks/mark-ledger.ts'

/** The newest marks of a contact are kept. Each is a step that sales took with an opportunity. */
const MOST = 100
/** Marks this close in time count as one: RD Station may be slow, and its clock and ours may differ. */
const SAME_MARK_MS = 10 * 60_000

/**
 * When a contact was marked as an opportunity, and by whom. RD Station delivers the marks that Ponte made like those of marketing. Without
 * this record, they would count as marks by marketing. Times are milliseconds since 1970.
 */
export function createContactMarks(tenant: string, fingerprint: Fingerprint) {
  const keysOf = (contact: ContactIdentity): string[] =>
    contactNames(contact, fingerprint).map(name => stateKey(tenant, 'contact-marks', name))

  const addingOf = (contact: ContactIdentity, member: string, at: number): Change[] =>
    keysOf(contact).map(key =>
      addMember(key, { member, score: at, keepsScore: false, keepS: MARKS_KEEP_S, mostMembers: MOST }),
    )

  return {
    /**
     * Write `made` before the mark is sent, because RD Station may deliver the mark before it answers. Write `undone` if it was certainly
     * not made.
     */
    beginningOf(
      contact: ContactIdentity,
      at: number,
    ): { readonly made: readonly Change[]; readonly undone: readonly Change[] } {
      const mark = newMember('ponte')
      return { made: addingOf(contact, mark, at), undone: keysOf(contact).map(key => dropMember(key, mark)) }
    },
    /** Somebody else marked the contact. */
    rememberingOther: (contact: ContactIdentity, at: number): readonly Change[] =>
      addingOf(contact, newMember('others'), at),
    readingOf: (contact: ContactIdentity): Reading<RecordedMarks> => readMembers(keysOf(contact), recordedMarks),
  }
}

/** The marks of one contact. */
export interface RecordedMarks {
  /** Whether Ponte made, or is making, a mark at about this time. */
  isOwn(at: number): boolean
  /** The time of the contact's latest mark, if that is Ponte's. */
  latestIfOwn(): number | undefined
}

/** `sets`: the marks under each name of the contact. */
const recordedMarks = (sets: readonly (readonly Member[])[]): RecordedMarks => ({
  isOwn: at => sets.flat().some(({ member, score }) => isPontes(member) && Math.abs(score - at) <= SAME_MARK_MS),
  latestIfOwn() {
    const latest = sets.flatMap(set => set.at(-1) ?? [])
    const [newest] = latest.toSorted((one, other) => other.score - one.score)
    return newest !== undefined && isPontes(newest.member) ? newest.score : undefined
  },
})

const newMember = (maker: 'ponte' | 'others'): string => `${maker}:${randomUUID()}`

const isPontes = (member: string): boolean => member.startsWith('ponte:')
