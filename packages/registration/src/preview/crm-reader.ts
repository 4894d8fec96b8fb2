import { type CallGuard, createCrmSession, onlyReading, createTotvsCrmClient } from '@ponte/clients'
import {
  type TenantSettings,
  TransientFailure,
  Failure,
  failureMessage,
  type Message,
  PermanentFailure,
} from '@ponte/contracts'
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

export type Answer<Value> = { readonly isKnown: true; readonly value: Value } | { readonly isKnown: false }

/**
 * Asks questions one after another, each of which may fail. A failure that a person has to fix fails the event, and the next question is
 * still asked. If the system cannot be asked now, no further question is asked, because each would wait for its own time-out. With
 * `unanswered`, the reason, nothing is asked at all. `retriesLater`: the whole is asked again later, so a failure that may pass is thrown.
 */
export function createQuestions(
  unanswered?: Message,
  { retriesLater = false }: { readonly retriesLater?: boolean } = {},
) {
  const failed: Message[] = []
  let refusal = unanswered
  return {
    /** The failures that would fail the event. */
    failed: (): readonly Message[] => failed,
    /** Why the system cannot be asked. */
    unanswered: (): Message | undefined => refusal,
    async ask<Value>(question: () => Promise<Value>): Promise<Answer<Value>> {
      if (refusal !== undefined) return { isKnown: false }
      try {
        return { isKnown: true, value: await question() }
      } catch (error) {
        if (!(error instanceof Failure) || (retriesLater && !(error instanceof PermanentFailure))) throw error
        const message = failureMessage(error.code, error.context)
        if (error instanceof PermanentFailure) failed.push(message)
        else refusal = message
        return { isKnown: false }
      }
    },
  }
}

export type Questions = ReturnType<typeof createQuestions>
