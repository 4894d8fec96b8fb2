import { createHmac, randomBytes } from 'node:crypto'
import type { Who } from './credentials.ts'

/** How long a login lasts. */
export const SESSION_MS = 12 * 3_600_000
/** A board has few operators; more sessions than this come from a script that should use Basic authentication. */
const MOST_SESSIONS = 1000

/**
 * The sessions of this process. A restart ends them all. Only a keyed digest of an id is kept, and looking that up takes the
 * same time whatever part of a guessed id is right.
 */
export function createSessions({ now }: { readonly now: () => number }) {
  const key = randomBytes(32)
  const open = new Map<string, { readonly end: number; readonly who: Who }>()
  const digest = (id: string): string => createHmac('sha256', key).update(id).digest('base64')

  const forget = (): void => {
    for (const [session, { end }] of open) if (end <= now()) open.delete(session)
    for (const session of open.keys()) {
      if (open.size < MOST_SESSIONS) break
      open.delete(session)
    }
  }
  return {
    /** Starts a session and returns its id, which only the browser keeps. */
    start(who: Who): string {
      forget()
      const id = randomBytes(32).toString('base64url')
      open.set(digest(id), { end: now() + SESSION_MS, who })
      return id
    },
    /** Whose session it is, while it lasts. */
    find(id: string | undefined): Who | undefined {
      const session = id === undefined ? undefined : open.get(digest(id))
      return session !== undefined && session.end > now() ? session.who : undefined
    },
    end(id: string | undefined): void {
      if (id !== undefined) open.delete(digest(id))
    },
  }
}

export type Sessions = ReturnType<typeof createSessions>
