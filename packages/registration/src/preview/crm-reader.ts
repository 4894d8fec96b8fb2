import { type CallGuard, createCrmSession, onlyReading, createTotvsCrmClient } from '@ponte/clients'
import { type TenantSettings, TransientFailure } from '@ponte/contracts'
import type { ReadingContext } from '../reading-context.ts'

/** Short, because somebody waits in front of a screen. */
const limits = { connectMs: 3_000, responseMs: 8_000, totalMs: 8_000 }
/** After this time a look makes no further call. A call that has begun may end later. */
const MAX_LOOK_MS = 15_000

/**
 * Reads TOTVS CRM for a preview, with a session of its own that lasts as long as the process. It can log in and read. A call that would
 * create or change a record is refused before it is made. Call the result once for each look, which has a time limit.
 */
export function createCrmReader(settings: TenantSettings['totvsCrm']): () => ReadingContext['crm'] {
  const session = createCrmSession({ settings, guard: readingGuard(), limits })
  return () => createTotvsCrmClient({ settings, session, limits, guard: readingGuard(MAX_LOOK_MS) })
}

/** Allows logins and reads only, for at most `longestMs`. */
export function readingGuard(longestMs = Infinity): CallGuard {
  const startedAt = performance.now()
  return onlyReading({
    async before() {
      if (performance.now() - startedAt > longestMs)
        throw new TransientFailure('CRM_UNREACHABLE', { system: 'totvs-crm', context: { waitedMs: longestMs } })
    },
    after: () => Promise.resolve(),
  })
}
