import { createHmac, randomBytes } from 'node:crypto'
import type { User } from '@ponte/operations'

/** How long a login lasts at most. */
export const SESSION_MS = 12 * 3_600_000
/** How long a login lasts when nobody uses the board. */
const IDLE_MS = 3_600_000
/** Sessions of one user. More come from a script that should use Basic authentication, or from somebody who has the password. */
const MAX_OF_USER = 20

interface Session {
  readonly end: number
  readonly user: User
  seenAt: number
}

/**
 * The sessions of this process. A restart ends them all. Only a keyed digest of an id is kept, so the time of a look-up does not show how
 * much of a guessed id is right. The limit counts for each user alone, so that nobody can end another user's sessions.
 */
export function createSessions({ idleMs = IDLE_MS }: { readonly idleMs?: number | undefined } = {}) {
  const key = randomBytes(32)
  const open = new Map<string, Session>()
  const digest = (id: string): string => createHmac('sha256', key).update(id).digest('base64')
  const isOver = ({ end, seenAt }: Session): boolean => end <= Date.now() || seenAt + idleMs <= Date.now()

  const makeRoom = (name: string): void => {
    for (const [id, session] of open) if (isOver(session)) open.delete(id)
    const own = [...open].filter(([, { user }]) => user.name === name)
    for (const [id] of own.slice(0, Math.max(0, own.length - MAX_OF_USER + 1))) open.delete(id)
  }
  return {
    /** Starts a session and returns its id, which only the browser keeps. */
    start(user: User): string {
      makeRoom(user.name)
      const id = randomBytes(32).toString('base64url')
      open.set(digest(id), { end: Date.now() + SESSION_MS, user, seenAt: Date.now() })
      return id
    },
    /** The user of the session, while it lasts. `isUse`: a person made the request, not a page that polls. */
    find(id: string | undefined, { isUse = false } = {}): User | undefined {
      const session = id === undefined ? undefined : open.get(digest(id))
      if (session === undefined || isOver(session)) return undefined
      if (isUse) session.seenAt = Date.now()
      return session.user
    },
    end(id: string | undefined): void {
      if (id !== undefined) open.delete(digest(id))
    },
  }
}

export type Sessions = ReturnType<typeof createSessions>
