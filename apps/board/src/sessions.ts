import { createHmac, randomBytes } from 'node:crypto'

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
  const ends = new Map<string, number>()
  const digest = (id: string): string => createHmac('sha256', key).update(id).digest('base64')

  const forget = (): void => {
    for (const [session, end] of ends) if (end <= now()) ends.delete(session)
    for (const session of ends.keys()) {
      if (ends.size < MOST_SESSIONS) break
      ends.delete(session)
    }
  }
  return {
    /** Starts a session and returns its id, which only the browser keeps. */
    start(): string {
      forget()
      const id = randomBytes(32).toString('base64url')
      ends.set(digest(id), now() + SESSION_MS)
      return id
    },
    isOpen(id: string | undefined): boolean {
      if (id === undefined) return false
      const end = ends.get(digest(id))
      return end !== undefined && end > now()
    },
    end(id: string | undefined): void {
      if (id !== undefined) ends.delete(digest(id))
    },
  }
}

export type Sessions = ReturnType<typeof createSessions>
