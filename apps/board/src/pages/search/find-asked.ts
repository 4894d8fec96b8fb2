import { identitiesOfSearch } from '@ponte/contracts'
import type { FastifyReply } from 'fastify'
import type { PersonLookups } from '../../auth/person-lookups.ts'
import type { User } from '@ponte/operations'
import type { BoardDeps } from '../../board-deps.ts'
import { findByName, type FoundByName, isName } from './find-by-name.ts'
import { findEvents } from './find-events.ts'

interface Asked {
  readonly query: string
  readonly user: User
  /** Where an earlier search by name ended. */
  readonly from: string | undefined
}

export type FoundEvents = Omit<FoundByName, 'persons'>

interface Search {
  readonly lookups: PersonLookups
  readonly reply: FastifyReply
  /** Runs what reads much, so that many searches together read no more at a time than one. */
  readonly inTurn: <Value>(work: () => Promise<Value>) => Promise<Value>
}

/**
 * The events that a search text finds: exactly by e-mail, phone, key or opportunity, and for an operator else by the whole words of a name,
 * `looked` jobs at a time. Rejects with 429 when the user has looked for too many persons: whoever is asked for counts, and whoever is found
 * by a name. Nobody is shown who is not in the audit trail.
 */
export async function findAsked(
  deps: BoardDeps,
  { query, user, from }: Asked,
  { lookups, reply, inTurn }: Search,
): Promise<FoundEvents> {
  const action = { action: 'search' }
  await lookups.begin({ user, action, persons: [identitiesOfSearch(query)], reply })
  const found = from === undefined ? await inTurn(() => findEvents(deps, query, user)) : []
  if (found.length > 0 || user.role !== 'operator' || !isName(query)) return { found, looked: 0, next: undefined }
  const { persons, ...byName } = await inTurn(() => findByName(deps, query, from))
  if (persons.length > 0) await lookups.begin({ user, action, persons, reply })
  return byName
}
