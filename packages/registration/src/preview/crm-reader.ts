import { type CallGuard, createCrmSession, createTotvsCrmClient } from '@ponte/clients'
import { type TenantSettings, TransientFailure } from '@ponte/contracts'
import type { ReadingContext } from '../reading-context.ts'

/** Somebody waits in front of a screen. */
const limits = { connectMs: 3_000, responseMs: 8_000, totalMs: 8_000 }
/** Of all calls of one look. One that has begun may end later. */
const LONGEST_LOOK_MS = 15_000

/**
 * Reads TOTVS CRM for a preview, with a session of its own that lasts as long as the process. It can log in and read: a call that
 * would create or change a record is refused before it is made. Each call of the result is one look, with a time limit.
 */
export function createCrmReader(settings: TenantSettings['totvsCrm']): () => ReadingContext['crm'] {
  const session = createCrmSession({ settings, guard: readingGuard(), limits })
  return () => createTotvsCrmClient({ settings, session, limits, guard: readingGuard(LONGEST_LOOK_MS) })
}

/** Lets a login and reads pass, for so long. */
export function readingGuard(longestMs = Infinity): CallGuard {
  const startedAt = performance.now()
  return {
    async before({ writes, login, method }) {
      if (writes || (method !== 'GET' && login !== true)) throw new Error('a preview must not write')
      if (performance.now() - startedAt > longestMs)
        throw new TransientFailure('CRM_UNREACHABLE', { system: 'totvs-crm', context: { waitedMs: longestMs } })
    },
    after: () => Promise.resolve(),
  }
}
