import { Failure, failureMessage, type Message, PermanentFailure } from '@ponte/contracts'

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
