import type { User } from '../../auth/credentials.ts'
import type { BoardDeps } from '../../board-deps.ts'
import { findByName, type FoundByName, isName } from './find-by-name.ts'
import { findEvents } from './find-events.ts'

interface Asked {
  readonly query: string
  readonly user: User
  /** Where an earlier search by name ended. */
  readonly from: string | undefined
}

/**
 * The events that a search text finds: exactly by e-mail, phone, key or opportunity, and for an operator else by name, `looked` jobs at a
 * time.
 */
export async function findAsked(deps: BoardDeps, { query, user, from }: Asked): Promise<FoundByName> {
  const found = from === undefined ? await findEvents(deps, query, user) : []
  if (found.length > 0 || user.role !== 'operator' || !isName(query)) return { found, looked: 0, next: undefined }
  return await findByName(deps, query, from)
}
