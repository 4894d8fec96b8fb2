import type { Audit, AuditEntry, Fingerprint } from '@ponte/state'
import type { FastifyReply } from 'fastify'
import type { User } from '@ponte/operations'
import { createUserLimit } from './attempt-limit.ts'

/** Persons that one user may look up in a minute: enough for a person at work, too few to try out telephones. */
const MAX_PERSONS = 30

export interface PersonLookup {
  readonly user: User
  readonly action: Omit<AuditEntry, 'user' | 'outcome' | 'persons'>
  /** For each person, what is searched for: e-mail, digits of a phone, uuid. An empty list counts as one person. */
  readonly persons: readonly (readonly string[])[]
  readonly reply: FastifyReply
}

/** Limits and records searches and previews, which find a person by what is typed. All share one limit, kept in this process. */
export function createPersonLookups({
  audit,
  fingerprint,
}: {
  readonly audit: Audit
  readonly fingerprint: Fingerprint
}) {
  const limit = createUserLimit(MAX_PERSONS)

  /**
   * Call before persons are looked up. Rejects with 429 when there are too many. Records them by keyed fingerprints, so that every look-up
   * is recorded and the audit trail holds no person. A viewer finds no persons, so viewers are only counted.
   */
  async function begin({ user, action, persons, reply }: PersonLookup): Promise<void> {
    await limit.require(user, reply, Math.max(1, persons.length))
    if (user.role !== 'operator') return
    const prints = [...new Set(persons.flat().map(fingerprint))].join(' ')
    await audit.write({ ...action, user: user.name, outcome: 'done', ...(prints !== '' && { persons: prints }) })
  }

  return {
    begin,
    ofSearch: (user: User, reply: FastifyReply) => (persons: PersonLookup['persons']) =>
      begin({ user, action: { action: 'search' }, persons, reply }),
  }
}

export type PersonLookups = ReturnType<typeof createPersonLookups>
