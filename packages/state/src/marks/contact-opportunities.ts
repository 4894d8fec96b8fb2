import { addMember, type Change, dropMember } from '../redis/change.ts'
import { stateKey } from '../redis/keys.ts'
import { type Reading, readMembers } from '../redis/reading.ts'
import { MARKS_KEEP_S } from './mark-ledger.ts'

/** A contact with more of them at once is a test record. */
const MOST = 50

/**
 * The opportunities of a contact that Ponte has opened or marked, and whose end RD Station does not have yet: it keeps one state for all
 * of them. Losing this costs their order among themselves.
 */
export function createContactOpportunities(tenant: string) {
  const keyOf = (uuid: string): string => stateKey(tenant, 'contact-opportunities', uuid)
  return {
    /** Known from now on, unless it was before. */
    rememberingOf: (uuid: string, opportunityId: string): Change =>
      addMember(keyOf(uuid), {
        ...{ member: opportunityId, score: Date.now(), keepsScore: true },
        ...{ keepS: MARKS_KEEP_S, mostMembers: MOST },
      }),
    /** RD Station has its end, or the opportunity is gone. */
    forgettingOf: (uuid: string, opportunityId: string): Change => dropMember(keyOf(uuid), opportunityId),
    /** In the order in which they became known. */
    readingOf: (uuid: string): Reading<readonly string[]> =>
      readMembers([keyOf(uuid)], ([members = []]) => members.map(({ member }) => member)),
  }
}
